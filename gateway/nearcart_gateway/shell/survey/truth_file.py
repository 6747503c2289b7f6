"""Writes a walk as ``*.truth.jsonl``, whole or not at all."""

from pathlib import Path

from nearcart_gateway.core.survey_walk import SurveyWalk


def write_truth(path: Path, walk: SurveyWalk) -> None:
    """Raises ``OSError``. A walk without a tap leaves the file as it is."""
    if not walk.taps:
        return
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text("".join(line.model_dump_json(exclude_none=True) + "\n" for line in walk.truth()), encoding="utf-8")
    fresh.replace(path)
