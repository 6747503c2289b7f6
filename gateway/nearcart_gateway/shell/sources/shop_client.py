"""Asks a shop's API over HTTPS: one question at a time, as slowly as the shop wants, and never more of an answer than is read."""

import asyncio
import time
from typing import TYPE_CHECKING

from nearcart_gateway.core.asking.ask import Answer, Ask
from nearcart_gateway.core.asking.pace import LONGEST_S, rest_after
from nearcart_gateway.shell.light_imports import load_lightly

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 15.0
MAX_ANSWER_BYTES = 20_000_000
SPACING_S = 0.1
"""Ten questions a second at most, whatever a shop allows."""


class ShopError(Exception):
    """No answer to go on with; the text says why, never with a key. ``wait_s`` is how long the shop asked to be left alone."""

    def __init__(self, text: str, wait_s: float = 0.0) -> None:
        super().__init__(text)
        self.wait_s = wait_s


class GoneError(Exception):
    """404 or 410: there is no such thing."""


class ShopClient:
    """One shop's. Its HTTP library is loaded with the first question."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None
        self._not_before = 0.0
        self._one_at_a_time = asyncio.Lock()

    async def ask(self, ask: Ask) -> Answer:
        """An answer of status 2xx. Raises ``GoneError`` and ``ShopError``."""
        async with self._one_at_a_time:
            await self._rest()
            answer = await self._get(ask)
            rest_s = rest_after(answer.status, answer.headers, time.time())
            self._not_before = time.monotonic() + max(rest_s, SPACING_S)
        if answer.status in (404, 410):
            raise GoneError
        if not 200 <= answer.status < 300:
            raise ShopError(_sentence(answer.status), rest_s)
        return answer

    def leave_alone(self, seconds: float) -> None:
        """The shop's answer asked for it: no question before that."""
        self._not_before = max(self._not_before, time.monotonic() + min(seconds, LONGEST_S))

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def _rest(self) -> None:
        wait_s = self._not_before - time.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s)

    async def _get(self, ask: Ask) -> Answer:
        load_lightly("httpx")
        import httpx

        method = "GET" if ask.body is None else "POST"
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False)
        try:
            async with (
                asyncio.timeout(2 * TIMEOUT_S),
                self._client.stream(method, ask.url, headers=ask.headers, content=ask.body) as response,
            ):
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > MAX_ANSWER_BYTES:
                        raise ShopError(f"the shop's answer is larger than {MAX_ANSWER_BYTES // 1_000_000} MB")
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, headers, bytes(body))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise ShopError(f"the shop could not be reached ({type(error).__name__})") from None


def _sentence(status: int) -> str:
    if status in (401, 403):
        return f"the shop refused the key ({status}): is it right, and may it read what is asked for?"
    if status == 429:
        return "the shop asks for more patience (429)"
    if 300 <= status < 400:
        return f"the shop sent us elsewhere ({status}), where the key must not go: is the url right?"
    return f"the shop answered {status}"
