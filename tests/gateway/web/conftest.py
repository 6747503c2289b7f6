"""The console over a real server on a free port, and a client for it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from nearcart_contract.store_file import Console
from nearcart_gateway.shell.web.app import create_app
from nearcart_gateway.shell.web.listen import serve

from .fake_store import FakeHooks, FakeStore, registry_with_a_counter


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def hooks() -> FakeHooks:
    return FakeHooks()


@pytest.fixture
def console() -> Console:
    return Console(port=0)


@pytest.fixture
async def client(store: FakeStore, hooks: FakeHooks, console: Console) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(store, hooks, console, registry_with_a_counter())
    async with serve(app, console) as address, httpx.AsyncClient(base_url=address.url, timeout=5) as client:
        yield client
