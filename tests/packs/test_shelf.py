"""Packs are found by name, begun from the skeleton, and installed whole or not at all."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from eoc.errors import Conflict, NotFound
from eoc.packs import PackInvalid, check_pack, install_pack, known_packs, load_pack, new_pack, pack_path

Change = Callable[[str, str, str], int]


def test_a_name_a_path_or_an_installed_pack(copy: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert pack_path("binh-phuoc").parent.name in ("packs", "shipped")
    assert pack_path(copy) == copy
    installed = install_pack(copy, data)
    assert installed == data / "packs" / "binh-phuoc"
    assert pack_path("binh-phuoc", data) == installed
    assert known_packs(data) == ("binh-phuoc",)


@pytest.mark.parametrize("name", ["tinh-khong-co", "../binh-phuoc", "binh-phuoc/../binh-phuoc", "", "."])
def test_an_unknown_name_tells_the_known_ones(name: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        pack_path(name, tmp_path)
    assert caught.value.params["known"] == "binh-phuoc"


def test_a_new_pack_is_a_working_half_pack(tmp_path: Path) -> None:
    root = new_pack(tmp_path / "tinh-moi")
    assert {problem.severity for problem in check_pack(root)} == {"note"}
    assert load_pack(root).id == "tinh-moi"
    text = "".join(path.read_text(encoding="utf-8") for path in root.iterdir())
    assert "eoc pack check" in text
    with pytest.raises(Conflict):
        new_pack(root)
    with pytest.raises(Conflict):
        new_pack(root / "pack.yaml")


def uncommented(text: str) -> str:
    """A file of the skeleton with its examples switched on."""
    text = re.sub(r"(?m)^(\w+): \[\]$", r"\1:", text)
    return re.sub(r"(?m)^#(?=  +\S)|^# (?=rules:|bounds:|hotline:|index:|silence:|battery:|storm:)", "", text)


def test_the_commented_examples_of_the_skeleton_are_right(tmp_path: Path) -> None:
    root = new_pack(tmp_path / "tinh-moi")
    for path in root.glob("*.yaml"):
        path.write_text(uncommented(path.read_text(encoding="utf-8")), encoding="utf-8")
    found = {(problem.code, problem.path) for problem in check_pack(root) if problem.severity == "error"}
    # Only the unit that the examples speak of and that an empty list of units cannot have.
    assert found == {
        ("pack.unknown_area", "stations[0].area"),
        ("pack.unknown_area", "rivers[0].riverside[0].area"),
        ("pack.unknown_river", "rivers[0].flows_into"),
    }


def test_installing_again_replaces_and_keeps_the_previous(copy: Path, tmp_path: Path, change: Change) -> None:
    data = tmp_path / "data"
    first = load_pack(install_pack(copy, data)).hash
    change("stations.yaml", "bd1: 115.5", "bd1: 115.4")
    (copy / "areas.csv~").write_text("editor's copy", encoding="utf-8")
    installed = install_pack(copy, data)
    assert load_pack(installed).hash == load_pack(copy).hash != first
    assert load_pack(data / "packs" / ".previous-binh-phuoc").hash == first
    assert not (installed / "areas.csv~").exists()
    assert sorted(path.name for path in (data / "packs").iterdir()) == [".previous-binh-phuoc", "binh-phuoc"]


def test_a_broken_pack_is_not_installed(copy: Path, tmp_path: Path, change: Change) -> None:
    data = tmp_path / "data"
    good = load_pack(install_pack(copy, data)).hash
    change("stations.yaml", "bd1: 115.5", "bd1: high")
    with pytest.raises(PackInvalid):
        install_pack(copy, data)
    assert load_pack(pack_path("binh-phuoc", data)).hash == good


def test_links_out_of_the_folder_are_not_followed(copy: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("do not copy", encoding="utf-8")
    (copy / "extra.txt").symlink_to(secret)
    assert not (install_pack(copy, tmp_path / "data") / "extra.txt").exists()
