"""What no single item can know: ids that must exist elsewhere, dates that must not overlap, chainages that
must fit.

Each check is one function over the contents; `run_checks` calls them all, always all.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import combinations, pairwise
from typing import Any

from shapely.geometry import LineString

from eoc.geo import RiverLine, coordinate_fault
from eoc.packs import contents as files
from eoc.packs.contents import Contents
from eoc.packs.filters import overlap
from eoc.packs.findings import Findings, Placed
from eoc.packs.fire import Index
from eoc.packs.names import search_key
from eoc.packs.parts import Dated
from eoc.packs.waters import RiverEntry

CHAINAGE_TOLERANCE_KM = 2.0
"""A gauge's chainage may differ by this much from its place on a drawn line before somebody should look."""
RIVER_DISTANCE_KM = 3.0
"""A river gauge further than this from its river is probably misplaced."""

Check = Callable[[Contents, Findings], None]


def run_checks(contents: Contents, findings: Findings) -> None:
    """Every check, on whatever could be read."""
    for check in CHECKS:
        check(contents, findings)


def unique_ids(contents: Contents, findings: Findings) -> None:
    """No id twice within a file; of areas, none twice on the same day."""
    lists: tuple[Iterable[Placed[Any]], ...] = (
        contents.stations,
        contents.playbooks,
        contents.templates,
        contents.rivers,
        contents.recipients,
        [*contents.sources, *contents.feeds],
        [placed for placed, _ in contents.waters],
    )
    for items in lists:
        first: dict[str, Placed[Any]] = {}
        for item in items:
            known = first.setdefault(item.value.id, item)
            if known is not item:
                findings.on(item, "pack.duplicate_id", "id", id=item.value.id, first_line=known.at("id")[0])
    phones: dict[str, Placed[Any]] = {}
    for item in contents.recipients:
        known = phones.setdefault(item.value.phone, item)
        if known is not item:
            findings.on(item, "pack.duplicate_phone", "phone", severity="warning", first_line=known.line)


def dated_things(contents: Contents, findings: Findings) -> None:
    """One code, one unit, one sender, one signature of a body at any time."""
    by_code: dict[str, list[Placed[Any]]] = defaultdict(list)
    for area in contents.areas:
        by_code[area.value.code].append(area)
    for code, rows in by_code.items():
        for earlier, later in combinations(rows, 2):
            if earlier.value.overlaps(later.value):
                findings.on(later, "pack.dates_overlap", "code", name=code, first_line=earlier.line)
    if contents.manifest is None:
        return
    manifest = contents.manifest.value
    _no_overlap(contents, findings, "senders", [("sender", sender) for sender in manifest.senders])
    _no_overlap(contents, findings, "signatures", [(one.body, one) for one in manifest.signatures])
    _no_overlap(contents, findings, "bodies", [(body.id, body) for body in manifest.bodies])


def _no_overlap(contents: Contents, findings: Findings, section: str, dated: list[tuple[str, Dated]]) -> None:
    manifest = contents.manifest
    if manifest is None:
        return
    for (i, (name, earlier)), (j, (other, later)) in combinations(enumerate(dated), 2):
        if name == other and earlier.overlaps(later):
            first_line = manifest.at(section, i)[0]
            findings.on(manifest, "pack.dates_overlap", section, j, name=name, first_line=first_line)


def area_tree(contents: Contents, findings: Findings) -> None:
    """Parents and successors exist, and a unit has its parent while it exists."""
    by_code: dict[str, list[Any]] = defaultdict(list)
    for area in contents.areas:
        by_code[area.value.code].append(area.value)
    known = contents.ids(files.AREAS)
    for area in contents.areas:
        row = area.value
        if row.parent is not None:
            parents = [parent for parent in by_code[row.parent] if parent.kind != row.kind]
            if row.parent not in known:
                findings.on(area, "pack.unknown_area", "parent", code=row.parent)
            elif parents and not any(parent.overlaps(row) for parent in parents):
                findings.on(area, "pack.parent_not_then", "parent", code=row.parent)
        if row.merged_into is not None and row.merged_into not in known:
            findings.on(area, "pack.unknown_area", "merged_into", code=row.merged_into)


def outlines_match(contents: Contents, findings: Findings) -> None:
    """Every outline belongs to a listed unit."""
    names: dict[str, set[str]] = defaultdict(set)
    for area in contents.areas:
        names[area.value.code].add(search_key(area.value.name))
    for outline, _ in contents.outlines:
        code, name = outline.value.code, outline.value.name
        if code not in names:
            if code not in contents.ids(files.AREAS) and files.AREAS not in contents.broken:
                findings.on(outline, "pack.unknown_area", "code", code=code)
        elif name is not None and search_key(name) not in names[code]:
            findings.on(outline, "pack.outline_name_differs", "name", severity="warning", code=code, name=name)


def stations_fit(contents: Contents, findings: Findings) -> None:
    """Coordinates, areas, rivers, chainages and reservoirs of stations."""
    bounds = contents.manifest.value.bounds if contents.manifest else None
    lines = river_lines(contents)
    for station in contents.stations:
        entry = station.value
        # A published gauge shown for reference may lie in the next province.
        code = coordinate_fault(entry.lon, entry.lat, None if entry.reference else bounds)
        if code is not None:
            findings.on(station, code, "lon", lon=entry.lon, lat=entry.lat)
        if entry.area is not None:
            _area_exists(contents, findings, station, entry.area, "area")
        if entry.river is not None and not _known_river(contents, entry.river):
            findings.on(station, "pack.unknown_river", "river", id=entry.river)
        if entry.river in lines and code is None:
            _chainage_fits(findings, station, lines[entry.river])
        if entry.reservoir is not None:
            for field, target in (("outline", entry.reservoir.outline), ("dam", entry.reservoir.dam)):
                if target is not None and target not in contents.ids("waters"):
                    findings.on(station, "pack.unknown_water", "reservoir", field, id=target)


def _chainage_fits(findings: Findings, station: Placed[Any], line: RiverLine) -> None:
    entry = station.value
    place = line.locate(entry.lon, entry.lat)
    if place.distance_km > RIVER_DISTANCE_KM and not entry.reference:
        distance = round(place.distance_km, 1)
        findings.on(station, "pack.off_river", "river", severity="warning", distance_km=distance)
    if entry.chainage_km is None:
        return
    if entry.chainage_km > line.length_km:
        facts: dict[str, Any] = {"given_km": entry.chainage_km, "length_km": round(line.length_km, 1)}
        findings.on(station, "pack.chainage_beyond", "chainage_km", **facts)
    elif abs(entry.chainage_km - place.chainage_km) > CHAINAGE_TOLERANCE_KM and not entry.reference:
        facts = {"given_km": entry.chainage_km, "drawn_km": round(place.chainage_km, 1)}
        findings.on(station, "pack.chainage_off", "chainage_km", severity="warning", **facts)


def rivers_fit(contents: Contents, findings: Findings) -> None:
    """Reaches join, stay on the line, and communes along a river exist."""
    lines = river_lines(contents)
    for river in contents.rivers:
        entry = river.value
        _reaches_fit(findings, river, lines.get(entry.id))
        for section in ("reaches", "riverside"):
            for index, stretch in enumerate(getattr(entry, section)):
                if stretch.to_km <= stretch.from_km:
                    facts: dict[str, Any] = {"from": stretch.from_km, "to": stretch.to_km}
                    findings.on(river, "pack.range_inverted", section, index, **facts)
        for index, side in enumerate(entry.riverside):
            _area_exists(contents, findings, river, side.area, "riverside", index, "area")
        if entry.flows_into is not None and not _known_river(contents, entry.flows_into):
            findings.on(river, "pack.unknown_river", "flows_into", id=entry.flows_into)


def _reaches_fit(findings: Findings, river: Placed[RiverEntry], line: RiverLine | None) -> None:
    reaches = river.value.reaches
    for index, (above, below) in enumerate(pairwise(reaches)):
        if abs(above.to_km - below.from_km) > 1e-6:
            steps = ("reaches", index + 1, "from_km")
            findings.on(river, "pack.reaches_apart", *steps, upper=above.id, lower=below.id)
    first: dict[str, int] = {}
    for index, reach in enumerate(reaches):
        known = first.setdefault(reach.id, index)
        if known != index:
            first_line = river.at("reaches", known)[0]
            findings.on(river, "pack.duplicate_id", "reaches", index, "id", id=reach.id, first_line=first_line)
        if line is not None and reach.to_km > line.length_km + CHAINAGE_TOLERANCE_KM:
            facts: dict[str, Any] = {"given_km": reach.to_km, "length_km": round(line.length_km, 1)}
            findings.on(river, "pack.chainage_beyond", "reaches", index, "to_km", **facts)


def releases_fit(contents: Contents, findings: Findings) -> None:
    """Who has to be told of a release exists; travel times agree with the routing of the same reach."""
    for river in contents.rivers:
        for index, reach in enumerate(river.value.reaches):
            travel, routing = reach.travel_h, reach.muskingum
            if travel and routing and not travel.earliest <= routing.k_h <= travel.latest:
                facts: dict[str, Any] = {"k_h": routing.k_h, "earliest": travel.earliest, "latest": travel.latest}
                findings.on(river, "pack.travel_differs", "reaches", index, "travel_h", severity="warning", **facts)
    rule = contents.hazards.value.rules.dam_release if contents.hazards else None
    if rule is None or contents.hazards is None or contents.manifest is None:
        return
    bodies = {body.id for body in contents.manifest.value.bodies}
    for index, body in enumerate(rule.parties):
        if body not in bodies:
            findings.on(contents.hazards, "pack.party_unknown", "rules", "dam_release", "parties", index, id=body)


def susceptibility_fits(contents: Contents, findings: Findings) -> None:
    """Communes exist, and each has one susceptibility per hazard."""
    first: dict[tuple[str, str], Placed[Any]] = {}
    for row in contents.susceptibility:
        _area_exists(contents, findings, row, row.value.area, "area")
        known = first.setdefault((row.value.area, row.value.hazard), row)
        if known is not row:
            name = f"{row.value.area} {row.value.hazard}"
            findings.on(row, "pack.duplicate_id", "area", id=name, first_line=known.line)


def impacts_fit(contents: Contents, findings: Findings) -> None:
    """Impacts name stations and communes that exist."""
    for row in contents.impacts:
        _area_exists(contents, findings, row, row.value.area, "area")
        if row.value.station not in contents.ids(files.STATIONS) and files.STATIONS not in contents.broken:
            findings.on(row, "pack.unknown_station", "station", id=row.value.station)


def playbooks_fit(contents: Contents, findings: Findings) -> None:
    """Playbooks name templates, bodies and hazards that exist, and one plan per hazard and level."""
    manifest = contents.manifest.value if contents.manifest else None
    bodies = {body.id for body in manifest.bodies} if manifest else None
    hazards = contents.hazards.value.names if contents.hazards else None
    plans: dict[tuple[str, int], Placed[Any]] = {}
    for playbook in contents.playbooks:
        plan = playbook.value
        first = plans.setdefault((plan.hazard, plan.level), playbook)
        if first is not playbook:
            facts: dict[str, Any] = {"hazard": plan.hazard, "level": plan.level, "first_line": first.line}
            findings.on(playbook, "pack.second_plan", "level", **facts)
        if hazards is not None and plan.hazard not in hazards:
            findings.on(playbook, "pack.unknown_hazard", "hazard", code=plan.hazard)
        for field in ("template", "update", "correction", "ending"):
            wanted = getattr(plan.drafting, field) if plan.drafting else None
            if wanted is not None and not _known_template(contents, wanted):
                findings.on(playbook, "pack.unknown_template", "drafting", field, id=wanted)
        if bodies is None:
            continue
        for index, body in enumerate(plan.inform):
            if body not in bodies:
                findings.on(playbook, "pack.unknown_body", "inform", index, id=body)
        for index, task in enumerate(plan.tasks):
            if task.owner is not None and task.owner not in bodies:
                findings.on(playbook, "pack.unknown_body", "tasks", index, "owner", id=task.owner)


def signatures_fit(contents: Contents, findings: Findings) -> None:
    """Signature blocks belong to listed bodies."""
    manifest = contents.manifest
    if manifest is None:
        return
    bodies = {body.id for body in manifest.value.bodies}
    for index, signature in enumerate(manifest.value.signatures):
        if signature.body not in bodies:
            findings.on(manifest, "pack.unknown_body", "signatures", index, "body", id=signature.body)


def recipients_fit(contents: Contents, findings: Findings) -> None:
    """Recipients live in listed units."""
    for recipient in contents.recipients:
        _area_exists(contents, findings, recipient, recipient.value.area, "area")


def sources_fit(contents: Contents, findings: Findings) -> None:
    """Stations of sources and feeds exist, and no topic belongs to two sources."""
    items: list[Placed[Any]] = [*contents.sources, *contents.feeds]
    for item in items:
        entry = item.value
        named: list[tuple[str, tuple[str, ...]]] = [
            (device.station, ("devices", name)) for name, device in entry.devices.items()
        ]
        own = getattr(entry, "station", None)
        if own is not None:
            named.append((own, ("station",)))
        for station, steps in named:
            # A station may also be made by hand, in the running product; more often this is a slip of the pen.
            if station not in contents.ids(files.STATIONS) and files.STATIONS not in contents.broken:
                findings.on(item, "pack.unknown_station", *steps, severity="warning", id=station)
        if not named and getattr(entry, "kind", "") not in {"cap", "firms_csv"}:
            findings.on(item, "pack.no_devices", "devices", severity="warning", id=entry.id)
    for first, second in combinations(contents.sources, 2):
        if overlap(first.value.topic, second.value.topic):
            facts: dict[str, Any] = {"topic": first.value.topic, "first_line": first.at("topic")[0]}
            findings.on(second, "pack.topic_overlap", "topic", **facts)


def fire_fits(contents: Contents, findings: Findings) -> None:
    """Tables, communes and bodies of `fire.yaml` exist, and no commune lies in two zones."""
    if contents.fire is None:
        return
    fire = contents.fire.value
    if fire.index is not None:
        _zones_fit(contents, findings, fire.index)
    for index, owner in enumerate(fire.owners):
        for position, area in enumerate(owner.areas):
            _area_exists(contents, findings, contents.fire, area, "owners", index, "areas", position)
    if fire.bulletin is not None and contents.manifest is not None:
        bodies = {body.id for body in contents.manifest.value.bodies}
        if fire.bulletin.signer not in bodies:
            findings.on(contents.fire, "pack.unknown_body", "bulletin", "signer", id=fire.bulletin.signer)
        for index, body in enumerate(fire.bulletin.recipients):
            if body not in bodies:
                findings.on(contents.fire, "pack.unknown_body", "bulletin", "recipients", index, id=body)


def devices_fit(contents: Contents, findings: Findings) -> None:
    """Gateways have names of their own, and each station speaks through one of them at most."""
    if contents.devices is None:
        return
    known = contents.ids(files.STATIONS)
    through: dict[str, str] = {}
    names: set[str] = set()
    for index, gateway in enumerate(contents.devices.value.gateways):
        if gateway.id in names:
            findings.on(contents.devices, "pack.gateway_twice", "gateways", index, "id", id=gateway.id)
        names.add(gateway.id)
        for place, station in enumerate(gateway.stations):
            steps = ("gateways", index, "stations", place)
            if station not in known:
                findings.on(contents.devices, "pack.unknown_station", *steps, id=station)
            elif station in through:
                facts: dict[str, Any] = {"id": station, "gateway": through[station]}
                findings.on(contents.devices, "pack.station_two_gateways", *steps, **facts)
            through.setdefault(station, gateway.id)


def _zones_fit(contents: Contents, findings: Findings, rule: Index) -> None:
    if contents.fire is None:
        return
    tables = {table.id for table in rule.tables}
    taken: dict[str, str] = {}
    elsewhere = 0
    for index, zone in enumerate(rule.zones):
        where = ("index", "zones", index)
        elsewhere += not zone.areas
        if not zone.areas and elsewhere > 1:
            findings.on(contents.fire, "pack.fire_two_rests", *where, "areas", id=zone.id)
        if zone.table not in tables:
            findings.on(contents.fire, "pack.fire_unknown_table", *where, "table", id=zone.table)
        for position, part in enumerate(zone.months):
            if part.table is not None and part.table not in tables:
                steps = (*where, "months", position, "table")
                findings.on(contents.fire, "pack.fire_unknown_table", *steps, id=part.table)
        for position, area in enumerate(zone.areas):
            _area_exists(contents, findings, contents.fire, area, *where, "areas", position)
            if taken.setdefault(area, zone.id) != zone.id:
                facts: dict[str, Any] = {"area": area, "zone": taken[area]}
                findings.on(contents.fire, "pack.fire_area_in_two_zones", *where, "areas", position, **facts)


def river_lines(contents: Contents) -> dict[str | None, RiverLine]:
    """Rivers drawn as one line, by id; those are the ones with chainages."""
    return {
        placed.value.id: RiverLine([(point[0], point[1]) for point in geometry.coords])
        for placed, geometry in contents.waters
        if placed.value.kind == "river" and isinstance(geometry, LineString)
    }


def _area_exists(contents: Contents, findings: Findings, item: Placed[Any], code: str, *steps: str | int) -> None:
    if code not in contents.ids(files.AREAS) and files.AREAS not in contents.broken:
        findings.on(item, "pack.unknown_area", *steps, code=code)


def _known_river(contents: Contents, river: str) -> bool:
    listed: list[Placed[RiverEntry]] = contents.rivers
    drawn = {placed.value.id for placed, _ in contents.waters if placed.value.kind == "river"}
    known = {entry.value.id for entry in listed} | contents.ids(files.RIVERS) | drawn
    return river in known or bool({files.RIVERS, "rivers.geojson"} & contents.broken)


def _known_template(contents: Contents, template: str) -> bool:
    return template in contents.ids(files.TEMPLATES) or files.TEMPLATES in contents.broken


CHECKS: tuple[Check, ...] = (
    unique_ids,
    dated_things,
    area_tree,
    outlines_match,
    stations_fit,
    rivers_fit,
    releases_fit,
    fire_fits,
    susceptibility_fits,
    impacts_fit,
    playbooks_fit,
    signatures_fit,
    recipients_fit,
    sources_fit,
    devices_fit,
)
