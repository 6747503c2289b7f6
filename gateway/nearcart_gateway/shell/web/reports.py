"""``/reports``: did it sell? The reckoning needs a hundred megabytes of libraries, so a process of its own does it and ends."""

import asyncio
import base64
import hashlib
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from nearcart_contract.names import NAME_PATTERN
from nearcart_gateway.shell.web.pages import page_templates
from nearcart_gateway.shell.web.security_headers import CONTENT_SECURITY_POLICY

PATIENCE_S = 120.0
GOOD_FOR_S = 60.0
"""A page is reckoned again after this long."""

NICENESS = 10
"""The store comes first."""

_BACK = '<p><a href="/reports">All campaigns</a></p>'
"""The page by itself leads nowhere."""

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What ``nearcart report`` said: a page, or in ``problem`` why there is none."""

    page: str = ""
    problem: str = ""


class Reports:
    """One store's. ``names`` tells the campaigns in force, ``now`` the store's clock in Unix seconds."""

    def __init__(self, config: Path, names: Callable[[], Sequence[str]], now: Callable[[], float]) -> None:
        self.names = names
        self._config = config
        self._now = now
        self._one_at_a_time = asyncio.Lock()
        self._known: dict[str, tuple[float, Reckoned]] = {}

    async def of(self, campaign: str) -> Reckoned:
        """The report of a campaign, at most a minute old."""
        async with self._one_at_a_time:
            at, known = self._known.get(campaign, (float("-inf"), Reckoned()))
            if time.monotonic() - at > GOOD_FOR_S:
                known = await self._reckon(campaign)
                self._known[campaign] = time.monotonic(), known
            return known

    async def _reckon(self, campaign: str) -> Reckoned:
        asked = ("report", "--html", "-", "--at", str(self._now()), "--config", str(self._config), "--", campaign)
        words = (sys.executable, "-P", "-m", "nearcart", *asked)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*words, stdout=pipe, stderr=pipe)
        try:
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
            page, problem = await asyncio.wait_for(process.communicate(), PATIENCE_S)
        except TimeoutError:
            return Reckoned(
                problem=f"The report took longer than {PATIENCE_S:.0f} s; `nearcart report {campaign}` takes its time."
            )
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode == 0:
            return Reckoned(page.decode())
        said = problem.decode(errors="replace").strip().splitlines()
        return Reckoned(problem=said[-1] if said else "The report could not be made; the log says more.")


def report_routes(reports: Reports) -> APIRouter:
    """``/reports`` and a page for each campaign."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    templates = page_templates()

    @routes.get("/reports")
    async def all_reports() -> HTMLResponse:
        names = await asyncio.to_thread(reports.names)
        return HTMLResponse(templates.get_template("reports.html").render(names=names, problem=None))

    @routes.get("/reports/{campaign}")
    async def one_report(campaign: str) -> HTMLResponse:
        if re.fullmatch(NAME_PATTERN, campaign) is None:
            found = Reckoned(problem="No campaign has such a name.")
        else:
            found = await reports.of(campaign)
        if found.page:
            shown = found.page.replace("<main>", f"<main>{_BACK}", 1)
            return HTMLResponse(shown, headers={"Content-Security-Policy": policy_for(found.page)})
        return HTMLResponse(templates.get_template("reports.html").render(names=(), problem=found.problem))

    return routes


def policy_for(page: str) -> str:
    """The console's policy, and the page's one style by its hash (CSP Level 3, 8.2)."""
    styles = (base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in _STYLE.findall(page)[:1])
    return "; ".join((CONTENT_SECURITY_POLICY, "style-src 'self' " + " ".join(f"'sha256-{each}'" for each in styles)))
