"""Every kind of mistake is named with its file, line and field; all of them at once; and each code has its sentence."""

import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from eoc.packs import PackInvalid, Problem, check_pack, load_pack
from eoc.words import Language, catalogue, placeholders, say

Change = Callable[[str, str, str], int]
LANGUAGES: tuple[Language, ...] = ("vi", "en")


def errors(root: Path) -> list[Problem]:
    return [problem for problem in check_pack(root) if problem.severity != "note"]


PLANTED: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("planted.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("planted", PLANTED, ids=[f"{p['code']}:{p['file']}:{p['path']}" for p in PLANTED])
def test_a_planted_mistake_is_found_where_it_stands(copy: Path, change: Change, planted: dict[str, Any]) -> None:
    line = change(planted["file"], planted["old"], planted["new"]) + planted.get("lines_down", 0)
    told = errors(copy)
    wanted = (planted["file"], line, planted["path"], planted["code"])
    assert wanted in [(problem.file, problem.line, problem.path, problem.code) for problem in told]
    problem = next(p for p in told if (p.code, p.path) == (planted["code"], planted["path"]))
    assert planted.get("facts", {}).items() <= dict(problem.params).items()
    assert problem.place().startswith(f"{planted['file']}:{line}")
    for problem in told:
        for language in LANGUAGES:
            assert placeholders(catalogue(language)[problem.code]) <= set(problem.params)
            assert "{{" not in say(problem.code, problem.params, language)


WHOLE_FILES: list[tuple[str, bytes, int | None, str]] = [
    ("stations.yaml", b"stations:\n  - id: a\n   kind: river\n", 3, "pack.yaml_syntax"),
    ("stations.yaml", b"stations:\n  - {id: a, name: !!python/object:os.system x}\n", 2, "pack.yaml_tag"),
    ("stations.yaml", b"stations: &all []\nagain: *all\n", 2, "pack.yaml_alias"),
    ("stations.yaml", b"stations: []\nstations: []\n", 2, "pack.duplicate_key"),
    ("stations.yaml", b"stations: []\n---\nstations: []\n", 2, "pack.second_document"),
    ("stations.yaml", b"stations: " + b"[" * 100_000, 1, "pack.too_deep"),
    ("stations.yaml", "stations: []\n# Trạm".encode("utf-16"), 1, "pack.bad_encoding"),
    ("stations.yaml", b"stations: []\n# Tr\xb9m Ph\xad\xedc Long\n", 2, "pack.bad_encoding"),
    ("stations.yaml", b"- id: a\n", 1, "pack.wrong_type"),
    ("stations.yaml", b"stations: none\n", 1, "pack.wrong_type"),
    ("stations.yaml", b"stations: []\nstation: []\n", 2, "pack.unknown_field"),
    ("pack.yaml", b"\n", 1, "pack.empty_file"),
    ("areas.csv", b"code,name\n1,A\n", 1, "pack.csv_columns"),
    ("areas.csv", b"code,name,kind,code\n1,A,commune,1\n", 1, "pack.csv_repeated_column"),
    ("areas.csv", b'code,name,kind\n1,"A,commune\n', 2, "pack.csv_syntax"),
    ("communes.geojson", b'{"type": "FeatureCollection",\n "features": [}\n', 2, "pack.json_syntax"),
    ("communes.geojson", b'{"type": "Polygon"}', 1, "pack.not_a_feature_collection"),
    ("communes.geojson", b'{"features": [\n 7]}', 2, "pack.not_a_feature"),
    (
        "communes.geojson",
        b'{"crs": {"properties": {"name": "EPSG:9210"}}, "features": []}',
        1,
        "pack.geojson_projection",
    ),
]


@pytest.mark.parametrize(
    ("file", "content", "line", "code"), WHOLE_FILES, ids=[f"{w[3]}:{w[0]}:{n}" for n, w in enumerate(WHOLE_FILES)]
)
def test_a_file_that_cannot_be_understood(copy: Path, file: str, content: bytes, line: int | None, code: str) -> None:
    (copy / file).write_bytes(content)
    assert (file, line, code) in [(problem.file, problem.line, problem.code) for problem in errors(copy)]
    with pytest.raises(PackInvalid):
        load_pack(copy)


def square(west: float, south: float, side: float = 0.01) -> list[list[float]]:
    east, north = west + side, south + side
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


@pytest.mark.parametrize(
    ("coordinates", "code"),
    [
        ([[[106.9, 11.8], [107.0, 11.9], [107.0, 11.8], [106.9, 11.9], [106.9, 11.8]]], "pack.geometry_invalid"),
        ([square(106.9, 11.8), square(107.2, 12.0)], "pack.geometry_invalid"),
        ([[[106.9, 11.8], [107.0, 11.9]]], "pack.geometry_invalid"),
        ([], "pack.geometry_empty"),
        ([[[0, 0], [0, 0], [0, 0], [0, 0]]], "geo.null_island"),
        ([square(106.9, 21.0)], "geo.outside_bounds"),
        ([square(11.8, 106.9)], "geo.swapped"),
        ([[[591000.0, 1300000.0]] * 4], "geo.projected"),
        ([[[200.0, 11.0]] * 4], "geo.out_of_range"),
        ("106.9 11.8", "pack.coordinates_malformed"),
        ([[[None, 11.0]] * 4], "pack.coordinates_malformed"),
        ([[[float("nan"), 11.0]] * 4], "pack.coordinates_malformed"),
    ],
)
def test_shapes_are_judged_by_their_mistake(copy: Path, coordinates: Any, code: str) -> None:
    path = copy / "communes.geojson"
    data = json.loads(path.read_text(encoding="utf-8"))
    data["features"][4]["geometry"]["coordinates"] = coordinates
    lines = ["{", '"features": [', *[json.dumps(feature) + "," for feature in data["features"]]]
    path.write_text("\n".join(lines)[:-1] + "]}", encoding="utf-8")
    (problem,) = errors(copy)
    assert (problem.file, problem.line, problem.code) == ("communes.geojson", 7, code)
    assert problem.path.startswith("features[4].geometry")


#: Mistakes that do not hide each other: a thing without a sound name or value cannot also be checked against others.
TOGETHER = (
    "pack.unknown", "pack.thresholds", "pack.decimal", "pack.bad_format", "pack.not_one_of", "pack.range", "geo.",
)  # fmt: skip


def test_all_mistakes_are_told_at_once(copy: Path, change: Change) -> None:
    wanted: set[tuple[str, str, str]] = set()
    for planted in PLANTED:
        untouched = planted["old"] in (copy / planted["file"]).read_text(encoding="utf-8")
        if planted["code"].startswith(TOGETHER) and untouched:
            change(planted["file"], planted["old"], planted["new"])
            wanted.add((planted["file"], planted["path"], planted["code"]))
    assert len(wanted) >= 25
    assert wanted <= {(problem.file, problem.path, problem.code) for problem in errors(copy)}
    with pytest.raises(PackInvalid) as caught:
        load_pack(copy)
    assert wanted <= {(problem.file, problem.path, problem.code) for problem in caught.value.problems}


def test_one_item_with_several_mistakes_shows_each_of_them(copy: Path, change: Change) -> None:
    change("stations.yaml", 'area: "25217"', 'area: "99999"')
    change("stations.yaml", "bd1: 115.5", "bd1: high")
    change("stations.yaml", "river: song-be", "river: song-khong-co")
    change("stations.yaml", "    demo: true", "    dema: true")
    codes = {(problem.path, problem.code) for problem in errors(copy)}
    assert {
        ("stations[0].area", "pack.unknown_area"),
        ("stations[0].thresholds.bd1", "pack.wrong_type"),
        ("stations[0].river", "pack.unknown_river"),
        ("stations[0].dema", "pack.unknown_field_suggest"),
    } <= codes


def test_a_broken_file_makes_no_false_alarms_elsewhere(copy: Path) -> None:
    (copy / "templates.yaml").write_text("templates: [", encoding="utf-8")
    (copy / "areas.csv").write_bytes(b"\xff\xfe")
    assert {(problem.file, problem.code) for problem in errors(copy)} == {
        ("templates.yaml", "pack.yaml_syntax"),
        ("areas.csv", "pack.bad_encoding"),
    }


def test_a_persons_number_and_name_are_never_repeated(copy: Path, change: Change) -> None:
    text = (copy / "recipients.csv").read_text(encoding="utf-8")
    row = text.splitlines()[1]
    name, phone = row.split(",")[1], row.split(",")[2]
    change("recipients.csv", phone, "0" + phone.removeprefix("+84"))
    (problem,) = errors(copy)
    assert (problem.line, problem.path, problem.code) == (2, "phone", "pack.bad_format")
    told = json.dumps([p.as_json() for p in check_pack(copy)], ensure_ascii=False)
    assert phone[-7:] not in told
    assert name not in told


@pytest.mark.parametrize(
    "left_out",
    [
        "areas.csv",
        "communes.geojson",
        "stations.yaml",
        "hazards.yaml",
        "playbooks.yaml",
        "templates.yaml",
        "recipients.csv",
    ],
)
def test_half_a_pack_is_noted_not_refused(tmp_path: Path, left_out: str) -> None:
    root = tmp_path / "half"
    root.mkdir()
    (root / "pack.yaml").write_text("id: half\ntitle: {vi: Nửa, en: Half}\nvalid_from: 2026-01-01\n", encoding="utf-8")
    problems = check_pack(root)
    assert {problem.severity for problem in problems} == {"note"}
    assert "pack.note_no_" + Path(left_out).stem in {problem.code for problem in problems}
    assert load_pack(root).id == "half"


def test_no_pack_at_all(tmp_path: Path) -> None:
    assert [problem.code for problem in check_pack(tmp_path / "nowhere")] == ["pack.not_found"]
    assert "pack.no_manifest" in [problem.code for problem in check_pack(tmp_path)]


def test_decomposed_unicode_and_a_byte_order_mark_change_nothing(copy: Path, demo: Any) -> None:
    for name in ("pack.yaml", "areas.csv", "stations.yaml", "communes.geojson"):
        path = copy / name
        path.write_bytes(b"\xef\xbb\xbf" + unicodedata.normalize("NFD", path.read_text("utf-8")).encode())
    assert errors(copy) == []
    assert load_pack(copy).areas == demo.areas


CODE = re.compile(r'"((?:pack|geo|area|template|scenario|tape)\.[a-z0-9_]+)"')


def test_every_code_has_a_sentence_in_both_languages() -> None:
    root = Path(__file__).parents[2]
    sources = [*(root / "eoc" / "packs").rglob("*.py"), *(root / "sensors" / "simulator").rglob("*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in [*sources, root / "eoc" / "geo.py"])
    codes = set(CODE.findall(text)) - {"pack.yaml", "pack.note_no_"}
    codes |= {f"pack.note_no_{name}" for name in ("areas", "communes", "rivers", "stations", "hazards", "playbooks")}
    assert len(codes) > 80
    for language in LANGUAGES:
        assert codes - set(catalogue(language)) == set()
