"""Who walked where: a line for each person, with a dot where she was seen last."""

from nearcart_sim.core.plots import svg
from nearcart_sim.core.plots.floor import Plan
from nearcart_sim.core.plots.scene import Scene

_NAMED = len(svg.COLOURS)
_CROWD = 100


def paths(scene: Scene) -> str:
    """Everybody's way. The first eight have a colour and a name of their own, the others are grey."""
    plan = Plan(scene)
    tracks = sorted((item for item in scene.tracks.items() if item[1]), key=lambda item: item[1][0][0])
    title = (
        f"{len(tracks):,} people walked through {scene.name}" if len(tracks) != 1 else f"{tracks[0][0]} in {scene.name}"
    )
    body = [*plan.ground()]
    dot = 4.5 if len(tracks) <= _CROWD else 2.5
    for number, (_, track) in reversed(list(enumerate(tracks))):
        colour = svg.COLOURS[number] if number < _NAMED else svg.SOFT
        points = [plan.at(x, y) for _, x, y in track]
        body.append(
            svg.polyline(
                points, colour=colour, width=2 if number < _NAMED else 1, opacity=0.85 if number < _NAMED else 0.3
            )
        )
        body.append(svg.circle(*points[-1], dot, fill=colour))
    body += [*plan.furniture(), *plan.ruler()]
    for number, (name, _) in enumerate(tracks[:_NAMED]):
        x, y = svg.MARGIN + (number % 4) * 240, plan.bottom + 58 + number // 4 * 24
        body += [svg.line(x, y - 5, x + 24, y - 5, colour=svg.COLOURS[number], width=3), svg.text(x + 32, y, name)]
    if len(tracks) > _NAMED:
        body.append(svg.text(svg.MARGIN, plan.bottom + 110, _others(len(tracks) - _NAMED), colour=svg.SOFT))
    under = f"{scene.length}; a dot is where somebody was last."
    return svg.page(title, under, plan.bottom + 130, body)


def _others(count: int) -> str:
    return f"and {count:,} others, in grey" if count > 1 else "and one more, in grey"
