"""Rain that is counted up from the beginning of a rain day, turned into what fell between two looks.

Networks that show "rain so far today" begin anew at 19:00 (the hydrometeorological day in Vietnam) or at midnight.
"""

from datetime import date, datetime, timedelta, tzinfo


def rain_day(at: datetime, start_hour: int, zone: tzinfo) -> date:
    """The local date on which the rain day of `at` began; what is shown at its very start still counts the old one."""
    local = at.astimezone(zone) - timedelta(hours=start_hour, microseconds=1)
    return local.date()


def grown(
    before: tuple[datetime, float] | None,
    now: tuple[datetime, float],
    start_hour: int,
    zone: tzinfo,
    longest: timedelta,
) -> float | None:
    """mm that fell since the last look; None when nobody knows.

    Not known: at the first look, after a gap longer than `longest` (when did it fall?), and when a count went down
    within its day (somebody corrected it). Over the change of day what fell before the change and after the last look
    is lost with the old count; what the new one shows is what is known.
    """
    if before is None or now[0] - before[0] > longest:
        return None
    if rain_day(before[0], start_hour, zone) != rain_day(now[0], start_hour, zone):
        return round(now[1], 3)
    return round(now[1] - before[1], 3) if now[1] >= before[1] else None
