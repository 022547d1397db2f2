"""The pinned dependencies: complete, by hash, and without an address that ties them to one index."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = ["bootstrap.txt", "dev.txt", "node.txt", "run.txt"]


def text(name: str) -> str:
    return (ROOT / "requirements" / name).read_text("ascii")


def entries(name: str) -> list[str]:
    """The logical lines of a requirements file, continuation lines joined, comments dropped."""
    joined = re.sub(r"\s*\\\n\s*", " ", text(name))
    return [line for line in joined.splitlines() if line and not line.startswith("#")]


def pins(name: str) -> set[str]:
    """`name==version` (and its condition) of each entry."""
    return {entry.partition(" --hash=")[0].strip() for entry in entries(name)}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(*groups: str) -> set[str]:
    """Distribution names that pyproject.toml asks for, in the given dependency groups ("" is the product itself)."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    asked: list[object] = []
    waiting = list(groups)
    while waiting:
        group = waiting.pop()
        for entry in project["dependency-groups"][group] if group else project["project"]["dependencies"]:
            if isinstance(entry, dict):
                waiting.append(entry["include-group"])
            else:
                asked.append(entry)
    return {normal(re.match(r"[\w.-]+", str(entry))[0]) for entry in asked}  # type: ignore[index]


@pytest.mark.parametrize("name", FILES)
def test_every_entry_is_an_exact_version_with_hashes(name: str) -> None:
    assert entries(name)
    for entry in entries(name):
        assert re.match(r"[\w.-]+(\[[\w,]+\])?==[\w.!+]+( ; .+?)?( --hash=sha256:[0-9a-f]{64})+$", entry), entry


@pytest.mark.parametrize("name", FILES)
def test_no_file_names_an_address_a_folder_or_the_machine_it_was_made_on(name: str) -> None:
    assert "/" not in text(name)
    assert not re.search(r"^\s*--(?!hash=)", text(name), re.MULTILINE), "no options such as an index"
    assert "make lock" in text(name).splitlines()[1]


def test_the_folder_holds_these_files_and_no_others() -> None:
    assert sorted(file.name for file in (ROOT / "requirements").iterdir()) == FILES


@pytest.mark.parametrize(
    ("name", "groups"),
    [("run.txt", ("", "build")), ("dev.txt", ("", "dev")), ("node.txt", ("node",)), ("bootstrap.txt", ("bootstrap",))],
)
def test_everything_that_pyproject_asks_for_is_pinned(name: str, groups: tuple[str, ...]) -> None:
    pinned = {normal(re.match(r"[\w.-]+", pin)[0]) for pin in pins(name)}  # type: ignore[index]
    assert declared(*groups) - pinned == set(), "call make lock"


def test_the_developers_environment_contains_the_products_pin_by_pin() -> None:
    """`make run` after `make test` relies on it: it then leaves the larger environment as it is."""
    assert pins("run.txt") - pins("dev.txt") == set()
    assert pins("bootstrap.txt") - pins("dev.txt") == set()
