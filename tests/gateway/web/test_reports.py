"""The console's reports: reckoned by a process of their own, shown under the console's own policy."""

import base64
import hashlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from nearcart_gateway.shell.web.reports import Reports, policy_for, report_routes
from nearcart_gateway.shell.web.security_headers import CONTENT_SECURITY_POLICY, SecurityHeaders

STORE = (
    "store: corner\nname: Corner\ntime_zone: Europe/Vienna\ncurrency: EUR\nscanners: {door: {x: 1, y: 1, zone: door}}\n"
)


def client(home: Path, *names: str) -> TestClient:
    (home / "store.yaml").write_text(STORE)
    app = FastAPI()
    app.include_router(report_routes(Reports(home / "store.yaml", lambda: names, time.time)))
    app.add_middleware(SecurityHeaders)
    return TestClient(app)


def test_every_campaign_has_a_link_and_without_any_it_says_what_to_do(tmp_path: Path) -> None:
    assert '<a href="/reports/autumn">autumn</a>' in client(tmp_path, "autumn").get("/reports").text
    assert "no campaign yet" in client(tmp_path).get("/reports").text


def test_why_there_is_no_report_is_what_the_command_says(tmp_path: Path) -> None:
    answer = client(tmp_path, "autumn").get("/reports/autumn")
    assert "there is no database" in answer.text
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


def test_a_name_that_no_campaign_can_have_starts_nothing(tmp_path: Path) -> None:
    for name in ("A%20b", "<b>", "a.b"):
        answer = client(tmp_path).get(f"/reports/{name}")
        assert "No campaign has such a name." in answer.text
        assert "<b>" not in answer.text
    assert "there is no database" in client(tmp_path).get("/reports/--help").text, "a name is no option"


def test_a_page_may_have_its_one_style_and_nothing_else(tmp_path: Path, monkeypatch: Any) -> None:
    async def reckoned(self: Reports, campaign: str) -> Any:
        from nearcart_gateway.shell.web.reports import Reckoned

        return Reckoned("<style>p { color: red }</style><main><p>Keep it.</p></main>")

    monkeypatch.setattr(Reports, "_reckon", reckoned)
    answer = client(tmp_path).get("/reports/autumn")
    assert '<main><p><a href="/reports">All campaigns</a></p><p>Keep it.' in answer.text
    assert answer.headers["Content-Security-Policy"] == policy_for(answer.text)
    digest = base64.b64encode(hashlib.sha256(b"p { color: red }").digest()).decode()
    assert f"style-src 'self' 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in policy_for(answer.text)
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_gateway_imports_none_of_the_libraries_that_reports_need() -> None:
    code = (
        "import sys, nearcart_gateway.shell.service; print({'scipy', 'duckdb', 'nearcart_measure'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
