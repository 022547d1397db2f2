"""What a reservoir does against what was announced, and what comes next: a pure fold over its series in time order.

Notices are the context: at the time of a sample, those that had been heard by then. A finding therefore depends only on
the samples up to the one that decided it and on what was known then, never on how often somebody looked. Each check is
a latch (`eoc.hazards.latch`): two samples and the pack's minutes before it counts, so one wild value says nothing. A
sample that lacks a property leaves the checks that need it as they were; missing is never zero.

Names as the national utility publishes them: htl lake level, hdbt normal level (m); qve inflow, qxt turbines, qxm
spillway (m3/s). Levels, minutes and shares are the pack's (`eoc.packs.releases.ReservoirChecks`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from eoc.hazards import latch as latches
from eoc.hazards.dam_release import Notice
from eoc.hazards.latch import Latch, LatchRule
from eoc.model import Reason
from eoc.packs.releases import DamRelease, ReservoirChecks

RULE = "reservoir_checks@1"
"""The name of this rule with decisions."""

LOOK_BACK = timedelta(hours=48)
_MAX_GAP = timedelta(hours=6)
_NO_TIME = timedelta()
PROPERTIES = ("htl", "hdbt", "qve", "qxt", "qxm", "qx_total", "discharge_m3s")


@dataclass(frozen=True, slots=True)
class ReservoirSample:
    """What a reservoir reported at one moment; None was not reported. `total_m3s` is its own sum (Σqx), if it gives
    one."""

    at: datetime
    htl: float | None = None
    hdbt: float | None = None
    qve: float | None = None
    qxt: float | None = None
    qxm: float | None = None
    total_m3s: float | None = None

    @classmethod
    def of(cls, at: datetime, values: Mapping[str, float]) -> "ReservoirSample":
        total = values.get("qx_total", values.get("discharge_m3s"))
        named = {name: values.get(name) for name in ("htl", "hdbt", "qve", "qxt", "qxm")}
        return cls(at, total_m3s=total, **named)

    @property
    def outflow_m3s(self) -> float | None:
        """Turbines and spillway together; the reported sum when one of the two is missing; None when it is not
        known."""
        if self.qxt is not None and self.qxm is not None:
            return self.qxt + self.qxm
        return self.total_m3s


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that holds, or held: since when, decided by which sample; over since when (None: it still holds), and
    which sample decided that."""

    check: str
    level: int
    since: datetime
    decided_at: datetime
    reason: Reason
    ended_at: datetime | None = None
    end_decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Spell:
    """A time with water over the spillway; the moments as in a finding."""

    since: datetime
    decided_at: datetime
    ended_at: datetime | None = None
    end_decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything the series says, in the order it was decided."""

    findings: tuple[Finding, ...] = ()
    spells: tuple[Spell, ...] = ()


@dataclass(frozen=True, slots=True)
class Covering:
    """What had been announced for a moment: nothing, or a release of `discharge_m3s` (None: of unknown size)."""

    notice: str
    planned_at: datetime
    discharge_m3s: float | None


def covering(notices: Sequence[Notice], at: datetime, slack: timedelta = _NO_TIME) -> Covering | None:
    """The announcement that a release at `at` follows, as it was known then; of several, the largest.

    `notices` are all versions of all notices of one reservoir. An update takes the place of the version before it from
    the moment it is heard, except for what had begun by then: gates that are open stay announced. `slack`: so much
    before and after the announced times still counts.
    """
    found = [
        each for versions in _known(notices, at).values() if (each := _one_covering(versions, at, slack)) is not None
    ]
    return max(found, key=lambda each: each.discharge_m3s if each.discharge_m3s is not None else -1.0, default=None)


def _known(notices: Sequence[Notice], at: datetime) -> dict[str, list[Notice]]:
    by_id: dict[str, list[Notice]] = {}
    for each in sorted(notices, key=lambda each: each.heard_at):
        if each.heard_at <= at:
            by_id.setdefault(each.id, []).append(each)
    return by_id


def _one_covering(versions: Sequence[Notice], at: datetime, slack: timedelta) -> Covering | None:
    newest = versions[-1]
    if newest.cancelled or (newest.until is not None and at > newest.until + slack):
        return None
    begun: Covering | None = None
    for index, version in enumerate(versions):
        if version.planned_at is None or version.cancelled:
            begun = None if version.cancelled else begun
            continue
        replaced_at = versions[index + 1].heard_at if index + 1 < len(versions) else None
        if version.planned_at - slack > at or (replaced_at is not None and version.planned_at > replaced_at):
            continue
        begun = Covering(version.id, version.planned_at, version.discharge_m3s)
    return begun


# -- the tests --------------------------------------------------------------------------------------------------------

Verdict = tuple[bool, bool, Reason]
"""The condition holds; its opposite holds; how the finding reads if it is decided now."""


@dataclass(frozen=True, slots=True)
class _Moment:
    """A sample with what came before it and what was known."""

    now: ReservoirSample
    before: Sequence[ReservoirSample]
    notices: Sequence[Notice]
    rule: DamRelease
    normal_level_m: float | None


@dataclass(frozen=True, slots=True)
class _Test:
    name: str
    level: int
    lasting: timedelta
    judge: Callable[[_Moment], Verdict | None]


def _tests(checks: ReservoirChecks) -> Iterator[_Test]:
    """The checks that the pack switches on."""
    if (unannounced := checks.unannounced) is not None:
        yield _Test("unannounced", unannounced.severity, timedelta(minutes=unannounced.for_min), _unannounced)
    if (above := checks.above_notice) is not None:
        yield _Test("above_notice", above.severity, timedelta(minutes=above.for_min), _above_notice)
    if (not_seen := checks.not_seen) is not None:
        yield _Test("not_seen", not_seen.severity, _NO_TIME, _not_seen)
    if (sudden := checks.sudden_rise) is not None:
        yield _Test("sudden_rise", sudden.severity, _NO_TIME, _sudden_rise)
    if (near := checks.near_full) is not None:
        yield _Test("near_full", near.severity, timedelta(minutes=near.for_min), _near_full)
    if (differs := checks.sum_differs) is not None:
        yield _Test("sum_differs", 0, timedelta(minutes=differs.for_min), _sum_differs)


def _slack(checks: ReservoirChecks) -> timedelta:
    return timedelta(minutes=checks.unannounced.early_min) if checks.unannounced else _NO_TIME


def _unannounced(moment: _Moment) -> Verdict | None:
    check = moment.rule.checks.unannounced
    spill = moment.now.qxm
    if check is None or spill is None:
        return None
    covered = covering(moment.notices, moment.now.at, _slack(moment.rule.checks)) is not None
    on = spill >= check.spill_from_m3s and not covered
    return on, not on, Reason("reason.release_unannounced", {"spill_m3s": spill, "from_m3s": check.spill_from_m3s})


def _above_notice(moment: _Moment) -> Verdict | None:
    outflow, share = moment.now.outflow_m3s, moment.rule.tolerance_share
    told = covering(moment.notices, moment.now.at, _slack(moment.rule.checks))
    if outflow is None:
        return None
    announced = told.discharge_m3s if told is not None else None
    on = announced is not None and outflow > announced * (1 + share)
    facts = {"notice": told.notice if told else None, "announced_m3s": announced, "outflow_m3s": round(outflow, 1)}
    return on, not on, Reason("reason.release_above_notice", facts)


def _not_seen(moment: _Moment) -> Verdict | None:
    check, outflow = moment.rule.checks.not_seen, moment.now.outflow_m3s
    if check is None or outflow is None:
        return None
    told = covering(moment.notices, moment.now.at)
    if told is None or told.discharge_m3s is None:
        return False, True, Reason("reason.release_not_seen", {"outflow_m3s": round(outflow, 1)})
    begins = told.planned_at - _slack(moment.rule.checks)
    there = _released(moment.now, told.discharge_m3s, moment.rule)
    if not there and begins < moment.now.at - _reach(moment.rule):
        return None  # too long ago to know whether it had been seen and is over
    seen = there or any(_released(each, told.discharge_m3s, moment.rule) for each in moment.before if each.at >= begins)
    due = moment.now.at >= told.planned_at + timedelta(minutes=check.after_min)
    on, announced = due and not seen, told.discharge_m3s
    facts = {"notice": told.notice, "announced_m3s": announced, "outflow_m3s": round(outflow, 1)}
    return on, not on, Reason("reason.release_not_seen", facts)


def _released(sample: ReservoirSample, announced_m3s: float, rule: DamRelease) -> bool:
    """About as much as announced leaves the dam, or at least its gates are open."""
    unannounced = rule.checks.unannounced
    if unannounced is not None and sample.qxm is not None and sample.qxm >= unannounced.spill_from_m3s:
        return True
    outflow = sample.outflow_m3s
    return outflow is not None and outflow >= announced_m3s * (1 - rule.tolerance_share)


def _sudden_rise(moment: _Moment) -> Verdict | None:
    check, outflow = moment.rule.checks.sudden_rise, moment.now.outflow_m3s
    if check is None or outflow is None:
        return None
    since = moment.now.at - timedelta(minutes=check.within_min)
    earlier = [each.outflow_m3s for each in moment.before if each.at >= since and each.outflow_m3s is not None]
    if not earlier:
        return None
    rise = outflow - min(earlier)
    on = rise >= check.rise_m3s
    facts = {"rise_m3s": round(rise, 1), "within_min": check.within_min, "limit_m3s": check.rise_m3s}
    return on, not on, Reason("reason.release_sudden_rise", facts)


def _near_full(moment: _Moment) -> Verdict | None:
    check, now = moment.rule.checks.near_full, moment.now
    normal = now.hdbt if now.hdbt is not None else moment.normal_level_m
    if check is None or normal is None or now.htl is None or now.qve is None:
        return None
    span = timedelta(minutes=check.trend_min)
    earlier = [each.qve for each in moment.before if now.at - 1.5 * span <= each.at <= now.at - span and each.qve]
    near = now.htl >= normal - check.margin_m
    if near and not earlier:
        return None
    on = near and now.qve >= earlier[-1] * (1 + check.inflow_rise_share)
    facts = {"htl": now.htl, "normal_level_m": normal, "qve": now.qve, "qve_before": earlier[-1] if earlier else None}
    return on, not on, Reason("reason.reservoir_near_full", {**facts, "hours": round(check.trend_min / 60, 1)})


def _sum_differs(moment: _Moment) -> Verdict | None:
    check, now = moment.rule.checks.sum_differs, moment.now
    if check is None or now.total_m3s is None or now.qxt is None or now.qxm is None:
        return None
    parts = now.qxt + now.qxm
    on = abs(now.total_m3s - parts) > check.tolerance_share * max(now.total_m3s, parts)
    facts = {"total_m3s": now.total_m3s, "turbine_m3s": now.qxt, "spill_m3s": now.qxm}
    return on, not on, Reason("reason.reservoir_sum_differs", facts)


# -- the fold ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Running:
    """A latch at work and what it has found."""

    test: _Test
    rule: LatchRule
    latch: Latch = latches.OFF
    previous_at: datetime | None = None
    found: list[Finding] = field(default_factory=list)

    def step(self, moment: _Moment) -> None:
        verdict = self.test.judge(moment)
        if verdict is None:
            return
        on, off, reason = verdict
        at = moment.now.at
        self.latch, change = latches.step(self.latch, self.rule, on=on, off=off, previous_at=self.previous_at, at=at)
        self.previous_at = at
        if change is None:
            return
        if change.active:
            self.found.append(Finding(self.test.name, self.test.level, change.since, at, reason))
        elif self.found:
            self.found[-1] = replace(self.found[-1], ended_at=change.since, end_decided_at=at)


def history_needed(rule: DamRelease) -> timedelta:
    """How far before its first sample to decide on the fold must begin, so that older samples change nothing."""
    checks = rule.checks
    spans = [checks.sudden_rise.within_min if checks.sudden_rise else 0.0]
    spans.append(1.5 * checks.near_full.trend_min if checks.near_full else 0.0)
    early_min = checks.unannounced.early_min if checks.unannounced else 0.0
    spans.append(2 * checks.not_seen.after_min + early_min if checks.not_seen else 0.0)
    return LOOK_BACK + timedelta(minutes=max(spans))


def _reach(rule: DamRelease) -> timedelta:
    """How far back a check may look."""
    return history_needed(rule) - LOOK_BACK


def standing_spill(first: ReservoirSample, rule: DamRelease | None) -> Notice | None:
    """Gates that stood open when we began to listen: whoever announced them did so before. Until they close they count
    as announced, of unknown size."""
    check = rule.checks.unannounced if rule is not None else None
    if check is None or first.qxm is None or first.qxm < check.spill_from_m3s:
        return None
    return Notice("", "", first.at, planned_at=first.at)


def judge(
    samples: Sequence[ReservoirSample],
    notices: Sequence[Notice],
    rule: DamRelease | None,
    normal_level_m: float | None = None,
) -> Judgement:
    """All findings of a series (in time order, strictly increasing) of one reservoir."""
    if rule is None:
        return Judgement()
    running = [_Running(test, _latch_rule(test.lasting)) for test in _tests(rule.checks)]
    spilling = _Running(_Test("spilling", 0, _NO_TIME, _spilling), _latch_rule(_NO_TIME))
    reach = _reach(rule)
    first = 0
    for index, sample in enumerate(samples):
        while samples[first].at < sample.at - reach:
            first += 1
        moment = _Moment(sample, samples[first:index], notices, rule, normal_level_m)
        for each in (*running, spilling):
            each.step(moment)
    findings = [finding for each in running for finding in each.found]
    spells = tuple(Spell(each.since, each.decided_at, each.ended_at, each.end_decided_at) for each in spilling.found)
    return Judgement(tuple(sorted(findings, key=lambda each: (each.decided_at, each.check))), spells)


def _spilling(moment: _Moment) -> Verdict | None:
    check, spill = moment.rule.checks.unannounced, moment.now.qxm
    if check is None or spill is None:
        return None
    on = spill >= check.spill_from_m3s
    return on, not on, Reason("reason.release_unannounced", {"spill_m3s": spill, "from_m3s": check.spill_from_m3s})


def _latch_rule(lasting: timedelta) -> LatchRule:
    return LatchRule.within(LOOK_BACK, min_duration=lasting, max_gap=_MAX_GAP)
