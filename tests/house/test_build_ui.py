"""The build of the web pages: real npm on a tiny project."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.house.fake_web import plant_web
from tools import build_ui
from tools.commands import SetupError


class Recorder:
    """Runs commands as the build does and remembers them."""

    def __init__(self) -> None:
        self.commands: list[str] = []

    def __call__(
        self,
        command: Sequence[str],
        advice: str,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        if command[0] == "npm":  # the first build on a machine without Node fetches that, too
            self.commands.append(" ".join(word for word in command if not word.startswith("--")))
        build_ui.run_visibly(command, advice, environment, folder)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return plant_web(tmp_path)


def built(root: Path) -> str:
    return (root / "ui" / "static" / "app" / "index.html").read_text("utf-8")


def test_the_pages_are_built_once_for_the_same_sources(tmp_path: Path, page: Path) -> None:
    run = Recorder()
    assert not build_ui.is_current(tmp_path)
    assert build_ui.build(run, tmp_path) == "built"
    assert built(tmp_path) == "<p>first</p><!-- 1 catalogues -->"
    assert build_ui.is_current(tmp_path)
    assert build_ui.build(run, tmp_path) == "unchanged"
    assert run.commands == ["npm ci", "npm run build"]


def _edit_page(root: Path) -> None:
    (root / "ui" / "web" / "page.html").write_text("<p>second</p>", "utf-8")


def _add_source(root: Path) -> None:
    (root / "ui" / "web" / "src").mkdir()
    (root / "ui" / "web" / "src" / "new.ts").touch()


def _rename_source(root: Path) -> None:
    (root / "ui" / "web" / "build.mjs").rename(root / "ui" / "web" / "renamed.mjs")


def _change_words(root: Path) -> None:
    (root / "eoc" / "messages" / "vi.json").write_text('{"hello": "Chào"}\n', "utf-8")


def _lose_the_pages(root: Path) -> None:
    (root / "ui" / "static" / "app" / "index.html").unlink()


@pytest.mark.parametrize("change", [_edit_page, _add_source, _rename_source, _change_words, _lose_the_pages])
def test_any_change_of_the_sources_makes_them_stale(tmp_path: Path, page: Path, change: Callable[[Path], None]) -> None:
    build_ui.build(Recorder(), tmp_path)
    change(tmp_path)
    assert not build_ui.is_current(tmp_path)


def test_a_changed_page_is_built_again_without_fetching_packages_again(tmp_path: Path, page: Path) -> None:
    build_ui.build(Recorder(), tmp_path)
    run = Recorder()
    page.write_text("<p>second</p>", "utf-8")
    assert build_ui.build(run, tmp_path) == "built"
    assert built(tmp_path).startswith("<p>second</p>")
    assert run.commands == ["npm run build"]


def test_what_the_build_itself_writes_is_no_source(tmp_path: Path, page: Path) -> None:
    build_ui.build(Recorder(), tmp_path)
    for name in ("node_modules/x.js", "dist/x.js", "tsconfig.tsbuildinfo"):
        file = tmp_path / "ui" / "web" / name
        file.parent.mkdir(exist_ok=True)
        file.touch()
    assert build_ui.is_current(tmp_path)


def test_a_build_that_fails_says_so_and_keeps_the_last_good_pages(tmp_path: Path, page: Path) -> None:
    build_ui.build(Recorder(), tmp_path)
    page.write_text("<p>broken</p>", "utf-8")
    with pytest.raises(SetupError, match="could not be built"):
        build_ui.build(Recorder(), tmp_path)
    assert built(tmp_path).startswith("<p>first</p>")
    page.write_text("<p>first</p>", "utf-8")
    assert not build_ui.is_current(tmp_path), "after a failure nothing is taken on trust"


def test_without_a_lock_file_nothing_is_fetched(tmp_path: Path, page: Path) -> None:
    (page.parent / "package-lock.json").unlink()
    run = Recorder()
    with pytest.raises(SetupError, match="package-lock"):
        build_ui.build(run, tmp_path)
    assert run.commands == []


def test_without_web_sources_there_is_nothing_to_do(tmp_path: Path) -> None:
    run = Recorder()
    assert build_ui.build(run, tmp_path) == "no web sources, skipped"
    assert run.commands == []


@pytest.mark.parametrize(
    ("version", "good"),
    [("v18.20.4", False), ("v20.18.1", False), ("v20.19.0", True), ("v22.12.0", True), ("v100.0.0", True), ("", False)],
)
def test_a_node_that_is_too_old_does_not_count(tmp_path: Path, version: str, good: bool) -> None:
    for name in ("node", "npm"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho {version}\n", "ascii")
        program.chmod(0o755)
    assert build_ui.node_on_path(str(tmp_path)) is good


def test_node_without_npm_does_not_count(tmp_path: Path) -> None:
    program = tmp_path / "node"
    program.write_text("#!/bin/sh\necho v22.12.0\n", "ascii")
    program.chmod(0o755)
    assert build_ui.node_on_path(str(tmp_path)) is False
