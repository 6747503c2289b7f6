"""Links to visitors' own pages, made by an operator."""

from pathlib import Path
from urllib.parse import quote

from nearcart_contract.store_file import Console, Store
from nearcart_contract.yaml_file import FileProblems, load_yaml
from nearcart_gateway.shell.storage import own_pages
from nearcart_gateway.shell.storage.visitors import UnknownVisitorError
from nearcart_gateway.shell.visitor_files import EnrolmentError, open_database


def own_page_link(console: Console, secret: str) -> str:
    """The link to the page with this secret: under ``console.url``, else under the host and port that the console listens on."""
    here = f"http://{f'[{console.host}]' if ':' in console.host else console.host}:{console.port}"
    return f"{(console.url or here).rstrip('/')}/me/{quote(secret, safe='')}"


def make_link(config: Path, visitor: str, now: float) -> str:
    """A new link to her page; the one before opens nothing any more. Raises ``EnrolmentError``."""
    with open_database(config) as connection:
        try:
            secret = own_pages.make_page(connection, visitor, now)
        except UnknownVisitorError as error:
            raise EnrolmentError(str(error)) from error
    try:
        return own_page_link(load_yaml(config, Store).console, secret)
    except FileProblems as error:
        raise EnrolmentError(str(error)) from error


def close_link(config: Path, visitor: str) -> bool:
    """Let her link open nothing any more, and forget where her pushes go; False when she had none. Raises ``EnrolmentError``."""
    with open_database(config) as connection:
        return own_pages.close_page(connection, visitor)
