"""Who may look: anybody on this machine, or whoever knows the password."""

import httpx
import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from nearcart_contract.store_file import Console
from nearcart_gateway.shell.web.app import create_app
from nearcart_gateway.shell.web.loopback import OpenConsoleError, host_without_port, is_loopback

from .fake_store import FakeHooks, FakeStore

PASSWORD = "correct horse battery"
BEHIND_PASSWORD = ["/", "/events", "/api/people", "/metrics", "/openapi.json", "/static/page.js", "/decisions/x"]


class TestWithoutPassword:
    @pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "127.0.0.1:80", "[::1]:8080", "LOCALHOST"])
    async def test_names_of_this_machine_are_answered(self, client: httpx.AsyncClient, host: str) -> None:
        assert (await client.get("/api/people", headers={"Host": host})).status_code == 200

    @pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "localhost.evil.example", "10.0.0.7", ""])
    async def test_another_name_is_dns_rebinding_and_refused(self, client: httpx.AsyncClient, host: str) -> None:
        answer = await client.get("/api/people", headers={"Host": host})
        assert answer.status_code == 403
        assert "console.password" in answer.text
        assert "amber fox" not in answer.text

    async def test_webhooks_may_come_by_any_name_for_they_are_signed(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/hooks/web", content=b"{}", headers={"Host": "tunnel.example"})
        assert answer.status_code == 202


class TestWithPassword:
    @pytest.fixture
    def console(self) -> Console:
        return Console(port=0, password=SecretStr(PASSWORD))

    @pytest.mark.parametrize("path", BEHIND_PASSWORD)
    async def test_everything_asks_for_it(self, client: httpx.AsyncClient, path: str) -> None:
        answer = await client.get(path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Basic realm="nearcart", charset="UTF-8"'
        assert answer.headers["x-frame-options"] == "DENY"

    @pytest.mark.parametrize("path", ["/healthz/", "/hooks", "/healthz/../api/people"])
    async def test_a_path_that_only_looks_public_asks_too(self, client: httpx.AsyncClient, path: str) -> None:
        assert (await client.get(path)).status_code == 401

    async def test_webhooks_and_healthz_need_none(self, client: httpx.AsyncClient) -> None:
        assert (await client.post("/hooks/web", content=b"{}")).status_code == 202
        assert (await client.get("/healthz")).status_code == 200

    async def test_the_right_one_opens_under_any_name(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/api/people", auth=("nearcart", PASSWORD), headers={"Host": "shop.lan"})
        assert answer.status_code == 200

    @pytest.mark.parametrize(
        "authorization",
        ["Basic", "Basic !!!", "Bearer abc", "Basic " + "A" * 4000, "Basic bmVhcmNhcnQ6", "Basic ÿ"],
    )
    async def test_anything_else_is_refused(self, client: httpx.AsyncClient, authorization: str) -> None:
        answer = await client.get("/", headers={"Authorization": authorization.encode("latin-1")})
        assert answer.status_code == 401
        assert PASSWORD not in answer.text

    async def test_a_wrong_user_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/", auth=("admin", PASSWORD))).status_code == 401

    async def test_guessing_is_slowed_down(self, client: httpx.AsyncClient) -> None:
        for _ in range(10):
            assert (await client.get("/", auth=("nearcart", "guess"))).status_code == 401
        answer = await client.get("/", auth=("nearcart", PASSWORD))
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 60


@pytest.mark.parametrize("password", [None, "short"])
def test_a_console_open_to_others_is_refused_even_where_the_file_was_not_checked(password: str | None) -> None:
    unchecked = Console.model_construct(host="0.0.0.0", port=0, password=SecretStr(password) if password else None)
    with pytest.raises(OpenConsoleError, match="at least 12 characters"):
        create_app(FakeStore(), FakeHooks(), unchecked, CollectorRegistry())


@pytest.mark.parametrize(
    ("header", "host"),
    [("localhost", "localhost"), ("Shop.lan:80", "shop.lan"), ("[::1]:8080", "::1"), ("[::1]", "::1"), ("", "")],
)
def test_the_host_of_a_header(header: str, host: str) -> None:
    assert host_without_port(header) == host


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("localhost", True), ("127.8.9.1", True), ("::1", True), ("[::1]", True), ("0.0.0.0", False), ("shop", False)],
)
def test_which_hosts_only_this_machine_reaches(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
