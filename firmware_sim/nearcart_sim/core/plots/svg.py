"""A page of SVG by hand: text of the system's own type, the colours of Okabe and Ito, and a text alternative."""

from collections.abc import Iterable
from html import escape

INK, SOFT, LINE, PAPER, FILL = "#1b1f23", "#57606a", "#c8ccd1", "#ffffff", "#f4f5f7"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7a6a00", "#000000")
"""Okabe and Ito's, their yellow darkened so that it can be read on white."""

ON_COLOURS = (PAPER, "#000000", INK, INK, INK, INK, PAPER, PAPER)
"""What can be read on each of them."""

WIDTH = 1040
MARGIN = 40
TOP = 96
"""Below the title and the line under it."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


def page(title: str, under: str, height: float, body: Iterable[str]) -> str:
    """A whole picture: what it says, a line that explains it, and the drawing, which begins at ``TOP``."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:.0f}" viewBox="0 0 {WIDTH} {height:.0f}" '
        f'role="img" aria-labelledby="title under" font-family="{FONT}" font-size="14" fill="{INK}">\n'
        f'<title id="title">{escape(title)}</title>\n<desc id="under">{escape(under)}</desc>\n'
        f'<rect width="100%" height="100%" fill="{PAPER}"/>\n'
        f"{text(MARGIN, 44, title, size=20, weight=600)}\n{text(MARGIN, 68, under, colour=SOFT)}\n"
        + "\n".join(body)
        + "\n</svg>\n"
    )


def text(
    x: float, y: float, words: str, *, size: int = 14, colour: str = INK, anchor: str = "start", weight: int = 400
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" '
        f'font-weight="{weight}">{escape(words)}</text>'
    )


def line(x1: float, y1: float, x2: float, y2: float, *, colour: str = LINE, width: float = 1.0, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"{dashed}/>'


def rect(
    x: float, y: float, width: float, height: float, *, fill: str, stroke: str = "none", opacity: float = 1.0
) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}" stroke="{stroke}" '
        f'fill-opacity="{opacity:.2f}"/>'
    )


def polyline(points: Iterable[tuple[float, float]], *, colour: str, width: float = 1.5, opacity: float = 1.0) -> str:
    said = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (
        f'<polyline points="{said}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-opacity="{opacity:.2f}" '
        f'stroke-linejoin="round" stroke-linecap="round"/>'
    )


def polygon(points: Iterable[tuple[float, float]], *, fill: str, stroke: str) -> str:
    said = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polygon points="{said}" fill="{fill}" stroke="{stroke}"/>'


def circle(x: float, y: float, radius: float, *, fill: str, stroke: str = PAPER) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{fill}" stroke="{stroke}" stroke-width="1.5"/>'
