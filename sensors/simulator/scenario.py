"""A scenario file: rain, land, dams, gauges, air, smoke, cases of a disease, faults, and what has to come of it.

Every part may be absent; every number in it is open to doubt. A file may be `based_on` another one and then takes its
land and rivers from there, so that a new flood over the same province is a new storm and nothing else. `load_scenario`
binds it to a pack: stations must exist, reaches bring their Muskingum numbers, gauges their alarm
level (from which they report more often).
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from eoc.errors import Invalid
from eoc.hazards.muskingum import MuskingumReach
from eoc.packs.findings import Findings, Placed, validate
from eoc.packs.folder import Folder
from eoc.packs.pack import Pack
from eoc.packs.parts import Id, LocalText, NotNegative, Number, Part, Positive, Source, Whole
from eoc.packs.problems import Problem
from eoc.packs.stations import StationEntry
from eoc.packs.waters import Muskingum
from sensors.simulator.expectations import Expect
from sensors.simulator.faults import Fault
from sensors.simulator.weather import CountEntry, SmokeEntry, WeatherEntry

Share = Annotated[Number, Field(ge=0, le=1)]
CurvePoint = tuple[Number, NotNegative]


def _strictly_rising(points: tuple[CurvePoint, ...], *, values: bool) -> None:
    for (x0, y0), (x1, y1) in pairwise(points):
        if x1 <= x0 or (values and y1 <= y0) or y1 < y0:
            facts = {"first": f"({x0:g}, {y0:g})", "second": f"({x1:g}, {y1:g})"}
            raise PydanticCustomError("scenario.curve_not_rising", "curve falls", facts)


class Burst(Part):
    """One spell of rain. Hours count from the start of the live part; negative is before."""

    at_h: Number
    duration_h: Positive
    depth_mm: Positive
    peak_at: Annotated[Number, Field(gt=0, lt=1)] = 0.4
    """Where in the spell the heaviest rain falls, as a share of its length."""
    catchments: tuple[Id, ...] = ()
    """Where it falls; absent: everywhere."""


class Storm(Part):
    """The weather. `spread` scatters depths between catchments, `gusts` the rain from step to step."""

    bursts: Annotated[tuple[Burst, ...], Field(min_length=1)]
    spread: Share = 0.1
    gusts: Share = 0.4


class Nash(Part):
    """Number of stores and hours per store of a catchment."""

    n: Annotated[int, Field(strict=True, ge=1, le=10)]
    k_h: Positive


class Catchment(Part):
    """A piece of land and how it answers rain."""

    id: Id
    area_km2: Positive
    curve_number: Annotated[Number, Field(gt=0, le=100)]
    nash: Nash
    baseflow_m3s: NotNegative = 0.0
    rain_factor: Positive = 1.0
    delay_h: Number = 0.0
    """How much later than elsewhere the storm arrives."""
    source: Source


class Turbine(Part):
    """Discharge through the power house, and the level below which it stands."""

    max_m3s: Positive
    min_level_m: Number


class SpillwayEntry(Part):
    """See `hydrology.Spillway`."""

    gates: Annotated[int, Field(strict=True, ge=1, le=60)]
    max_m3s: Positive
    rule: Annotated[tuple[CurvePoint, ...], Field(min_length=2)]
    ramp_m3s_per_h: Positive
    decide_every_min: Positive = 30.0

    @model_validator(mode="after")
    def _rising(self) -> Self:
        _strictly_rising(self.rule, values=False)
        return self


class ReservoirEntry(Part):
    """One reservoir of the cascade, with the notice its owner gives before a gate opens."""

    station: Id
    storage: Annotated[tuple[CurvePoint, ...], Field(min_length=2)]
    """Level (m) to volume (hm3)."""
    start_level_m: Number
    turbine: Turbine
    spillway: SpillwayEntry
    notice_h: NotNegative
    reason: LocalText | None = None
    source: Source

    @model_validator(mode="after")
    def _rising(self) -> Self:
        _strictly_rising(self.storage, values=True)
        return self


class RatingEntry(Part):
    """See `hydrology.Rating`."""

    zero_m: Number
    a: Positive
    b: Annotated[Number, Field(gt=0.5, le=5)]


class Gauge(Part):
    """A river gauge: its rating and the roughness of its instrument."""

    station: Id
    rating: RatingEntry
    noise_m: NotNegative = 0.0
    source: Source


class RainGauge(Part):
    """A rain gauge inside a catchment; `factor` is how much more or less than the mean falls there."""

    station: Id
    catchment: Id
    factor: Positive = 1.0


class Link(Part):
    """One step downstream: exactly one of the four. `share` of a catchment lets two chains divide its water."""

    catchment: Id | None = None
    reservoir: Id | None = None
    reach: Id | None = None
    gauge: Id | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1 or self.target is None:
            raise PydanticCustomError("scenario.link_not_one", "one of four", {})
        return self

    @property
    def kind(self) -> Literal["catchment", "reservoir", "reach", "gauge"]:
        if self.catchment is not None:
            return "catchment"
        if self.reservoir is not None:
            return "reservoir"
        return "reach" if self.reach is not None else "gauge"

    @property
    def target(self) -> str | None:
        return self.catchment or self.reservoir or self.reach or self.gauge


class Chain(Part):
    """A river from its head downstream."""

    river: Id
    links: Annotated[tuple[Link, ...], Field(min_length=1)]


class Reporting(Part):
    """How often devices report, and how many reports get lost on the way."""

    level_s: Positive = 600.0
    level_alarm_s: Positive = 300.0
    rain_s: Positive = 600.0
    reservoir_s: Positive = 900.0
    reservoir_spilling_s: Positive = 300.0
    loss_share: Share = 0.0
    weather_s: Positive = 600.0


class ScenarioFile(Part):
    """All of a scenario file. `start_levels` and `notice_h` change single reservoirs of the base."""

    id: Id
    based_on: Id | None = None
    title: LocalText
    description: LocalText | None = None
    source: Source
    seed: Whole
    step_s: Positive
    start_local: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    history_h: Positive
    live_h: Positive
    speed: Positive
    storm: Storm | None = None
    catchments: tuple[Catchment, ...] = ()
    reservoirs: tuple[ReservoirEntry, ...] = ()
    gauges: tuple[Gauge, ...] = ()
    rain_gauges: tuple[RainGauge, ...] = ()
    chains: tuple[Chain, ...] = ()
    start_levels: dict[Id, Number] = Field(default_factory=dict)
    notice_h: dict[Id, NotNegative] = Field(default_factory=dict)
    weather: tuple[WeatherEntry, ...] = ()
    smoke: tuple[SmokeEntry, ...] = ()
    counts: tuple[CountEntry, ...] = ()
    faults: tuple[Fault, ...] = ()
    reporting: Reporting = Reporting()
    expect: Expect = Expect()

    @model_validator(mode="after")
    def _rain_for_the_land(self) -> Self:
        if self.catchments and self.storm is None:
            raise PydanticCustomError("scenario.no_storm", "no storm", {})
        return self

    def altered(self) -> tuple[ReservoirEntry, ...]:
        """The reservoirs as this scenario has them."""
        changed = []
        for entry in self.reservoirs:
            given = {
                "start_level_m": self.start_levels.get(entry.station),
                "notice_h": self.notice_h.get(entry.station),
            }
            update = {name: value for name, value in given.items() if value is not None}
            changed.append(entry.model_copy(update=update) if update else entry)
        return tuple(changed)


_OWN = frozenset({"id", "based_on", "title", "description", "expect", "faults", "smoke", "counts"})
"""What a scenario never takes from its base."""


class ScenarioInvalid(Invalid):
    """A scenario that cannot be played; `problems` lists everything."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        errors = [problem for problem in problems if problem.severity == "error"]
        super().__init__("scenario.invalid", name=name, count=len(errors), first=errors[0].place() if errors else "")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario bound to a pack, ready to be played."""

    file: ScenarioFile
    reaches: dict[str, Muskingum]
    stations: dict[str, StationEntry]

    def alarm_m(self, station: str) -> float | None:
        """The level from which a gauge reports more often: the lowest threshold it has."""
        thresholds = self.stations[station].thresholds
        named = thresholds.named() if thresholds else []
        return named[0][1] if named else None


def load_scenario(path: Path, pack: Pack) -> Scenario:
    """Read a scenario. Raises ScenarioInvalid with every problem."""
    findings = Findings()
    placed = _read(path, pack, findings)
    problems = findings.sorted()
    if placed is None or any(problem.severity == "error" for problem in problems):
        raise ScenarioInvalid(path.stem, problems)
    used = {str(link.target) for chain in placed.value.chains for link in chain.links if link.kind == "reach"}
    reaches = {name: found for name, found in _muskingum(pack).items() if name in used}
    return Scenario(placed.value, reaches, {entry.id: entry for entry in pack.stations})


def check_scenario(path: Path, pack: Pack) -> list[Problem]:
    """Everything that is wrong with a scenario, to the line; never raises for bad content."""
    findings = Findings()
    _read(path, pack, findings)
    return findings.sorted()


def _read(path: Path, pack: Pack, findings: Findings) -> Placed[ScenarioFile] | None:
    folder = Folder(path.parent, findings)
    marked = folder.yaml(path.name)
    if marked is None:
        if not findings.problems:
            findings.add(path.name, "scenario.not_readable", line=None)
        return None
    data = marked.data
    if isinstance(data, dict) and (base := data.get("based_on")) is not None:
        # A scenario that lies beside this file.
        inherited = folder.yaml(f"{base}.yaml") if str(base) != path.stem else None
        if inherited is None or not isinstance(inherited.data, dict):
            line = marked.line(("based_on",))
            findings.add(path.name, "scenario.unknown_base", line=line, path=("based_on",), id=str(base))
            return None
        data = {key: value for key, value in inherited.data.items() if key not in _OWN} | data
    placed = validate(ScenarioFile, data, path.name, findings, marked=marked)
    if placed is not None:
        _check_links(placed, _named(data), pack, findings)
        _check_stations(placed, pack, findings)
        altered = placed.value.model_copy(update={"reservoirs": placed.value.altered()})
        placed = replace(placed, value=altered)
    return placed


def _named(data: Any) -> dict[str, set[str]]:
    """What links may name, as written: an item with a mistake elsewhere in it still has its name."""
    sections = {
        "catchment": ("catchments", "id"),
        "reservoir": ("reservoirs", "station"),
        "gauge": ("gauges", "station"),
    }
    named: dict[str, set[str]] = {}
    for kind, (section, key) in sections.items():
        items = data.get(section)
        listed = items if isinstance(items, list) else []
        named[kind] = {str(item.get(key)) for item in listed if isinstance(item, dict)}
    return named


def _check_links(placed: Placed[ScenarioFile], named: dict[str, set[str]], pack: Pack, findings: Findings) -> None:
    scenario = placed.value
    reaches = _muskingum(pack)
    facts: dict[str, Any]
    known = named | {"reach": set(reaches)}
    used: set[tuple[str, str]] = set()
    for c, chain in enumerate(scenario.chains):
        for n, link in enumerate(chain.links):
            kind, target = link.kind, str(link.target)
            steps = ("chains", c, "links", n, kind)
            if target not in known[kind]:
                findings.on(placed, "scenario.unknown_link", *steps, kind=kind, id=target)
            elif (kind, target) in used:
                findings.on(placed, "scenario.link_twice", *steps, kind=kind, id=target)
            elif kind == "reach" and not _stable(reaches[target], scenario.step_s):
                facts = {"reach": target, "step_s": scenario.step_s}
                findings.on(placed, "scenario.step_too_long", *steps, **facts)
            used.add((kind, target))
    for index, rain in enumerate(scenario.rain_gauges):
        if rain.catchment not in known["catchment"]:
            facts = {"kind": "catchment", "id": rain.catchment}
            findings.on(placed, "scenario.unknown_link", "rain_gauges", index, "catchment", **facts)


def _check_stations(placed: Placed[ScenarioFile], pack: Pack, findings: Findings) -> None:
    kinds: dict[str, str] = {entry.id: entry.kind for entry in pack.stations}
    expected: list[tuple[str, str, str, int]] = []
    scenario = placed.value
    kinds_of = (
        ("gauges", "river"),
        ("reservoirs", "reservoir"),
        ("rain_gauges", "rain"),
        ("weather", "fire_weather"),
        ("smoke", "fire_weather"),
    )
    for section, kind in kinds_of:
        items: tuple[Any, ...] = getattr(scenario, section)
        expected += [(section, kind, item.station, index) for index, item in enumerate(items)]
    for section, kind, station, index in expected:
        found = kinds.get(station)
        if found is None:
            findings.on(placed, "scenario.unknown_station", section, index, "station", id=station)
        elif found != kind:
            facts: dict[str, Any] = {"id": station, "expected": kind, "got": found}
            findings.on(placed, "scenario.station_kind", section, index, "station", **facts)
    sending = {station for _, _, station, _ in expected}
    for index, fault in enumerate(scenario.faults):
        if fault.station not in sending:
            findings.on(placed, "scenario.unknown_station", "faults", index, "station", id=fault.station)
    lakes = {reservoir.station for reservoir in scenario.reservoirs}
    for section in ("start_levels", "notice_h"):
        for station in sorted(set(getattr(scenario, section)) - lakes):
            findings.on(placed, "scenario.unknown_link", section, station, kind="reservoir", id=station)
    for index, reservoir in enumerate(scenario.altered()):
        lowest, highest = reservoir.storage[0][0], reservoir.storage[-1][0]
        if not lowest <= reservoir.start_level_m <= highest:
            facts = {"got": reservoir.start_level_m, "limit": f"{lowest:g}-{highest:g}"}
            findings.on(placed, "pack.out_of_range", "reservoirs", index, "start_level_m", **facts)


def _stable(reach: Muskingum, step_s: float) -> bool:
    try:
        MuskingumReach(reach.k_h, reach.x, step_s)
    except ValueError:
        return False
    return True


def _muskingum(pack: Pack) -> dict[str, Muskingum]:
    """The travel numbers of every reach in the pack that has some."""
    return {
        reach.id: reach.muskingum
        for river in pack.rivers
        for reach in river.entry.reaches
        if reach.muskingum is not None
    }
