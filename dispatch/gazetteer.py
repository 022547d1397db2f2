"""Places of the pack as warnings need them: what lies inside an area, what it may be called, where it is."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from eoc.errors import Invalid
from eoc.geo import LonLat
from eoc.packs import Area, Pack

_UNIT = re.compile(r"^(xã|phường|thị trấn|đặc khu|huyện|quận|thị xã|thành phố|tỉnh)\s+", re.IGNORECASE)


def bare_name(name: str) -> str:
    """A name as people say it: "Xã Bình Tân" -> "Bình Tân". A ward that has only a number keeps its kind."""
    bare = _UNIT.sub("", name, count=1)
    return name if bare.isdigit() else bare


def kind_word(name: str) -> str:
    """The kind of unit in lower case: "Xã Bình Tân" -> "xã"; empty when the name does not begin with one."""
    found = _UNIT.match(name)
    return found[1].casefold() if found else ""


def require_known(pack: Pack, codes: Iterable[str], now: datetime) -> None:
    """Raises `Invalid` naming the first code that is no area today."""
    known = {area.code for area in pack.areas_at(now)}
    for code in codes:
        if code not in known:
            raise Invalid("warning.unknown_area", field="areas", area=code)


def everything_inside(pack: Pack, codes: Sequence[str], now: datetime) -> tuple[str, ...]:
    """The codes with every unit below them, and the units that were merged into any of those: people on the list
    may still be registered under the old code. Codes that mean another unit today are not old codes."""
    today = {area.code: area for area in pack.areas_at(now)}
    below: dict[str, list[Area]] = {}
    for area in today.values():
        if area.parent is not None:
            below.setdefault(area.parent, []).append(area)
    found: dict[str, None] = {}
    waiting = list(codes)
    while waiting:
        code = waiting.pop()
        if code in found:
            continue
        found[code] = None
        waiting += [area.code for area in below.get(code, [])]
        if code in today:
            waiting += [old.code for old in pack.predecessors(today[code]) if old.code not in today]
    return tuple(sorted(found))


def names_for(pack: Pack, codes: Sequence[str], now: datetime) -> tuple[str, ...]:
    """Names that place a warning for these areas: theirs, their parents', and the rivers and stations around."""
    today = {area.code: area for area in pack.areas_at(now)}
    names: dict[str, None] = {}
    for code in codes:
        area = today.get(code)
        while area is not None:
            names[bare_name(area.name)] = None
            area = today.get(area.parent) if area.parent else None
    for river in pack.rivers:
        names[river.entry.name.vi] = None
    for station in pack.stations:
        names[station.name] = None
    return tuple(name for name in names if name)


def points(pack: Pack, now: datetime) -> dict[str, LonLat]:
    """Where each area is: its label point, else a point inside its outline."""
    found: dict[str, LonLat] = {}
    for area in pack.areas_at(now):
        if area.label is not None:
            found[area.code] = area.label
        elif area.outline is not None:
            inside = area.outline.representative_point()
            found[area.code] = (inside.x, inside.y)
    return found
