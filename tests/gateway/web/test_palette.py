"""Contrast of the page's colours, computed as WCAG 2.2 defines it (success criteria 1.4.3 and 1.4.11)."""

import re

import pytest

from nearcart_gateway.shell.web.pages import HERE

PALETTE = (HERE / "static" / "palette.css").read_text()
OKABE_ITO = {"sent": "#009e73", "ghost": "#56b4e9", "waiting": "#e69f00", "trouble": "#d55e00"}

_TOKEN = re.compile(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6});")


def tokens() -> dict[str, dict[str, str]]:
    light, _, dark = PALETTE.partition("@media (prefers-color-scheme: dark)")
    return {"light": dict(_TOKEN.findall(light)), "dark": dict(_TOKEN.findall(light)) | dict(_TOKEN.findall(dark))}


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


SURFACES = ("page", "card")
TINTS = ("ground", "tint-0", "tint-1", "tint-2", "tint-3", "tint-4", "tint-5")
SIGNS = ("sent", "ghost", "withheld", "waiting", "trouble")
WORDS = [
    *((word, surface) for word in ("text", "quiet", "link", "bad") for surface in SURFACES),
    *((word, tint) for word in ("zone-name", "text") for tint in TINTS),
    *(("on-sign", sign) for sign in SIGNS),
]
SHAPES = [("glyph-edge", tint) for tint in TINTS] + [("focus", surface) for surface in SURFACES] + [("wall", "card")]


def test_contrast_is_computed_as_the_standard_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("word", "surface"), WORDS)
def test_words_can_be_read(theme: str, word: str, surface: str) -> None:
    colours = tokens()[theme]
    assert contrast(colours[word], colours[surface]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("shape", "surface"), SHAPES)
def test_shapes_can_be_seen(theme: str, shape: str, surface: str) -> None:
    colours = tokens()[theme]
    assert contrast(colours[shape], colours[surface]) >= 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_signs_are_okabe_and_itos(theme: str) -> None:
    colours = tokens()[theme]
    assert {name: colours[name] for name in OKABE_ITO} == OKABE_ITO
