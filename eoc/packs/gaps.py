"""What a pack does not say, and what the product therefore does not do. Notes, never errors: half a pack
works."""

from typing import Any

from eoc.packs import contents as files
from eoc.packs.contents import Contents
from eoc.packs.findings import Findings


def note_gaps(contents: Contents, findings: Findings) -> None:
    """One note per thing left out, in the words of its consequence."""
    _files(contents, findings)
    _stations(contents, findings)
    _manifest(contents, findings)
    if contents.hazards and contents.hazards.value.rules.river_flood is None:
        findings.on(contents.hazards, "pack.note_no_flood_rule", "rules", severity="note")
    for river in contents.rivers:
        if river.value.risk_region is None:
            findings.on(river, "pack.note_no_risk_region", severity="note", river=river.value.name.vi)
    _dams(contents, findings)
    _fire(contents, findings)
    _prone(contents, findings)
    _people(contents, findings)


def _files(contents: Contents, findings: Findings) -> None:
    absent = {
        files.AREAS: contents.areas,
        "communes.geojson": contents.outlines,
        files.RIVERS: contents.rivers,
        files.STATIONS: contents.stations,
        files.HAZARDS: contents.hazards,
        files.FIRE: contents.fire,
        files.PLAYBOOKS: contents.playbooks,
        files.TEMPLATES: contents.templates,
        files.RECIPIENTS: contents.recipients,
    }
    for file, found in absent.items():
        if not found and file not in contents.broken and not contents.ids(file):
            code = "pack.note_no_" + file.split(".")[0]
            findings.add(file, code, severity="note")


def _stations(contents: Contents, findings: Findings) -> None:
    for station in contents.stations:
        entry = station.value
        if entry.kind == "river" and (entry.thresholds is None or not entry.thresholds.named()):
            findings.on(station, "pack.note_no_thresholds", severity="note", station=entry.id)
        elif entry.thresholds is not None:
            for name, _ in entry.thresholds.named():
                if name not in entry.sources:
                    facts: dict[str, Any] = {"station": entry.id, "threshold": name}
                    findings.on(station, "pack.note_no_source", "thresholds", name, severity="note", **facts)


def _manifest(contents: Contents, findings: Findings) -> None:
    manifest = contents.manifest
    if manifest is None:
        return
    if not manifest.value.senders:
        findings.on(manifest, "pack.note_no_senders", severity="note")
    if manifest.value.bounds is None:
        findings.on(manifest, "pack.note_no_bounds", severity="note")


def _dams(contents: Contents, findings: Findings) -> None:
    """Below a dam, reaches without travel times: nobody there can be told when the water comes."""
    highest: dict[str, float] = {}
    for station in contents.stations:
        entry = station.value
        if entry.kind == "reservoir" and entry.river is not None and entry.chainage_km is not None:
            highest[entry.river] = min(highest.get(entry.river, entry.chainage_km), entry.chainage_km)
    if highest and contents.hazards and contents.hazards.value.rules.dam_release is None:
        findings.on(contents.hazards, "pack.note_no_release_rule", "rules", severity="note")
    for river in contents.rivers:
        from_km = highest.get(river.value.id)
        for index, reach in enumerate(river.value.reaches):
            if from_km is not None and reach.to_km > from_km and reach.travel_h is None:
                facts: dict[str, Any] = {"reach": reach.id, "from_km": reach.from_km, "to_km": reach.to_km}
                findings.on(river, "pack.note_no_travel_time", "reaches", index, severity="note", **facts)


def _fire(contents: Contents, findings: Findings) -> None:
    if contents.fire is None:
        return
    if contents.fire.value.index is None:
        findings.on(contents.fire, "pack.note_no_fire_table", severity="note")
    if contents.fire.value.hotspots is not None and not contents.forest_mask:
        findings.on(contents.fire, "pack.note_no_forest_mask", "hotspots", severity="note")


def _prone(contents: Contents, findings: Findings) -> None:
    """Communes of which nobody has said how prone they are, though a rain rule asks."""
    rain = contents.hazards.value.rules.rain if contents.hazards else None
    if contents.hazards is None or rain is None or not (rain.flash_flood or rain.landslide):
        return
    listed = {row.value.area for row in contents.susceptibility}
    silent = {area.value.code for area in contents.areas if area.value.kind == "commune"} - listed
    if silent:
        findings.on(
            contents.hazards, "pack.note_susceptibility_unknown", "rules", "rain", severity="note", count=len(silent)
        )


def _people(contents: Contents, findings: Findings) -> None:
    """Communes along a river where a warning would reach nobody."""
    if not contents.recipients:
        return
    served = {recipient.value.area for recipient in contents.recipients}
    for river in contents.rivers:
        silent = [side.area for side in river.value.riverside if side.area not in served]
        if silent:
            facts: dict[str, Any] = {"count": len(silent), "areas": ", ".join(silent)}
            findings.on(river, "pack.note_no_recipients_there", "riverside", severity="note", **facts)
