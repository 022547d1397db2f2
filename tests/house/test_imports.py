"""The import rules of pyproject.toml hold, and each of them is shown to catch what it is there for."""

import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

ARROWS = "Every import arrow points towards eoc"
STRANGERS = "sensors, video and dispatch do not know each other"
LAYERS = "Inside eoc every module has its layer"
PURE = "No clock, randomness or I/O in the rules"
WEB = "Home of the web framework: ui"
MQTT = "Home of MQTT: sensors"
VIDEO = "Home of video decoding: video"
SMS = "Home of the SMS operators: dispatch"
DATABASE = "Home of the database: the store modules"
REDIS = "Home of Redis: eoc.bus"
NUMBERS = "Home of numerics: eoc.forecast"
DRAWING = "Home of drawing: ui"


@dataclass(frozen=True)
class Plant:
    """A line added to a file of a copy of the tree, and the rules that it must break."""

    file: str
    line: str
    broken: frozenset[str]


def plant(file: str, line: str, *broken: str) -> Plant:
    return Plant(file, line, frozenset(broken))


VIOLATIONS = [
    plant("eoc/geo.py", "import sensors", ARROWS),
    plant("dispatch/planted.py", "import ui", ARROWS),
    plant("sensors/planted.py", "import video", ARROWS, STRANGERS),
    plant("eoc/planted.py", "", LAYERS),
    plant("eoc/model.py", "import eoc.journal", LAYERS),
    plant("eoc/store/planted.py", "import eoc.engine", LAYERS),
    plant("eoc/hazards/planted.py", "import random", PURE),
    plant("eoc/correlation.py", "from time import monotonic", PURE),
    plant("eoc/geo.py", "import fastapi", WEB),
    plant("video/planted.py", "from starlette.responses import Response", WEB),
    plant("sensors/planted.py", "import uvicorn", WEB),
    plant("ui/planted.py", "import paho.mqtt.client", MQTT),
    plant("dispatch/planted.py", "import iotcore", MQTT),
    plant("sensors/planted.py", "import cv2", VIDEO),
    plant("ui/planted.py", "import av", VIDEO),
    plant("ui/planted.py", "from twilio.rest import Client", SMS),
    plant("sensors/planted.py", "import smpp34", SMS),
    plant("eoc/hazards/planted.py", "import sqlmodel", DATABASE),
    plant("ui/planted.py", "from sqlalchemy import select", DATABASE),
    plant("dispatch/planted.py", "import alembic", DATABASE),
    plant("ui/planted.py", "import redis.asyncio", REDIS),
    plant("eoc/store/planted.py", "import redis", REDIS),
    plant("eoc/hazards/planted.py", "import numpy", NUMBERS),
    plant("ui/planted.py", "import numpy", NUMBERS),
    plant("dispatch/planted.py", "import matplotlib.pyplot", DRAWING),
]
ALLOWED = [
    plant("ui/planted.py", "import fastapi, sensors, video, dispatch, eoc"),
    plant("ui/migrations/planted.py", "import alembic, sqlalchemy"),
    plant("eoc/store/planted.py", "import sqlmodel, eoc.journal, eoc.model"),
    plant("sensors/store/planted.py", "import sqlalchemy"),
    plant("dispatch/store/planted.py", "import sqlalchemy"),
    plant("eoc/bus.py", "import redis.asyncio"),
    plant("eoc/engine/planted.py", "import asyncio, eoc.store, eoc.hazards"),
    plant("sensors/planted.py", "import paho.mqtt.client, iotcore, eoc.model"),
    plant("video/planted.py", "import cv2, av"),
    plant("dispatch/planted.py", "import twilio, smpp34"),
    plant("eoc/forecast/planted.py", "import numpy, eoc.model"),
    plant("ui/commands/planted.py", "import matplotlib"),
    plant("video/planted.py", "import numpy"),
]


@cache
def configuration() -> dict[str, object]:
    loaded: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return loaded


def packages() -> list[str]:
    tools = configuration()["tool"]
    assert isinstance(tools, dict)
    names: list[str] = tools["importlinter"]["root_packages"]
    return names


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the five packages, without web sources and data."""
    copy = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", copy)
    no_code = shutil.ignore_patterns("web", "static", "messages", "__pycache__", "node_modules")
    for package in packages():
        shutil.copytree(ROOT / package, copy / package, ignore=no_code)
    return copy


def broken_rules(folder: Path) -> set[str]:
    """Names of the rules that import-linter finds broken in a tree."""
    said = subprocess.run(
        [LINT_IMPORTS, "--no-logo", "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )
    verdicts = dict(re.findall(r"^(.+) (KEPT|BROKEN)\b", said.stdout, re.MULTILINE))
    assert verdicts, said.stdout + said.stderr
    assert (said.returncode == 0) == ("BROKEN" not in verdicts.values())
    return {name for name, verdict in verdicts.items() if verdict == "BROKEN"}


@pytest.fixture(scope="module")
def broken_before(tree: Path) -> set[str]:
    return broken_rules(tree)


def broken_by(planted: Plant, tree: Path, broken_before: set[str]) -> set[str]:
    file = tree / planted.file
    made = [folder for folder in file.parents if not folder.exists()]
    file.parent.mkdir(parents=True, exist_ok=True)
    inits = [folder / "__init__.py" for folder in made]
    before = file.read_text("utf-8") if file.exists() else None
    try:
        for init in inits:
            init.touch()
        file.write_text(f"{before or ''}\n{planted.line}\n", "utf-8")
        return broken_rules(tree) - broken_before
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_text(before, "utf-8")
        for folder in made:
            shutil.rmtree(folder, ignore_errors=True)


def test_the_tree_keeps_every_rule(broken_before: set[str]) -> None:
    assert broken_before == set()


@pytest.mark.parametrize("planted", VIOLATIONS, ids=lambda planted: f"{planted.file}: {planted.line}")
def test_a_planted_violation_is_caught(planted: Plant, tree: Path, broken_before: set[str]) -> None:
    assert broken_by(planted, tree, broken_before) >= planted.broken


@pytest.mark.parametrize("planted", ALLOWED, ids=lambda planted: f"{planted.file}: {planted.line}")
def test_what_is_allowed_is_let_through(planted: Plant, tree: Path, broken_before: set[str]) -> None:
    assert broken_by(planted, tree, broken_before) == set()


def test_every_rule_has_a_violation_that_it_catches() -> None:
    tools = configuration()["tool"]
    assert isinstance(tools, dict)
    rules = {contract["name"] for contract in tools["importlinter"]["contracts"]}
    assert rules == set().union(*(planted.broken for planted in VIOLATIONS))


def test_the_rules_know_every_package_that_is_shipped() -> None:
    tools = configuration()["tool"]
    assert isinstance(tools, dict)
    shipped = tools["hatch"]["build"]["targets"]["wheel"]["packages"]
    in_the_tree = {file.parent.name for file in ROOT.glob("*/__init__.py")} - {"tests", "tools", "benchmarks"}
    assert set(packages()) == set(shipped) == in_the_tree
