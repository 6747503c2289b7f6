"""Pictures: whole SVG with a text alternative, everything on the page, and every person and packet in it."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from nearcart_contract.capture import read_lines
from nearcart_contract.truth import read_truth
from nearcart_sim.core.days.play import Play
from nearcart_sim.core.plots import svg
from nearcart_sim.core.plots.from_files import scene_of_files
from nearcart_sim.core.plots.from_play import first_shopper, scene_of
from nearcart_sim.core.plots.heat import heat
from nearcart_sim.core.plots.paths import paths
from nearcart_sim.core.plots.scene import Scene
from nearcart_sim.core.plots.traces import traces
from nearcart_sim.shell.plot_files import write_picture
from nearcart_sim.shell.scenario_files import load_scenario

from ....gateway.core.location.recordings import HALL, hall

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def scene() -> Scene:
    play = Play(load_scenario("corner-shop"), 0, 600)
    return scene_of(play, first_shopper(play))


def parsed(picture: str) -> ElementTree.Element:
    root = ElementTree.fromstring(picture)
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title") is not None
    assert root.find(f"{SVG}desc") is not None
    width, height = float(root.get("width") or 0), float(root.get("height") or 0)
    for element in root.iter(f"{SVG}text"):
        assert 0 < float(element.get("x") or 0) < width
        assert 0 < float(element.get("y") or 0) < height
    for element in root.iter(f"{SVG}polyline"):
        for point in (element.get("points") or "").split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height
    return root


def test_everybody_has_a_line_and_a_dot(scene: Scene) -> None:
    root = parsed(paths(scene))
    assert len(root.findall(f"{SVG}polyline")) == len(root.findall(f"{SVG}circle")) == len(scene.tracks)
    words = {element.text for element in root.iter(f"{SVG}text")}
    assert {"wine", "cheese", *list(scene.tracks)[:8]} <= words


def test_one_person_alone(scene: Scene) -> None:
    who = next(iter(scene.packets))
    assert f"{who} in Corner shop" in paths(scene.only(who))
    with pytest.raises(KeyError):
        scene.only("nobody")


def test_the_heat_is_the_time_of_everybody(scene: Scene) -> None:
    root = parsed(heat(scene))
    coloured = [element.get("fill") for element in root.iter(f"{SVG}rect")]
    assert coloured.count("#064a7a") >= 2  # the hottest square, and its place in the legend
    title = root.find(f"{SVG}title")
    assert title is not None
    zone = re.fullmatch(r"In Corner shop, most time is spent in (\w+)", title.text or "")
    assert zone is not None
    assert zone[1] in scene.layout.zone_names


def test_every_packet_is_a_dot_and_the_strip_names_the_nearest(scene: Scene) -> None:
    who, packets = next(iter(scene.packets.items()))
    root = parsed(traces(scene, who))
    assert len(root.findall(f"{SVG}circle")) == len(packets)
    colours = {line.get("stroke") for line in root.findall(f"{SVG}polyline")}
    assert len(colours) == len({scanner for _, scanner, _ in packets})


def test_no_line_is_drawn_over_a_silence(scene: Scene) -> None:
    who, packets = next(iter(scene.packets.items()))
    middle = sorted(packets)[len(packets) // 2][0]
    broken = replace(scene, packets={who: [row for row in packets if abs(row[0] - middle) > 15]})
    root = parsed(traces(broken, who))
    left, right = (float(circle.get("cx") or 0) for circle in _around(root))
    for line in root.findall(f"{SVG}polyline"):
        xs = [float(point.split(",")[0]) for point in (line.get("points") or "").split()]
        assert max(xs) <= left or min(xs) >= right


def _around(root: ElementTree.Element) -> list[ElementTree.Element]:
    """The dots on either side of the widest silence."""
    dots = sorted(root.findall(f"{SVG}circle"), key=lambda dot: float(dot.get("cx") or 0))
    return list(max(pairwise(dots), key=lambda pair: float(pair[1].get("cx") or 0) - float(pair[0].get("cx") or 0)))


def test_the_heat_stays_on_the_floor(scene: Scene) -> None:
    """Also of who stands in the door, which is on the floor's edge."""
    floor = scene.layout.floor
    assert floor is not None
    at_the_door = replace(scene, tracks={"anna": [(float(at), 3.0, floor.height) for at in range(20)]})
    squares = [each for each in parsed(heat(at_the_door)).iter(f"{SVG}rect") if each.get("fill-opacity") == "0.90"]
    ground = next(each for each in parsed(heat(at_the_door)).iter(f"{SVG}rect") if each.get("stroke"))
    bottom = float(ground.get("y") or 0) + float(ground.get("height") or 0)
    assert len(squares) == 1
    assert float(squares[0].get("y") or 0) + float(squares[0].get("height") or 0) <= bottom + 0.1


def test_a_recording_is_drawn_as_well() -> None:
    truth = read_truth((HALL / "straight_02.truth.jsonl").read_text().splitlines())
    heard = list(read_lines((HALL / "straight_02.capture.jsonl").read_text().splitlines()))
    recorded = scene_of_files("straight_02", hall(), truth, heard, heard[0].address)
    assert "was heard by 12 scanners" in traces(recorded, heard[0].address)
    parsed(traces(recorded, heard[0].address))
    parsed(paths(recorded))
    parsed(heat(recorded))


def test_words_can_be_read_on_every_colour() -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for colour, ink in zip(svg.COLOURS, svg.ON_COLOURS, strict=True):
        light, dark = sorted((luminance(colour), luminance(ink)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, colour


def test_files_are_svg_or_png(tmp_path: Path, scene: Scene) -> None:
    picture = paths(scene)
    write_picture(picture, tmp_path / "a.svg")
    write_picture(picture, tmp_path / "a.png")
    assert (tmp_path / "a.svg").read_text() == picture
    png = (tmp_path / "a.png").read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20], "big") == 2 * svg.WIDTH
    with pytest.raises(ValueError, match=r"\.svg or \.png"):
        write_picture(picture, tmp_path / "a.jpg")
