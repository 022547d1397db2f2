"""Endemic channel: this week's count of a disease against the same week of the years before.

Sources: the channel of mean and mean + 2 standard deviations over five years, with the warning zone above the mean and
the epidemic zone above the upper line, as in Runge-Ranzinger et al. (2014) and Badurdeen et al. (2013), BMC Public
Health 13: 607, figure 1; the variant of quartiles (median, third quartile) after Bortman (1999), Rev Panam Salud
Publica 5: 1-8. Weeks are ISO weeks (Monday first, week 1 has the first Thursday).

A year with 53 weeks meets years that have 52: their last week stands for the 53rd. A week without a count is missing,
not zero; with fewer than `fewest_years` years the channel is silent and says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import quantiles
from typing import Literal

from eoc.hazards.epidemic import Counts, Judgement, spread
from eoc.model import Reason

METHOD = "channel"


@dataclass(frozen=True, slots=True)
class ChannelParams:
    """The pack's numbers; `levels` by zone (warning, epidemic)."""

    centre: Literal["mean", "quartile"] = "mean"
    years: int = 5
    fewest_years: int = 3
    weeks_either_side: int = 0
    deviations: float = 2.0
    least_deviation: float = 0.5
    least_count: int = 0
    confirm: int = 1
    """So many known weeks in a row must alarm before they count (`eoc.hazards.outbreak`)."""
    levels: Mapping[str, int] = field(default_factory=dict)


def monday(day: date) -> date:
    """The first day of the ISO week that a day lies in: how weeks are named in `Counts`."""
    return day - timedelta(days=day.weekday())


def last_week(year: int) -> int:
    """52 or 53: 28 December always lies in a year's last ISO week."""
    return date(year, 12, 28).isocalendar().week


def same_week(week: date, years_before: int) -> date:
    """The Monday of the same ISO week so many years earlier; week 53 becomes a year's last week."""
    year, number, _ = week.isocalendar()
    earlier = year - years_before
    return date.fromisocalendar(earlier, min(number, last_week(earlier)), 1)


def channel(counts: Counts, week: date, params: ChannelParams) -> Judgement:
    """What the channel says of the week that begins with the Monday `week`; `counts` by Mondays."""
    count = counts.get(week)
    if count is None:
        return Judgement(METHOD, week, None, silent=Reason("reason.count_missing", {"period": week.isoformat()}))
    by_year = [_of_year(counts, week, back, params) for back in range(1, params.years + 1)]
    used = sum(bool(known) for known in by_year)
    if used < params.fewest_years:
        short: dict[str, float] = {"years": used, "fewest": params.fewest_years}
        return Judgement(METHOD, week, count, silent=Reason("reason.channel_too_few_years", short))
    centre, upper = _lines([value for known in by_year for value in known], params)
    zone = "epidemic" if count > upper else "warning" if count > centre else None
    level = params.levels.get(zone, 0) if zone is not None and count >= params.least_count else 0
    year, number, _ = week.isocalendar()
    facts = {
        "week": number,
        "year": year,
        "count": count,
        "expected": round(centre, 1),
        "threshold": round(upper, 1),
        "years": used,
    }
    alarm = zone == "epidemic" and count >= params.least_count
    reasons = (Reason(_ZONES[zone], facts),) if zone is not None and (alarm or level) else ()
    return Judgement(METHOD, week, count, centre, upper, alarm, level, reasons=reasons)


_ZONES = {"warning": "reason.channel_warning", "epidemic": "reason.channel_epidemic"}


def _of_year(counts: Counts, week: date, years_before: int, params: ChannelParams) -> list[int]:
    middle = same_week(week, years_before)
    side = params.weeks_either_side
    weeks = [middle + timedelta(weeks=shift) for shift in range(-side, side + 1)]
    return [counts[each] for each in weeks if each in counts]


def _lines(known: list[int], params: ChannelParams) -> tuple[float, float]:
    if params.centre == "quartile":
        _, median, third = quantiles(known, n=4, method="inclusive")
        return median, max(third, median + params.least_deviation)
    mean, deviation = spread(known, params.least_deviation)
    return mean, mean + params.deviations * deviation
