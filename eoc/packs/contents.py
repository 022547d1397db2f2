"""Reads every file of a pack into valid items, each knowing its line. Checks between items come
afterwards."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel
from shapely.geometry.base import BaseGeometry

from eoc.packs.areas import AreaRow, OutlineProperties
from eoc.packs.devices import Devices
from eoc.packs.findings import Findings, Placed, validate
from eoc.packs.fire import Fire, MaskProperties
from eoc.packs.folder import Folder
from eoc.packs.hazards import Hazards
from eoc.packs.impacts import Impact
from eoc.packs.manifest import Manifest
from eoc.packs.playbooks import Playbook
from eoc.packs.rain import SusceptibilityRow
from eoc.packs.recipients import Recipient
from eoc.packs.shapes import Shapes
from eoc.packs.sources import FeedEntry, SourceEntry
from eoc.packs.stations import StationEntry
from eoc.packs.templates import Template
from eoc.packs.waters import RiverEntry, WaterProperties

MANIFEST = "pack.yaml"
AREAS = "areas.csv"
OUTLINES = ("districts.geojson", "communes.geojson")
RIVERS = "rivers.yaml"
WATERS = ("rivers.geojson", "reservoirs.geojson", "dams.geojson")
STATIONS = "stations.yaml"
HAZARDS = "hazards.yaml"
FIRE = "fire.yaml"
DEVICES = "devices.yaml"
FOREST_MASK = "forest_mask.geojson"
SUSCEPTIBILITY = "susceptibility.csv"
IMPACTS = "impacts.csv"
PLAYBOOKS = "playbooks.yaml"
TEMPLATES = "templates.yaml"
RECIPIENTS = "recipients.csv"
SOURCES = "sources.yaml"
SCENARIOS = "scenarios"

Model = TypeVar("Model", bound=BaseModel)


@dataclass(slots=True)
class Contents:
    """What the files say. `raw_ids` also holds the ids of items too broken to keep."""

    root: Path
    manifest: Placed[Manifest] | None = None
    areas: list[Placed[AreaRow]] = field(default_factory=list)
    outlines: list[tuple[Placed[OutlineProperties], BaseGeometry]] = field(default_factory=list)
    waters: list[tuple[Placed[WaterProperties], BaseGeometry]] = field(default_factory=list)
    rivers: list[Placed[RiverEntry]] = field(default_factory=list)
    stations: list[Placed[StationEntry]] = field(default_factory=list)
    hazards: Placed[Hazards] | None = None
    fire: Placed[Fire] | None = None
    devices: Placed[Devices] | None = None
    forest_mask: list[tuple[Placed[MaskProperties], BaseGeometry]] = field(default_factory=list)
    susceptibility: list[Placed[SusceptibilityRow]] = field(default_factory=list)
    impacts: list[Placed[Impact]] = field(default_factory=list)
    playbooks: list[Placed[Playbook]] = field(default_factory=list)
    templates: list[Placed[Template]] = field(default_factory=list)
    recipients: list[Placed[Recipient]] = field(default_factory=list)
    sources: list[Placed[SourceEntry]] = field(default_factory=list)
    feeds: list[Placed[FeedEntry]] = field(default_factory=list)
    scenarios: list[str] = field(default_factory=list)
    raw_ids: dict[str, set[str]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    def ids(self, file: str) -> set[str]:
        """Every id (or code) the file mentions as its own, sound or not."""
        return self.raw_ids.get(file, set())


def read_contents(root: Path, findings: Findings, outline_files: Iterable[Path] = ()) -> Contents:
    """Read the folder. `outline_files` are more exact outlines from outside, which replace the pack's own."""
    folder = Folder(root, findings)
    contents = Contents(root)
    contents.manifest = read_manifest(folder)
    bounds = contents.manifest.value.bounds if contents.manifest else None
    shapes = Shapes(findings, bounds)
    contents.areas = _rows(folder, AREAS, AreaRow, ("code", "name", "kind"), "code", contents)
    contents.rivers = _items(folder, RIVERS, "rivers", RiverEntry, contents)
    contents.stations = _items(folder, STATIONS, "stations", StationEntry, contents)
    contents.playbooks = _items(folder, PLAYBOOKS, "playbooks", Playbook, contents)
    contents.templates = _items(folder, TEMPLATES, "templates", Template, contents)
    contents.recipients = _rows(
        folder, RECIPIENTS, Recipient, ("id", "name", "phone", "area"), "id", contents, private=True
    )
    contents.sources = _items(folder, SOURCES, "sources", SourceEntry, contents, beside=("feeds",))
    contents.feeds = _items(folder, SOURCES, "feeds", FeedEntry, contents, beside=("sources",))
    contents.susceptibility = _rows(
        folder, SUSCEPTIBILITY, SusceptibilityRow, ("area", "hazard", "susceptibility", "source"), "area", contents
    )
    contents.impacts = _rows(
        folder, IMPACTS, Impact, ("station", "level", "kind", "name", "area", "source"), "name", contents
    )
    contents.hazards = _hazards(folder)
    contents.fire = _fire(folder)
    contents.devices = _devices(folder)
    contents.forest_mask = shapes.forest_mask(folder, FOREST_MASK)
    for file in OUTLINES:
        contents.outlines += shapes.outlines(folder, file)
    for path in outline_files:
        contents.outlines += shapes.outlines(Folder(path.parent, findings), path.name)
    for file in WATERS:
        contents.waters += shapes.waters(folder, file)
    contents.raw_ids["waters"] = {placed.value.id for placed, _ in contents.waters}
    scenarios = root / SCENARIOS
    if scenarios.is_dir():
        contents.scenarios = sorted(path.stem for path in scenarios.glob("*.yaml"))
        for name in contents.scenarios:
            folder.yaml(f"{SCENARIOS}/{name}.yaml")
    contents.broken = folder.broken
    return contents


def read_manifest(folder: Folder) -> Placed[Manifest] | None:
    """`pack.yaml` alone."""
    if not (folder.root / MANIFEST).is_file():
        folder.findings.add(MANIFEST, "pack.no_manifest")
        return None
    marked = folder.yaml(MANIFEST)
    if marked is None:
        if MANIFEST not in folder.broken:
            folder.findings.add(MANIFEST, "pack.empty_file", line=1)
        return None
    return validate(Manifest, marked.data, MANIFEST, folder.findings, marked=marked)


def _hazards(folder: Folder) -> Placed[Hazards] | None:
    marked = folder.yaml(HAZARDS)
    if marked is None:
        return None
    return validate(Hazards, marked.data, HAZARDS, folder.findings, marked=marked)


def _fire(folder: Folder) -> Placed[Fire] | None:
    marked = folder.yaml(FIRE)
    if marked is None:
        return None
    return validate(Fire, marked.data, FIRE, folder.findings, marked=marked)


def _devices(folder: Folder) -> Placed[Devices] | None:
    marked = folder.yaml(DEVICES)
    if marked is None:
        return None
    return validate(Devices, marked.data, DEVICES, folder.findings, marked=marked)


def _items(
    folder: Folder, file: str, key: str, model: type[Model], contents: Contents, *, beside: tuple[str, ...] = ()
) -> list[Placed[Model]]:
    """The items of a list file `{key: [...]}`; `beside` are the keys of other lists in the same file."""
    marked = folder.yaml(file)
    if marked is None:
        return []
    data = marked.data
    if not isinstance(data, dict):
        folder.findings.add(file, "pack.wrong_type", line=1, expected="mapping", got="list")
        return []
    for other in data:
        if other != key and other not in beside:
            facts: dict[str, Any] = {"field": other, "known": ", ".join((key, *beside))}
            folder.findings.add(file, "pack.unknown_field", line=marked.line((other,)), path=(other,), **facts)
    listed = data.get(key)
    if listed is None:
        return []
    if not isinstance(listed, list):
        line = marked.line((key,))
        folder.findings.add(file, "pack.wrong_type", line=line, path=(key,), expected="list", got=str(listed))
        return []
    own = {str(item["id"]) for item in listed if isinstance(item, dict) and "id" in item}
    contents.raw_ids.setdefault(file, set()).update(own)
    found = (
        validate(model, item, file, folder.findings, path=(key, index), marked=marked)
        for index, item in enumerate(listed)
    )
    return [placed for placed in found if placed is not None]


def _rows(
    folder: Folder,
    file: str,
    model: type[Model],
    required: tuple[str, ...],
    own: str,
    contents: Contents,
    *,
    private: bool = False,
) -> list[Placed[Model]]:
    """The rows of a CSV file; `own` is the column that names a row."""
    ids = contents.raw_ids.setdefault(file, set())
    found: list[Placed[Model]] = []
    for line, row in folder.table(file, required):
        if own in row:
            ids.add(row[own])
        placed = validate(model, row, file, folder.findings, line=line, private=private)
        if placed is not None:
            found.append(placed)
    return found
