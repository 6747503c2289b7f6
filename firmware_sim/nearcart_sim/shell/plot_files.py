"""Writes a picture: SVG as it is, PNG through resvg."""

from pathlib import Path

_ZOOM = 2
"""Pixels of a PNG for each of the SVG's, so that it is sharp on any screen."""


def write_picture(svg: str, path: Path) -> None:
    """To ``*.svg`` or ``*.png``. Raises ``ValueError`` for another ending, and ``OSError``."""
    if path.suffix == ".svg":
        path.write_text(svg, encoding="utf-8")
    elif path.suffix == ".png":
        path.write_bytes(_rastered(svg))
    else:
        raise ValueError(f"{path}: a picture is .svg or .png")


def _rastered(svg: str) -> bytes:
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=_ZOOM, sans_serif_family="DejaVu Sans"))
