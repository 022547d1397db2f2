"""What holds of every forecast: it follows the datum and the size, its band is in order, and silence says why."""

import math
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eoc.forecast.gauge import Gauge, Series, dumps, learn, loads
from eoc.forecast.outlook import Outlook
from eoc.forecast.upstream import best_lead
from eoc.model import Reason
from tests.forecast.rivers import STEP_S, TRAVEL_H, part, river, shifted

DAYS = 40
LEARNT_ON = DAYS * 96
THRESHOLDS = [("bd1", 2.0), ("bd2", 2.5), ("bd3", 3.0)]


@cache
def trained(by_m: float = 0.0, factor: float = 1.0) -> Gauge:
    gauge = learn(shifted(part(river()[0], LEARNT_ON), by_m, factor), {})
    assert isinstance(gauge, Gauge)
    return gauge


@cache
def trained_with_upstream() -> Gauge:
    down, up = river()
    gauge = learn(part(down, LEARNT_ON), {"up": part(up, LEARNT_ON)})
    assert isinstance(gauge, Gauge)
    return gauge


def look(gauge: Gauge, recent: Series, upstream: Series | None = None, late_s: float = 0.0) -> Outlook:
    now = datetime.fromtimestamp(max(recent.times_s) + late_s, UTC)
    return gauge.look(recent, upstream, THRESHOLDS, now)


def window(until: int, series: Series | None = None) -> Series:
    return part(series or river()[0], until, until - 49 * 4)


moments = st.integers(LEARNT_ON, len(river()[0].times_s))


@given(moments)
@settings(max_examples=60)
def test_the_band_is_in_order_finite_and_reaches_a_day(until: int) -> None:
    outlook = look(trained(), window(until))
    assert outlook.silent is None
    assert outlook.made_at is not None
    assert [point.at - outlook.made_at for point in outlook.points] == [timedelta(hours=h) for h in range(1, 25)]
    for point in outlook.points:
        assert all(math.isfinite(value) for value in (point.low, point.likely, point.high))
        assert point.low <= point.likely <= point.high


@given(moments, st.sampled_from([-3.0, 0.37, 112.5, 1000.0]))
@settings(max_examples=40)
def test_another_datum_shifts_the_forecast_and_nothing_else(until: int, by_m: float) -> None:
    here = look(trained(), window(until))
    there = look(trained(by_m), shifted(window(until), by_m))
    for one, other in zip(here.points, there.points, strict=True):
        for name in ("low", "likely", "high"):
            assert getattr(other, name) == pytest.approx(getattr(one, name) + by_m, abs=0.0021)


@given(moments)
@settings(max_examples=40)
def test_a_river_twice_as_high_is_forecast_twice_as_high(until: int) -> None:
    here = look(trained(), window(until))
    there = look(trained(0.0, 2.0), shifted(window(until), 0.0, 2.0))
    for one, other in zip(here.points, there.points, strict=True):
        # Neighbours at the same distance may change places where a micrometre decides.
        assert other.likely == pytest.approx(2 * one.likely, abs=0.05)


@given(moments)
@settings(max_examples=40)
def test_times_to_alarm_levels_are_in_order_and_agree_with_the_points(until: int) -> None:
    outlook = look(trained(), window(until))
    assert outlook.made_at is not None
    level = river()[0].levels_m[until - 1]
    never = datetime.max.replace(tzinfo=UTC)
    for (name, threshold), reach in zip(THRESHOLDS, outlook.times, strict=True):
        assert reach.threshold == name
        assert reach.reached == (level >= threshold)
        times = [time or never for time in (reach.earliest, reach.likely, reach.latest)]
        assert times == sorted(times)
        if reach.reached:
            assert set(times) == {never}
        else:
            assert (reach.likely is not None) == any(point.likely >= threshold for point in outlook.points)
            assert (reach.earliest is not None) == any(point.high >= threshold for point in outlook.points)


def test_a_rising_river_is_expected_at_its_alarm_level_before_it_is_there() -> None:
    levels = river()[0].levels_m
    crossing = next(i for i in range(LEARNT_ON, len(levels)) if levels[i - 1] < 2.0 <= levels[i])
    outlook = look(trained(), window(crossing - 4))
    (bd1, _, _) = outlook.times
    assert bd1.likely is not None
    assert bd1.earliest is not None
    crossed = datetime.fromtimestamp(river()[0].times_s[crossing], UTC)
    assert bd1.earliest <= crossed
    assert abs((bd1.likely - crossed).total_seconds()) < 3600


def test_learning_and_looking_twice_say_the_same() -> None:
    again = learn(part(river()[0], LEARNT_ON), {})
    assert isinstance(again, Gauge)
    recent = window(LEARNT_ON + 300)
    assert look(again, recent) == look(trained(), recent)


def test_order_and_doubles_of_the_history_do_not_matter() -> None:
    history = part(river()[0], LEARNT_ON)
    jumbled = Series([*reversed(history.times_s), *history.times_s], [*reversed(history.levels_m), *history.levels_m])
    again = learn(jumbled, {})
    assert isinstance(again, Gauge)
    assert look(again, window(LEARNT_ON + 50)) == look(trained(), window(LEARNT_ON + 50))


# -- upstream ---------------------------------------------------------------------------------------------------------


def test_the_travel_time_is_found() -> None:
    down, up = (np.array(series.levels_m) for series in river())
    lead = best_lead(down, {"up": up}, 4)
    assert lead is not None
    assert abs(lead.steps / 4 - TRAVEL_H) <= 1.0
    assert lead.correlation > 0.6


def test_a_gauge_that_has_nothing_to_do_with_it_is_not_used() -> None:
    down, other = np.array(river()[0].levels_m), np.array(river(seed=9)[1].levels_m)
    lead = best_lead(down, {"other": other}, 4)
    assert lead is None or lead.correlation < 0.5


def test_water_on_its_way_improves_the_forecast_and_the_model_says_so() -> None:
    gauge = trained_with_upstream()
    assert gauge.upstream == "up"
    assert gauge.plain is not None
    assert gauge.main.score_m < 0.98 * gauge.plain.score_m
    outlook = look(gauge, window(LEARNT_ON + 80), window(LEARNT_ON + 80, river()[1]))
    assert outlook.model is not None
    assert outlook.model.code.endswith("_upstream")
    assert outlook.model.params["upstream"] == "up"
    assert abs(outlook.model.params["lag_min"] - TRAVEL_H * 60) <= 60


def test_without_word_from_upstream_the_forecast_goes_on_alone() -> None:
    gauge = trained_with_upstream()
    recent, silent_since = window(LEARNT_ON + 80), window(LEARNT_ON + 70, river()[1])
    alone = look(gauge, recent, silent_since)
    assert alone.silent is None
    assert alone.model is not None
    assert not alone.model.code.endswith("_upstream")
    assert alone == look(gauge, recent)
    # A reading that comes a few minutes later than ours is no silence.
    nearly = Series([at - 240.0 for at in recent.times_s], window(LEARNT_ON + 80, river()[1]).levels_m)
    said = look(gauge, recent, nearly).model
    assert said is not None
    assert said.code.endswith("_upstream")


# -- silence ----------------------------------------------------------------------------------------------------------


def flat(days: float, every_s: int = STEP_S, level: float = 1.0) -> Series:
    count = int(days * 86400 / every_s)
    return Series([every_s * float(i) for i in range(count)], [level] * count)


@pytest.mark.parametrize(
    ("history", "code"),
    [
        (Series([], []), "forecast.no_history"),
        (Series([0.0], [1.0]), "forecast.no_history"),
        (flat(100, every_s=6 * 3600), "forecast.too_sparse"),
        (part(river()[0], 3 * 96), "forecast.too_little_history"),
        (flat(60), "forecast.too_few_floods"),
        (part(river()[0], 8 * 96), "forecast.too_few_floods"),
    ],
    ids=["nothing", "one reading", "four a day", "three days", "flat", "no floods yet"],
)
def test_too_little_to_learn_from_is_said(history: Series, code: str) -> None:
    reason = learn(history, {})
    assert isinstance(reason, Reason)
    assert reason.code == code


def test_an_old_reading_is_no_base() -> None:
    fresh, old = look(trained(), window(LEARNT_ON), late_s=3600), look(trained(), window(LEARNT_ON), late_s=3 * 3600)
    assert fresh.silent is None
    assert old.silent == Reason("forecast.stale", {"minutes": 180})
    assert (old.points, old.times) == ((), ())
    nothing = trained().look(Series([], []), None, THRESHOLDS, datetime.now(UTC))
    assert nothing.silent == Reason("forecast.no_recent")


@given(st.integers(5, 20 * 4), st.integers(5, 40))
@settings(max_examples=40)
def test_a_gap_is_bridged_by_nobody(ago: int, length: int) -> None:
    """Either the forecast needs nothing from the gap, or it is silent."""
    recent = window(LEARNT_ON + 100)
    end = len(recent.times_s) - ago
    begin = max(1, end - length)
    holed = Series([*recent.times_s[:begin], *recent.times_s[end:]], [*recent.levels_m[:begin], *recent.levels_m[end:]])
    outlook = look(trained(), holed)
    needed = {len(recent.times_s) - 1 - steps for steps in (1, 2, 4, 8, 12, 24, 48, 96)}
    missing = needed & set(range(begin, end))
    bridged = end - begin < 4
    assert (outlook.silent is None) == (bridged or not missing)
    if outlook.silent is not None:
        assert outlook.silent.code == "forecast.gap"


# -- kept -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [trained, trained_with_upstream])
def test_a_kept_gauge_says_the_same(make: object) -> None:
    gauge = make()  # type: ignore[operator]
    again, about = loads(dumps(gauge, {"at": "2026-05-01"}))
    recent, above = window(LEARNT_ON + 200), window(LEARNT_ON + 200, river()[1])
    assert about == {"at": "2026-05-01"}
    assert look(again, recent, above) == look(gauge, recent, above)


@pytest.mark.parametrize("damage", [b"", b"PK", b"not an archive", None, 0.5])
def test_a_damaged_one_is_refused(damage: bytes | float | None) -> None:
    whole = dumps(trained())
    if isinstance(damage, float):
        damage = whole[: int(len(whole) * damage)]
    elif damage is None:
        damage = whole[:200] + bytes(400) + whole[600:]
    with pytest.raises(ValueError, match="gauge"):
        loads(damage)
