"""Every operation, fuzzed from the OpenAPI document with all of schemathesis's checks, over a real SQLite file.

``/events`` never ends, so it has tests of its own. ``make fuzz-api`` runs many more examples.
"""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from starlette.types import ASGIApp, Receive, Scope, Send

from nearcart_gateway.shell.web.rest.app import Api

from .conftest import Shop, opened

EXAMPLES = int(os.environ.get("NEARCART_FUZZ_EXAMPLES", "12"))


class Later:
    """An application that is known once the shop is open: tests are made of the document before that."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


later = Later()
schema = schemathesis.openapi.from_dict(Api(open_here=True).document()).exclude(path="/api/v1/events")
schema.app = later
# A stale If-Match fits its pattern and is answered 412, as documented.
positive = schema.config.checks.positive_data_acceptance
positive.expected_statuses = [*positive.expected_statuses, "412"]
# The key is what the tests send, never what is made up; wrong keys have tests of their own, and ignored_auth's.
schema.config.generation.update(with_security_parameters=False)


@schema.hook
def filter_query(_context: Any, query: dict[str, Any] | None) -> bool:
    """A parameter that is an empty list is not in the address at all: nothing could refuse it."""
    return all(value not in ([], {}) for value in (query or {}).values())


@pytest.fixture(scope="module")
def fuzzed_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder: Path = tmp_path_factory.mktemp("shop")
    with opened(folder) as shop:
        yield shop


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_documented(case: Any, fuzzed_shop: Shop) -> None:
    later.app = fuzzed_shop.app
    case.call_and_validate(headers={"Authorization": f"Bearer {fuzzed_shop.keys['admin']}", "Host": "127.0.0.1"})


def test_every_answer_in_a_history_of_requests_is_as_documented(tmp_path: Path) -> None:
    """Requests that follow from one another: what was made is there, what was removed is not. Each history has its own shop.

    Without merging, which takes a visitor away as a history can't know: it expects that of DELETE alone.
    """
    numbers = itertools.count()

    class Histories(schema.exclude(path="/api/v1/visitors/{visitor}/merge").as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            folder = tmp_path / str(next(numbers))
            folder.mkdir()
            self.opened = opened(folder)
            self.shop = self.opened.__enter__()
            later.app = self.shop.app

        def teardown(self) -> None:
            self.opened.__exit__(None, None, None)

        def get_call_kwargs(self, _case: Any) -> dict[str, Any]:
            return {"headers": {"Authorization": f"Bearer {self.shop.keys['admin']}", "Host": "127.0.0.1"}}

    Histories.run(
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=8,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
    )
