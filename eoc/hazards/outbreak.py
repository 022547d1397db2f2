"""From counts of one disease in one area to a severity: the methods together, a cluster rule, and an end that holds.

An alarm counts for the severity once the known periods before it alarmed as well, by any method, as many as the pack
asks for (one: in Bowman et al. (2016), PLoS ONE 11: e0157971, two signals make one alarm period); a single one is
shown and opens nothing, because one wild count must not. The severity of a moment is the highest that counts in any
of the last `confirm_quiet` known periods, so that one quiet day does not end a rise. It is computed from the counts
alone, never from an earlier severity: a corrected count leads to what it would have led to in the first place.

Cluster ("ổ dịch"): so many cases within so many days in one area, over after so many days without a new case. The
figures for dengue are those of Decision 3711/QĐ-BYT (2014) as remembered, unverified, and stand in the pack; a radius
cannot be told from counts. A day without a report is not a day without a case: it does not end a cluster.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from eoc.hazards.endemic_channel import ChannelParams, channel
from eoc.hazards.epidemic import Counts, EarsParams, Judgement, ears
from eoc.model import Reason

CLUSTER = "cluster"


@dataclass(frozen=True, slots=True)
class ClusterParams:
    """The pack's numbers for one disease."""

    cases: int
    within_days: int
    over_after_days: int
    level: int


@dataclass(frozen=True, slots=True)
class EpidemicParams:
    """Everything the pack switches on; `clusters` by disease."""

    ears: EarsParams | None = None
    channel: ChannelParams | None = None
    clusters: Mapping[str, ClusterParams] | None = None
    confirm_quiet: int = 2


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of one disease in one area: the newest judgement of every method, and the severity.

    `since`: the first period of the present run of alarms (None at severity 0); `through`: the day after the newest
    known period.
    """

    latest: tuple[Judgement, ...]
    level: int
    since: date | None
    through: date | None
    reasons: tuple[Reason, ...]


def outlook(disease: str, daily: Counts, weekly: Counts, params: EpidemicParams) -> Outlook:
    """Judge the newest periods. `weekly` by Mondays."""
    latest: list[Judgement] = []
    counting: list[Judgement] = []
    starts: list[date] = []
    for runs, confirm in (
        (_ears_runs(daily, params), params.ears.confirm if params.ears else 1),
        (_channel_runs(weekly, params), params.channel.confirm if params.channel else 1),
    ):
        alarmed = [any(judged.alarm for judged in together) for together in zip(*runs, strict=True)]
        for run in runs:
            latest.append(run[0])
            confirmed = _confirmed(run, alarmed, confirm)
            alarms = [each for each in confirmed[: params.confirm_quiet] if each.level]
            if alarms:
                counting.append(max(alarms, key=lambda each: (each.level, each.period)))
                starts.append(_began(run, confirmed, params.confirm_quiet, confirm))
    rule = (params.clusters or {}).get(disease)
    if rule is not None and daily:
        judged, began = cluster(daily, rule)
        latest.append(judged)
        if judged.level and began is not None:
            counting.append(judged)
            starts.append(began)
    level = max((each.level for each in counting), default=0)
    reasons = tuple(
        reason for each in sorted(counting, key=lambda each: -each.level) if each.level for reason in each.reasons
    )
    ends = [max(daily) + timedelta(days=1)] if daily else []
    ends += [max(weekly) + timedelta(days=7)] if weekly else []
    return Outlook(tuple(latest), level, min(starts, default=None), max(ends, default=None), reasons)


_RUN = 60
"""Periods looked back for the beginning of a run of alarms."""


def _ears_runs(daily: Counts, params: EpidemicParams) -> list[list[Judgement]]:
    """Per method: judgements of the known days, newest first."""
    if params.ears is None or not daily:
        return []
    days = sorted(daily, reverse=True)[:_RUN]
    judged = [ears(daily, day, params.ears) for day in days]
    return [list(run) for run in zip(*judged, strict=True)]


def _channel_runs(weekly: Counts, params: EpidemicParams) -> list[list[Judgement]]:
    if params.channel is None or not weekly:
        return []
    weeks = sorted(weekly, reverse=True)[:_RUN]
    return [[channel(weekly, week, params.channel) for week in weeks]]


def _confirmed(run: Sequence[Judgement], alarmed: Sequence[bool], confirm: int) -> list[Judgement]:
    """The run without the severity of alarms that the periods before them do not confirm. Newest first."""
    return [
        judged
        if len(before := alarmed[index : index + confirm]) == confirm and all(before)
        else replace(judged, level=0)
        for index, judged in enumerate(run)
    ]


def _began(run: Sequence[Judgement], confirmed: Sequence[Judgement], confirm_quiet: int, confirm: int) -> date:
    """The first alarm of the present run: going back, until `confirm_quiet` periods in a row were quiet."""
    first, quiet = 0, 0
    for index, judged in enumerate(confirmed):
        if judged.level:
            first, quiet = index + confirm - 1, 0
        else:
            quiet += 1
            if quiet >= confirm_quiet and index >= first:
                break
    return run[first].period


def cluster(daily: Counts, rule: ClusterParams) -> tuple[Judgement, date | None]:
    """Whether the area is a cluster on the newest known day, and since when."""
    began: date | None = None
    newest = max(daily)
    day = min(daily)
    window: dict[date, int] = {}
    quiet = 0
    while day <= newest:
        window[day] = daily.get(day, 0)
        window.pop(day - timedelta(days=rule.within_days), None)
        quiet = quiet + 1 if daily.get(day) == 0 else 0
        if began is None and sum(window.values()) >= rule.cases and window[day]:
            began = min(each for each, count in window.items() if count)
        elif began is not None and quiet >= rule.over_after_days:
            began = None
        day += timedelta(days=1)
    cases = sum(window.values())
    if began is None:
        return Judgement(CLUSTER, newest, cases, None, float(rule.cases)), None
    facts = {"cases": rule.cases, "days": rule.within_days, "since": began.isoformat(), "over": rule.over_after_days}
    reason = Reason("reason.cluster", facts)
    return Judgement(CLUSTER, newest, cases, None, float(rule.cases), True, rule.level, reasons=(reason,)), began
