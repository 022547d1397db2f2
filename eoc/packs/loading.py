"""From a folder to a `Pack`, or to the full list of what is wrong with it."""

from collections import defaultdict
from datetime import date
from pathlib import Path

from shapely.geometry.base import BaseGeometry

from eoc.errors import NotFound
from eoc.packs.areas import Area, AreaRow, OutlineProperties
from eoc.packs.checks import river_lines, run_checks
from eoc.packs.contents import Contents, read_contents, read_manifest
from eoc.packs.devices import Devices
from eoc.packs.findings import Findings, Placed
from eoc.packs.fire import Fire
from eoc.packs.folder import Folder, content_hash
from eoc.packs.gaps import note_gaps
from eoc.packs.hazards import Hazards
from eoc.packs.manifest import Manifest
from eoc.packs.names import search_key
from eoc.packs.pack import Pack
from eoc.packs.problems import PackInvalid, Problem
from eoc.packs.waters import River, RiverEntry, Water
from eoc.packs.wording import check_wording


def check_pack(root: Path) -> list[Problem]:
    """Everything that is wrong with a pack, doubtful, or left out; an empty list has not been seen yet.

    Never raises for bad content; a folder that is not there is itself a problem.
    """
    if not root.is_dir():
        return [Problem(str(root), "pack.not_found", {"path": str(root)})]
    findings = Findings()
    contents = read_contents(root, findings)
    run_checks(contents, findings)
    check_wording(contents, findings)
    note_gaps(contents, findings)
    return findings.sorted()


def load_pack(root: Path, *, geodata_dir: Path | None = None) -> Pack:
    """The pack in a folder. Raises NotFound without the folder, PackInvalid (with all problems) for errors.

    `geodata_dir` may hold more exact outlines than a pack may ship (`EOC_GEODATA_DIR`): `districts.geojson`
    and `communes.geojson`, or `communes_<year>*.geojson` for the year whose units are in force.
    """
    if not root.is_dir():
        raise NotFound("pack.not_found", path=str(root))
    findings = Findings()
    outside = _outline_files(geodata_dir, root) if geodata_dir is not None else []
    contents = read_contents(root, findings, outside)
    run_checks(contents, findings)
    check_wording(contents, findings)
    problems = findings.sorted()
    if contents.manifest is None or any(problem.severity == "error" for problem in problems):
        raise PackInvalid(root.name, problems)
    return _assemble(contents, contents.manifest.value)


def _assemble(contents: Contents, manifest: Manifest) -> Pack:
    lines = river_lines(contents)
    listed = {placed.value.id for placed in contents.rivers}
    entries = [placed.value for placed in contents.rivers]
    entries += [
        RiverEntry.model_validate({"id": river, "name": {"vi": name, "en": name}})
        for river, name in _named_rivers(contents).items()
        if river not in listed
    ]
    return Pack(
        root=contents.root,
        hash=content_hash(contents.root),
        manifest=manifest,
        areas=_areas(contents, manifest.as_of or manifest.valid_from),
        waters=tuple(Water(placed.value, geometry) for placed, geometry in contents.waters),
        rivers=tuple(River(entry, lines.get(entry.id)) for entry in entries),
        stations=tuple(placed.value for placed in contents.stations),
        hazards=contents.hazards.value if contents.hazards else Hazards(),
        fire=contents.fire.value if contents.fire else Fire(),
        devices=contents.devices.value if contents.devices else Devices(),
        forest_mask=tuple(geometry for _, geometry in contents.forest_mask),
        susceptibility=tuple(placed.value for placed in contents.susceptibility),
        impacts=tuple(placed.value for placed in contents.impacts),
        playbooks=tuple(placed.value for placed in contents.playbooks),
        templates=tuple(placed.value for placed in contents.templates),
        recipients=tuple(placed.value for placed in contents.recipients),
        sources=tuple(placed.value for placed in contents.sources),
        feeds=tuple(placed.value for placed in contents.feeds),
        scenarios=tuple(contents.scenarios),
    )


def _named_rivers(contents: Contents) -> dict[str, str]:
    """Rivers that are drawn and named; `rivers.yaml` adds what else is known of some of them."""
    return {
        placed.value.id: placed.value.name
        for placed, _ in contents.waters
        if placed.value.kind == "river" and placed.value.name
    }


def _areas(contents: Contents, day: date | None) -> tuple[Area, ...]:
    outlines: dict[str, list[tuple[OutlineProperties, BaseGeometry]]] = defaultdict(list)
    for placed, geometry in contents.outlines:
        outlines[placed.value.code].append((placed.value, geometry))
    units = sorted(contents.areas, key=_area_order)
    return tuple(_area(unit.value, outlines[unit.value.code], day) for unit in units)


def _area_order(unit: Placed[AreaRow]) -> tuple[int, str, date]:
    kinds = ("province", "district", "commune")
    return (kinds.index(unit.value.kind), unit.value.code, unit.value.valid_from or date.min)


def _area(row: AreaRow, outlines: list[tuple[OutlineProperties, BaseGeometry]], day: date | None) -> Area:
    """A unit with its outline: an exact date decides, else the units in force on the pack's day get theirs.

    The date matters because a code may name two territories in turn, and the name may even be the same.
    """
    outline: BaseGeometry | None = None
    properties: OutlineProperties | None = None
    for given, geometry in outlines:
        same_name = given.name is None or search_key(given.name) == search_key(row.name)
        dated = given.valid_from is not None and given.valid_from == row.valid_from
        current = given.valid_from is None and day is not None and row.in_force(day)
        if dated or (current and same_name):
            outline, properties = geometry, given
    label = None
    if outline is not None:
        inside = outline.representative_point()
        label = (round(inside.x, 5), round(inside.y, 5))
    return Area(
        code=row.code,
        name=row.name,
        kind=row.kind,
        parent=row.parent,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        merged_into=row.merged_into,
        outline=outline,
        schematic=properties.schematic if properties else False,
        label=(properties.label if properties else None) or label,
    )


def _outline_files(geodata_dir: Path, root: Path) -> list[Path]:
    manifest = read_manifest(Folder(root, Findings()))
    day = (manifest.value.as_of or manifest.value.valid_from) if manifest else None
    year = str(day.year) if day else ""
    found = [path for path in [geodata_dir / "districts.geojson"] if path.is_file()]
    exact = geodata_dir / "communes.geojson"
    dated = sorted(geodata_dir.glob(f"communes_{year}*.geojson"))
    if exact.is_file():
        found.append(exact)
    elif dated:
        found.append(dated[0])
    return found
