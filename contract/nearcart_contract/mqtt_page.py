"""docs/mqtt.md: every topic with one sample of its message, written from the models so that it can't go stale."""

import json

from nearcart_contract.published import MESSAGES, WEBHOOKS, MqttMessage, Publication
from nearcart_contract.topics import MAX_PAYLOAD_BYTES

_HEAD = f"""# Messages

<!-- Written by `make docs` from nearcart_contract.published; a test compares. Edit there. -->

JSON over MQTT 3.1.1, under `nearcart/v1/{{store}}`. Names in topics are 1 to 64 of `a-z`, `0-9` and hyphen; a message has at
most {MAX_PAYLOAD_BYTES // 1024} KiB. Fields that a reader does not know are ignored, so that a newer sender may add some. A message that can't be
read is refused, counted and logged, and stops nothing. `nearcart schema DIR` writes a JSON Schema of each message and an
AsyncAPI 3.0 document.

| topic | from | QoS | retained |
| --- | --- | --- | --- |
"""


def mqtt_page() -> str:
    """The page, in Markdown."""
    topics = dict.fromkeys((message.topic, message.sender, message.qos, message.retained) for message in MESSAGES)
    table = "\n".join(
        f"| `{topic}` | {sender} | {qos} | {'yes' if retained else 'no'} |" for topic, sender, qos, retained in topics
    )
    parts = [_HEAD + table, *(_section(message, _on_topic(message)) for message in MESSAGES)]
    parts += [_section(webhook, webhook.about) for webhook in WEBHOOKS]
    return "\n\n".join(parts) + "\n"


def _on_topic(message: MqttMessage) -> str:
    retained = ", retained" if message.retained else ""
    return f"`{message.topic}`, from the {message.sender}, QoS {message.qos}{retained}. {message.about}"


def _section(publication: Publication, words: str) -> str:
    heading = publication.name.replace("-", " ").capitalize()
    return f"## {heading}\n\n{words}\n\n```json\n{json.dumps(publication.sample, indent=2)}\n```"
