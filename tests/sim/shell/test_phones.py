"""What truly reaches phones, screens and staff, over a real broker."""

from datetime import UTC, datetime, timedelta

import aiomqtt

from nearcart_contract.offer_message import OfferMessage
from nearcart_contract.topics import screen_topic, staff_topic, visitor_offer_topic
from nearcart_gateway.shell.broker import MosquittoBroker, free_port
from nearcart_sim.shell.phones import PhoneListener

from .conftest import until

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def offer(key: str) -> str:
    message = OfferMessage(
        key=key, store="tiny", offer="hello", text="Hello.", decided_at=NOW, expires_at=NOW + timedelta(minutes=5)
    )
    return message.model_dump_json()


async def test_every_message_is_kept_and_a_repeat_is_known_by_its_key() -> None:
    async with (
        MosquittoBroker() as broker,
        PhoneListener("127.0.0.1", broker.port, "tiny").listening() as phones,
        aiomqtt.Client("127.0.0.1", broker.port) as gateway,
    ):
        await phones.connected.wait()
        topics = [visitor_offer_topic("tiny", "anna"), screen_topic("tiny", "wine"), staff_topic("tiny")]
        for topic, key in zip([*topics, topics[0]], ["a", "b", "c", "a"], strict=True):
            await gateway.publish(topic, offer(key), qos=1)
        await gateway.publish(visitor_offer_topic("another", "anna"), offer("d"), qos=1)
        await gateway.publish(topics[0], b"{}", qos=1)
        await until(lambda: phones.unreadable)
    assert [received.topic for received in phones.received] == [*topics, topics[0]]
    assert {key: len(received) for key, received in phones.by_key().items()} == {"a": 2, "b": 1, "c": 1}
    times = [received.received_at for received in phones.received]
    assert times == sorted(times)


async def test_it_listens_again_when_the_broker_comes_back() -> None:
    port = free_port("127.0.0.1")
    async with PhoneListener("127.0.0.1", port, "tiny").listening() as phones:
        for number in range(2):
            async with MosquittoBroker(port=port) as broker:
                await until(phones.connected.is_set)
                async with aiomqtt.Client("127.0.0.1", broker.port) as gateway:
                    await gateway.publish(visitor_offer_topic("tiny", "anna"), offer(str(number)), qos=1)
                await until(lambda wanted=number: len(phones.received) == wanted + 1)
            await until(lambda: not phones.connected.is_set())
    assert list(phones.by_key()) == ["0", "1"]
