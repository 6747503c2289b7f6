"""docs/api.md is true: its commands run against a real server, its table is the code's."""

import asyncio
import re
from pathlib import Path

from nearcart_contract.store_file import Console
from nearcart_gateway.shell.web.listen import serve
from nearcart_gateway.shell.web.rest.openapi import roles_table

from .conftest import Shop

PAGE = (Path(__file__).parents[4] / "docs" / "api.md").read_text()


def test_the_table_of_roles_is_the_codes() -> None:
    assert roles_table() in PAGE


async def test_every_example_runs(shop: Shop) -> None:
    script = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))
    assert script.count("curl") >= 9
    async with serve(shop.app, Console(port=0)) as address:  # type: ignore[arg-type]
        process = await asyncio.create_subprocess_exec(
            "sh", "-eu", "-c", script.replace("http://127.0.0.1:8080", address.url),
            env={"KEY": shop.keys["admin"], "PATH": "/usr/bin:/bin"},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, output.decode()
    assert b"did you mean 'enter'?" in output
    assert b'"language":"de"' in output
