"""Scenarios as files: those that come with the simulator, by name, and anybody's own, by path."""

from pathlib import Path

from nearcart_contract.problem import FileProblems, Problem, allowed_words
from nearcart_contract.yaml_file import parse_source, read_source
from nearcart_sim.core.days.floor_plan import wrong_names
from nearcart_sim.core.days.scenario_file import ScenarioFile

_FOLDER = Path(__file__).parents[1] / "scenarios"
_ENDING = ".scenario.yaml"


def packaged() -> dict[str, Path]:
    """Name to file of every scenario that comes with the simulator, in the order of names."""
    return {path.name.removesuffix(_ENDING): path for path in sorted(_FOLDER.glob(f"*{_ENDING}"))}


def load_scenario(wanted: str) -> ScenarioFile:
    """A scenario by its name, or by the path of a file. Raises ``FileProblems`` with every mistake, its line and the way out."""
    known = packaged()
    path = known.get(wanted, Path(wanted))
    if wanted not in known and not path.exists() and path.suffix not in (".yaml", ".yml"):
        message = f"there is no such scenario, and no such file; {allowed_words(wanted, tuple(known))}"
        raise FileProblems((Problem(path, 0, 0, "", message),))
    source = read_source(path)
    scenario = parse_source(source, ScenarioFile)
    wrong = wrong_names(scenario)
    if wrong:
        raise FileProblems(tuple(source.problem(location, message) for location, message in wrong))
    return scenario
