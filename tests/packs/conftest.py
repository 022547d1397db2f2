"""A copy of the demo pack to break, and the demo pack itself."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eoc.packs import Pack, load_pack, pack_path

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture(scope="session")
def demo() -> Pack:
    """The shipped demo pack."""
    return load_pack(pack_path("binh-phuoc"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The demo pack in a folder that a test may change."""
    target = tmp_path / "binh-phuoc"
    shutil.copytree(pack_path("binh-phuoc"), target)
    return target


@pytest.fixture
def change(copy: Path) -> Callable[[str, str, str], int]:
    """Replace a text once in a file of the copy; gives the line it stands on."""

    def replace(file: str, old: str, new: str) -> int:
        path = copy / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return text.count("\n", 0, text.index(old)) + 1

    return replace
