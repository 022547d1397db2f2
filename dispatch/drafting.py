"""From an incident to the draft of a warning: the plan's template filled with what is known, pure.

Nothing is invented. A gap for which there is no fact stays in the text as `{name}`; the checks name it, and no warning
leaves with one. Times are absolute and local ("18h 22/11"), because a message is read hours later as well.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.content import Content, Text
from dispatch.gazetteer import bare_name, kind_word
from dispatch.sms.segments import measure, plain
from dispatch.warnings import Origin
from eoc.events import Event
from eoc.hazards.release_book import Commune, Release
from eoc.hazards.river_flood import FloodParams, FloodRule, FloodState
from eoc.incidents import Incident
from eoc.incidents.bulletins import Bulletin
from eoc.model import Station
from eoc.packs import Pack
from eoc.packs.impacts import Impact, reached
from eoc.packs.playbooks import Drafting, Playbook
from eoc.packs.templates import Template

TRIGGERS = frozenset({"incident.opened", "incident.escalated"})

_GAP = re.compile(r"\{([^{}]*)\}")
_ALARMS = ("bd1", "bd2", "bd3")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A draft for people to look at: what it would say, to which areas, and where it comes from.

    `basis`: a code that says whether the impact table named who is hit, or whole communes are addressed for want of it.
    """

    content: Content
    origin: Origin
    basis: str = "drafting.whole_commune"


@dataclass(frozen=True, slots=True)
class Nothing:
    """Why there is no draft; a code of the message catalogue. `worth_telling`: a person should know."""

    code: str
    worth_telling: bool = False


def planned(pack: Pack, hazard: str, level: int) -> tuple[Playbook, Drafting, Template] | Nothing:
    """Which text the pack's plan asks for at this severity."""
    playbook = pack.playbook(hazard, level)
    if playbook is None or playbook.drafting is None:
        return Nothing("drafting.not_planned")
    template = pack.template(playbook.drafting.template)
    if template is None:
        return Nothing("drafting.no_template", worth_telling=True)
    return playbook, playbook.drafting, template


@dataclass(frozen=True, slots=True)
class Outlook:
    """At the present rate of rise the gauge reaches alarm level `alarm` (1-3) at `at`."""

    alarm: int
    at: datetime


def outlook(station: Station, state: FloodState) -> Outlook | None:
    """What the straight line through the latest readings says; None when the water does not rise to a threshold."""
    try:
        ahead = FloodRule.of(station, FloodParams()).next_threshold(state)
    except ValueError:
        return None
    if ahead is None or state.last is None or ahead[0] not in _ALARMS:
        return None
    return Outlook(_ALARMS.index(ahead[0]) + 1, state.last.at + timedelta(seconds=ahead[1]))


@dataclass(frozen=True, slots=True)
class Case:
    """What a draft is made from: the event that asks for it, its incident, and what is known of the gauge."""

    event: Event
    incident: Incident
    station: Station | None = None
    ahead: Outlook | None = None
    bulletin: Bulletin | None = None
    """The official bulletin that the case goes by."""
    release: Release | None = None
    """The dam's notice that the case is about, and where its water goes."""
    downstream: tuple[Commune, ...] = ()

    @property
    def level(self) -> int:
        return int(self.event.data["level"])

    @property
    def observed_at(self) -> datetime:
        """When the reading that decided was taken; for a case opened by hand, since when it is so."""
        given = self.event.cause.get("observed_at")
        return datetime.fromisoformat(given) if isinstance(given, str) else self.incident.observed_at


def propose(case: Case, pack: Pack, now: datetime, *, drill: bool = False) -> Proposal | Nothing:
    """The draft that follows from `incident.opened` or `incident.escalated`; `now` on the incident's clock."""
    incident, station = case.incident, case.station
    if incident.state == "closed":
        return Nothing("drafting.case_closed")
    plan = planned(pack, incident.hazard, case.level)
    if isinstance(plan, Nothing):
        return plan
    playbook, drafting, template = plan
    if case.event.at + timedelta(hours=drafting.expires_h) <= now:
        return Nothing("drafting.too_late", worth_telling=True)
    hit = _hit(case, drafting, pack)
    areas, riverside = _areas(case, drafting, hit, pack, now)
    if not areas:
        return Nothing("drafting.no_area", worth_telling=True)
    content = Content(
        level=case.level,
        hazard=incident.hazard,
        text=_text(template, _facts(case, drafting, hit, areas, pack, now), _ways(areas, riverside, pack, now)),
        areas=areas,
        expires_at=now + timedelta(hours=drafting.expires_h),
    )
    place = (incident.lon, incident.lat)
    if station is not None and None in place:
        place = (station.lon, station.lat)
    origin = Origin(incident.id, template.id, playbook.level, place[0], place[1], drill=drill or incident.drill)
    return Proposal(content, origin, "drafting.impact_table" if hit else "drafting.whole_commune")


def _hit(case: Case, drafting: Drafting, pack: Pack) -> tuple[Impact, ...]:
    """What the pack's table says is hit at the level that the text will name; empty where nobody entered anything."""
    if case.station is None:
        return ()
    alarm = (_reached(case) if drafting.threshold == "crossed" else _expected(case, drafting))[0]
    return reached(pack.impacts, case.station.id, f"bd{alarm}") if alarm is not None else ()


def _areas(
    case: Case,
    drafting: Drafting,
    hit: Sequence[Impact],
    pack: Pack,
    now: datetime,
) -> tuple[tuple[str, ...], bool]:
    """The communes along the stretch the plan names, upstream first; before them the incident's own and those that the
    impact table names, where they are none of those; and whether all of them lie on the river."""
    incident, station = case.incident, case.station
    along: tuple[str, ...] = ()
    if station is not None and station.river is not None and station.chainage_km is not None:
        start_km = max(0.0, station.chainage_km - drafting.upstream_km)
        end_km = station.chainage_km + drafting.downstream_km
        along = pack.communes_along(station.river, start_km, end_km, now)
    if case.release is not None:
        # The release clock knows better than a stretch of so many kilometres; what a dam below holds is left out.
        along = tuple(each.area for each in case.downstream if not each.held)
    named = [None if case.release is not None else incident.area, *(each.area for each in hit)]
    own = [code for code in dict.fromkeys(named) if code and code not in along]
    today = {area.code for area in pack.areas_at(now)}
    return tuple(code for code in (*own, *along) if code in today), not own and len(along) > 1


@dataclass(frozen=True, slots=True)
class _Facts:
    """What fills the gaps, in both languages; what is not known is absent."""

    vi: Mapping[str, str]
    en: Mapping[str, str]


def _facts(
    case: Case, drafting: Drafting, hit: Sequence[Impact], areas: tuple[str, ...], pack: Pack, now: datetime
) -> _Facts:
    vi: dict[str, str | None] = {}
    en: dict[str, str | None] = {}
    sender = pack.sender(now)
    if sender is not None:
        vi["sender"], en["sender"] = sender.name.vi, sender.name.en
    vi["hotline"] = en["hotline"] = pack.manifest.hotline
    word = next((word.name for word in pack.hazards.severity_words if word.level == case.level), None)
    if word is not None:
        vi["level_words"], en["level_words"] = word.vi, word.en
    if case.station is not None:
        vi["station"] = en["station"] = case.station.name
        river = pack.river(case.station.river) if case.station.river else None
        if river is not None:
            vi["river"], en["river"] = river.entry.name.vi, river.entry.name.en
        if case.station.kind == "reservoir":
            vi["reservoir"] = en["reservoir"] = case.station.name
    # A shelter is named only to the people of its own commune: nobody walks twenty kilometres to another one's school.
    shelters = [each.name for each in hit if each.kind == "shelter" and areas == (each.area,)]
    if shelters:
        vi["shelter"] = en["shelter"] = ", ".join(shelters)
    hamlets = [each.name for each in hit if each.kind == "hamlet"]
    if hamlets:
        vi["hamlets"] = en["hamlets"] = ", ".join(hamlets)
    if case.bulletin is not None:
        vi["bulletin"] = f"tin {case.bulletin.number} {case.bulletin.issuer}"
        en["bulletin"] = f"bulletin {case.bulletin.number} of {case.bulletin.issuer}"
    alarm, moment = _reached(case) if drafting.threshold == "crossed" else _expected(case, drafting)
    if alarm is not None:
        vi["threshold"], en["threshold"] = f"BĐ{alarm}", f"alarm {alarm}"
    if case.release is not None:
        moment = case.release.planned_at
        if case.release.discharge_m3s is not None:
            vi["discharge"] = en["discharge"] = f"{case.release.discharge_m3s:.0f}"
    if moment is not None:
        vi["time"], en["time"] = clock_vi(moment.astimezone(pack.zone)), clock_en(moment.astimezone(pack.zone))
    if drafting.next_news_h is not None:
        news = _rounded_up(now.astimezone(pack.zone) + timedelta(hours=drafting.next_news_h), minutes=60)
        today = news.date() == now.astimezone(pack.zone).date()
        vi["next_time"] = f"{news.hour}h" if today else clock_vi(news)
        en["next_time"] = f"{news:%H:%M}" if today else clock_en(news)
    return _Facts(_known(vi), _known(en))


def _known(facts: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in facts.items() if value}


def _reached(case: Case) -> tuple[int | None, datetime]:
    """The highest alarm level that was passed, and when that was seen."""
    named = {
        str(reason.get("params", {}).get("threshold"))
        for reason in case.event.cause.get("reasons", ())
        if reason.get("code") == "reason.level_at_or_above"
    }
    passed = [index for index, name in enumerate(_ALARMS, start=1) if name in named]
    highest = len(_ALARMS) if "above_bd3" in named else max(passed, default=None)
    return highest, case.observed_at


def _expected(case: Case, drafting: Drafting) -> tuple[int | None, datetime | None]:
    """The alarm level ahead, and by when it may be reached; no time when that is after the end of the message."""
    reached, seen = _reached(case)
    if case.ahead is not None and case.ahead.at <= seen + timedelta(hours=drafting.expires_h):
        return case.ahead.alarm, _rounded_up(case.ahead.at, minutes=30)
    return min((reached or 0) + 1, len(_ALARMS)), None


def _rounded_up(moment: datetime, *, minutes: int) -> datetime:
    whole = moment.replace(minute=moment.minute // minutes * minutes, second=0, microsecond=0)
    return whole if whole == moment else whole + timedelta(minutes=minutes)


def clock_vi(local: datetime) -> str:
    """ "18h 22/11", "7h05 1/12": the way times are written in Vietnam."""
    minute = f"{local.minute:02d}" if local.minute else ""
    return f"{local.hour}h{minute} {local.day}/{local.month}"


def clock_en(local: datetime) -> str:
    """ "18:00 on 22/11"."""
    return f"{local:%H:%M} on {local.day}/{local.month}"


Names = tuple[str, str]
"""How places are called, in Vietnamese and English."""


def _ways(areas: Sequence[str], riverside: bool, pack: Pack, now: datetime) -> list[Names]:
    """Ways of naming the areas, the closest first: every commune; the stretch of river; the districts."""
    today = {area.code: area for area in pack.areas_at(now)}
    communes = [today[code].name for code in areas]
    parents = dict.fromkeys(today[code].parent for code in areas)
    districts = [today[parent].name for parent in parents if parent is not None and parent in today]
    return [list_places(communes), *([stretch(communes)] if riverside else []), list_places(districts or communes)]


def _text(template: Template, facts: _Facts, ways: Sequence[Names]) -> Text:
    """The filled texts, naming the places as closely as one message allows.

    When no way is short enough, the second one: it says most about where, and a person will shorten something else.
    """
    texts = [_filled(template, facts, way) for way in ways]
    return next((text for text in texts if measure(text.vi_plain).segments <= 1), texts[1])


def _filled(template: Template, facts: _Facts, places: Names) -> Text:
    def fill(form: str, known: Mapping[str, str], language: str) -> str:
        defaults = {name: getattr(text, language) for name, text in template.defaults.items()}
        values = {**defaults, **known}
        source = template.text("en" if form == "en" else "vi_plain" if form == "vi_plain" else "vi")
        return _GAP.sub(lambda gap: values.get(gap[1]) or gap[0], source)

    vi = fill("vi", {**facts.vi, "places": places[0]}, "vi")
    en = fill("en", {**facts.en, "places": places[1]}, "en")
    bare = None
    if template.texts.vi_plain is not None:
        # Filled with stripped values: what stands between them is the operator's registered wording.
        stripped = {name: plain(value) for name, value in {**facts.vi, "places": places[0]}.items()}
        bare = fill("vi_plain", stripped, "vi")
    return Text.of(vi, en, bare)


def stretch(communes: Sequence[str]) -> Names:
    """Riverside communes in river order, by the first and the last of them."""
    first, last = bare_name(communes[0]), bare_name(communes[-1])
    return f"các xã ven sông từ {first} tới {last}", f"the riverside from {first} to {last}"


def list_places(names: Iterable[str]) -> Names:
    """Vietnamese and English: ("xã Bình Tân, Long Hà; thị trấn Thanh Bình", "Bình Tân, Long Hà, Thanh Bình")."""
    by_kind: dict[str, list[str]] = {}
    for name in names:
        bare = bare_name(name)
        by_kind.setdefault(kind_word(name) if bare != name else "", []).append(bare)
    vi = "; ".join(f"{kind} {', '.join(some)}".strip() for kind, some in by_kind.items())
    return vi, ", ".join(name for some in by_kind.values() for name in some)
