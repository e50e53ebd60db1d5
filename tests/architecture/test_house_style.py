"""Limits that only a structure in trouble meets, and names that say nothing."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULE_LINES = 400
CATALOGUE = "errors.py"  # one small class after the other: looked up, not read
FUNCTION_LINES = 50
PARAMETERS = 7
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules() -> Iterator[Path]:
    yield from sorted((ROOT / "src").rglob("*.py"))


def functions() -> Iterator[tuple[str, Function]]:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, Function):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node


def test_modules_can_be_read_in_one_sitting() -> None:
    long = [str(path) for path in modules() if len(path.read_text().splitlines()) > MODULE_LINES]
    assert [path for path in long if not path.endswith(f"/{CATALOGUE}")] == []


def test_functions_can_be_seen_whole() -> None:
    assert [place for place, node in functions() if (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES] == []


def test_functions_take_few_parameters() -> None:
    assert [place for place, node in functions() if len(_parameters(node.args)) > PARAMETERS] == []


def test_names_say_what_is_inside() -> None:
    paths = [*modules(), *(ROOT / "tests" / "support").rglob("*.py")]
    named = {path for path in paths if EMPTY_NAMES & {path.stem, path.parent.name}}
    assert named == set()


def _parameters(arguments: ast.arguments) -> list[str]:
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [argument.arg for argument in named if argument.arg not in {"self", "cls"}]
