"""Who may import whom, and the other rules of the house, held by a walk through the source."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import roofpv

ROOT = Path(__file__).parents[1] / "src" / "roofpv"
SOURCES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(ROOT.rglob("*.py"))
}

# From the ground up. A room imports from lower layers only; "roofpv" is the package's own page.
LAYERS = (
    ("errors", "schema", "text", "catalogue", "kernels", "exactly"),
    ("csvfiles", "energyfile", "skylinefile", "tomltable"),
    ("assumptions", "compiled", "delimited", "results", "shares"),
    ("inventory", "weather", "config"),
    ("siting",),
    ("roofs", "sky"),
    ("dirt", "shading"),
    ("contexts", "energy", "finance", "targets", "certainty", "plan", "report", "verify"),
    ("designing", "hours", "judging", "overrides", "surroundings", "uncertainty", "yieldgate"),
    ("comparing", "placemoney", "record", "reopening", "shaderecord"),
    ("assessment", "layouts", "waterfalls"),
    ("batch", "rehearsal", "reporting"),
    ("roofpv",),
    ("cli",),
)
# Neighbours on one layer that may look at each other.
NEIGHBOURS = {
    ("report", "energy"),
    ("report", "targets"),
    ("finance", "energy"),
    ("verify", "energy"),
    ("verify", "finance"),
    ("plan", "targets"),
    ("report", "targets"),
    ("certainty", "targets"),
}
LAYER_OF = {room: number for number, rooms in enumerate(LAYERS) for room in rooms}

KERNEL_IMPORTS = {"__future__", "math", "typing", "numpy", "numba"}
RESERVED = {
    "pvlib": (
        "sky.py",
        "dirt.py",
        "weather/",
        "energy/hourly.py",
        "energy/behindrows.py",
        "energy/shadedhours.py",
        "verify/",
    ),
    "click": ("cli/",),
    "dask": ("batch/",),
    "distributed": ("batch/cluster.py",),
}
HEAVY = ("pandas", "numba", "pvlib", "xarray", "geopandas")
MOST_LINES, MOST_ARGUMENTS = 500, 6


def imported(source: str) -> Iterator[str]:
    """Dotted names that a source imports, those given to ``import_module`` as text included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = "." * node.level + (node.module or "")
            yield from (f"{start}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and _callee(node) in DYNAMIC:
            yield from _leading_text(node.args[0])


DYNAMIC = {"import_module", "__import__"}


def _callee(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _leading_text(node: ast.expr) -> Iterator[str]:
    first = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else node
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        yield first.value


def room_of(path: str) -> str:
    """Room that a file of the package stands in."""
    top = path.split("/", maxsplit=1)[0].removesuffix(".py")
    return "roofpv" if top == "__init__" else top


def room_named(dotted: str) -> str | None:
    """Room of an imported name; None for another package and for the version number."""
    top, *rest = dotted.split(".")
    if top != "roofpv" or rest == ["__version__"]:
        return None
    return rest[0] if rest and rest[0] in LAYER_OF else "roofpv"


def is_in(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or (place[-1] == "/" and path.startswith(place)) for place in places)


def direction_problems(sources: dict[str, str]) -> list[str]:
    """Imports that go sideways or up."""
    found = []
    for path, source in sources.items():
        room = room_of(path)
        if room not in LAYER_OF:
            found.append(f"{path}: {room} stands in no layer")
            continue
        for dotted in imported(source):
            other = room_named(dotted)
            if dotted.startswith("."):
                found.append(f"{path}: relative import {dotted}")
            elif other and not may_import(room, other):
                found.append(f"{path}: {room} imports {other} ({dotted})")
    return found


def may_import(room: str, other: str) -> bool:
    lower = LAYER_OF[other] < LAYER_OF[room]
    return room == other or lower or (room, other) in NEIGHBOURS


def kernel_problems(sources: dict[str, str]) -> list[str]:
    """What kernel files import besides numbers and compilers."""
    return [
        f"{path}: {dotted}"
        for path, source in sources.items()
        if path.startswith("kernels/")
        for dotted in imported(source)
        if dotted.split(".")[0] not in KERNEL_IMPORTS
    ]


def reserved_problems(sources: dict[str, str]) -> list[str]:
    """Packages imported outside the rooms that they are reserved for."""
    return [
        f"{path}: {dotted}"
        for path, source in sources.items()
        for dotted in imported(source)
        if not is_in(path, RESERVED.get(dotted.split(".")[0], (path,)))
    ]


def print_problems(sources: dict[str, str]) -> list[str]:
    """Calls of ``print`` outside the command line."""
    return [
        f"{path}:{node.lineno}"
        for path, source in sources.items()
        if not path.startswith("cli/")
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and _is_print(node.func)
    ]


def _is_print(name: ast.Name) -> bool:
    return name.id == "print"


def functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node


def kwargs_problems(sources: dict[str, str]) -> list[str]:
    """Functions that take ``**anything``."""
    return [
        f"{path}:{node.lineno}"
        for path, source in sources.items()
        for node in functions(source)
        if node.args.kwarg is not None
    ]


def argument_problems(sources: dict[str, str]) -> list[str]:
    """Functions with too many arguments."""
    return [
        f"{path}:{node.lineno} has {count_arguments(node.args)}"
        for path, source in sources.items()
        if not is_in(path, ("kernels/", "cli/"))
        for node in functions(source)
        if count_arguments(node.args) > MOST_ARGUMENTS
    ]


def count_arguments(arguments: ast.arguments) -> int:
    named = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return len([name for name in named if name not in {"self", "cls"}])


def docstring_problems(sources: dict[str, str]) -> list[str]:
    """Public functions, classes and methods that do not say what they do."""
    return [
        f"{path}: {name}"
        for path, source in sources.items()
        for name, node in public(ast.parse(source).body)
        if not ast.get_docstring(node)
    ]


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Definition]]:
    for node in body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{node.name}.")


def length_problems(sources: dict[str, str]) -> list[str]:
    """Files that are too long to be read in one sitting."""
    lengths = {path: len(source.splitlines()) for path, source in sources.items()}
    return [f"{path}: {length}" for path, length in lengths.items() if length > MOST_LINES]


CHECKS = (
    direction_problems,
    kernel_problems,
    reserved_problems,
    print_problems,
    kwargs_problems,
    argument_problems,
    docstring_problems,
    length_problems,
)


@pytest.mark.parametrize("check", CHECKS)
def test_house_keeps_its_rules(check):
    assert check(SOURCES) == []


def test_the_walk_sees_the_whole_house():
    rooms = {room_of(path) for path in SOURCES}
    assert rooms >= {
        "roofpv",
        "cli",
        "assessment",
        "energy",
        "kernels",
        "errors",
        "results",
        "text",
    }
    assert all(room in LAYER_OF for pair in NEIGHBOURS for room in pair)
    assert len(LAYER_OF) == sum(map(len, LAYERS)), "a room stands in two layers"


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("energy/simulate.py", "from roofpv.assessment import assess"),
        ("energy/simulate.py", "from roofpv import assess"),
        ("energy/simulate.py", "import roofpv.report.summary"),
        ("energy/simulate.py", "from roofpv.finance import money"),
        ("energy/simulate.py", "def f():\n    from roofpv.targets import evaluate"),
        ("energy/simulate.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
         "    from roofpv.cli import main"),
        ("energy/simulate.py", "import importlib\nimportlib.import_module('roofpv.batch.run')"),
        ("energy/simulate.py", "import importlib\nimportlib.import_module(f'roofpv.batch.{x}')"),
        ("assessment.py", "import roofpv"),
        ("assessment.py", "from roofpv import read_inventory"),
        ("errors.py", "from roofpv.schema import names"),
        ("inventory/read.py", "from roofpv.weather import read_weather"),
        ("siting.py", "from roofpv.sky import sun_and_sky"),
        ("roofs/planes.py", "from .. import assessment"),
        ("attic.py", "import math"),
    ],
)  # fmt: skip
def test_an_import_up_or_sideways_is_seen(path, source):
    assert len(direction_problems({path: source})) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("energy/simulate.py", "from roofpv import __version__\nfrom roofpv import schema"),
        ("energy/simulate.py", "from roofpv.compiled import load_kernels"),
        ("compiled.py", "import importlib\nimportlib.import_module(f'roofpv.kernels.{x}')"),
        ("verify/comparisons.py", "from roofpv.energy import simulate"),
        ("cli/assess.py", "import roofpv\nfrom roofpv.cli import options"),
        ("assessment.py", "from roofpv import energy, targets\nimport numpy as np"),
    ],
)
def test_an_import_down_is_allowed(path, source):
    assert direction_problems({path: source}) == []


@pytest.mark.parametrize(
    "source",
    ["import roofpv", "from roofpv.errors import RoofpvError", "import scipy", "import os"],
)
def test_a_kernel_that_leans_on_others_is_seen(source):
    assert len(kernel_problems({"kernels/planes.py": source})) == 1
    assert kernel_problems({"energy/simulate.py": source}) == []


@pytest.mark.parametrize(
    ("path", "source", "problems"),
    [
        ("energy/simulate.py", "import pvlib", 1),
        ("energy/hourly.py", "from pvlib.irradiance import aoi", 0),
        ("sky.py", "def f():\n    import pvlib", 0),
        ("skylight.py", "import pvlib", 1),
        ("roofs/sky.py", "import pvlib", 1),
        ("weather/synth.py", "import pvlib", 0),
        ("assessment.py", "import click", 1),
        ("cli/assess.py", "import click", 0),
        ("assessment.py", "from dask.distributed import Client", 1),
        ("batch/run.py", "import dask", 0),
    ],
)
def test_a_package_outside_its_room_is_seen(path, source, problems):
    assert len(reserved_problems({path: source})) == problems


def test_a_print_in_the_library_is_seen():
    sources = {"energy/simulate.py": "def f():\n    print('here')", "cli/demo.py": "print(1)"}
    assert print_problems(sources) == ["energy/simulate.py:2"]


@pytest.mark.parametrize("source", ["def f(**more): ...", "f = lambda **more: 0"])
def test_a_tunnel_of_keywords_is_seen(source):
    assert len(kwargs_problems({"roofs/planes.py": source})) == 1
    assert kwargs_problems({"roofs/planes.py": "def f(*rows): return g(**rows[0])"}) == []


def test_a_seventh_argument_is_seen():
    seven = "def f(a, b, /, c, d, *, e, f, g): ..."
    assert len(argument_problems({"assessment.py": seven})) == 1
    assert argument_problems({"kernels/planes.py": seven, "cli/assess.py": seven}) == []
    assert (
        argument_problems({"assessment.py": "class C:\n def f(self, a, b, c, d, e, f): ..."}) == []
    )


def test_a_silent_public_function_is_seen():
    silent = "def f(): ...\ndef _g(): ...\nclass C:\n    'It.'\n    def m(self): ...\n"
    assert docstring_problems({"assessment.py": silent}) == [
        "assessment.py: f",
        "assessment.py: C.m",
    ]
    assert docstring_problems({"assessment.py": "def f():\n    'It does.'"}) == []


def test_a_long_file_is_seen():
    assert length_problems({"a.py": "x = 1\n" * 501, "b.py": "x = 1\n" * 500}) == ["a.py: 501"]


def python(code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    loaded: list[str] = json.loads(done.stderr.splitlines()[-1])
    return loaded


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments):
    loaded = python(
        "import json, sys\n"
        "from roofpv.cli import main\n"
        f"sys.argv = ['roofpv', *{arguments}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    assert "roofpv.cli" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_public_functions_stay_what_they_are_when_every_room_is_loaded():
    for path in SOURCES:
        dotted = path.removesuffix(".py").removesuffix("__init__").rstrip("/").replace("/", ".")
        if dotted and not dotted.endswith("__main__"):
            importlib.import_module(f"roofpv.{dotted}")
    names = [name for name in roofpv.__all__ if name != "__version__"]
    assert [name for name in names if not callable(getattr(roofpv, name))] == []


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = roofpv.no_such_name
