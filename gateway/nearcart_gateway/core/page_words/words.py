"""The words of a visitor's own page, in one language."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageWords:
    """``language`` is its code. In braces stands what is filled in: ``{store}`` its name, ``{time}`` as 14:05, ``{seconds}``."""

    language: str
    empty: str
    stopped: str
    push_offer: str
    push_on: str
    notify: str
    notify_stop: str
    push_home: str
    push_blocked: str
    stop: str
    stop_sure: str
    stop_yes: str
    stop_no: str
    code: str
    until: str
    lost: str
    no_answer: str
    over: str
    wait: str
    no_page: str
    full: str
    no_pushes: str
    not_its_service: str
    no_key: str
    said_no: str
    busy: str
    not_hers: str
