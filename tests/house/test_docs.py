"""The documents: links lead somewhere, decisions name checks that exist, make targets that are mentioned exist."""

import re
from pathlib import Path

import pytest
import typer.main

from tools.docs import anchors, broken_links, documents
from ui.cli import app

ROOT = Path(__file__).resolve().parents[2]
COMMAND = re.compile(r"(?:`|^|/bin/)eoc ([a-z]+)(?: ([a-z]+))?", re.MULTILINE)
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("0*.md"))


def test_every_link_leads_somewhere() -> None:
    assert list(broken_links()) == []


def test_the_link_check_finds_what_is_broken(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "there.md").write_text("# A Heading, with `code`\n", "utf-8")
    (tmp_path / "README.md").write_text(
        "[a](docs/there.md) [b](docs/there.md#a-heading-with-code) [c](https://example.vn/x) [d](#top)\n"
        "[e](docs/gone.md) [f](docs/there.md#gone) [g](../outside.md) ![h](docs/gone.png)\n"
        "# Top\n```sh\n[not](a-link)\n```\n",
        "utf-8",
    )
    assert [link.partition(": ")[2] for link in broken_links(tmp_path)] == [
        "docs/gone.md", "docs/there.md#gone", "../outside.md", "docs/gone.png"
    ]  # fmt: skip


def test_anchors_are_made_as_on_code_hosts() -> None:
    assert anchors("# Talking to it\n## Lũ sông Bé (2026)\n### `eoc run`\n") == {
        "talking-to-it", "lũ-sông-bé-2026", "eoc-run"
    }  # fmt: skip


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_its_four_parts_and_is_listed(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text.startswith(f"# {page.stem[:4]} ")
    for part in ("**Situation.**", "**Decision.**", "**What follows.**", "**Check.**"):
        assert part in text
    assert f"({page.name})" in (page.parent / "README.md").read_text("utf-8")


@pytest.mark.parametrize("page", documents(), ids=lambda page: str(page.relative_to(ROOT)))
def test_files_and_targets_that_a_document_names_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    for named in re.findall(r"`((?:tests|tools|deploy|eoc|requirements|docs)/[\w./-]+\.\w+)`", text):
        assert (ROOT / named).exists(), named
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) <= targets


def known_commands() -> dict[str, set[str]]:
    """Each command of the command line with the names of its own commands."""
    top = typer.main.get_command(app)
    return {name: set(getattr(command, "commands", {})) for name, command in getattr(top, "commands", {}).items()}


@pytest.mark.parametrize("page", documents(), ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_that_a_document_names_exist(page: Path) -> None:
    known = known_commands()
    for name, below in COMMAND.findall(page.read_text("utf-8")):
        assert name in known, f"eoc {name}"
        assert not known[name] or below in known[name], f"eoc {name} {below}"


def test_the_recipes_name_files_that_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = set(re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", text))
    assert len(named) > 20
    web = ROOT / "ui" / "web" / "src"
    assert sorted(name for name in named if not ((ROOT / name).exists() or (web / name).exists())) == []
