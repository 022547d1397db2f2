"""One gauge as the rest of the product sees it: learn from plain lists, look ahead, be kept as bytes."""

import io
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np

from eoc.forecast import grid as grids
from eoc.forecast.analogs import Analogs
from eoc.forecast.calibration import Widening
from eoc.forecast.moments import HOURS, LOOK_BACK_H, Moments, Norm
from eoc.forecast.outlook import Outlook, Point, TrainedOn, reaches
from eoc.forecast.quantiles import HIGH, LIKELY, LOW, Array
from eoc.forecast.recession import Recession
from eoc.forecast.training import Forecaster, train
from eoc.forecast.upstream import Lead
from eoc.model import Reason

RECENT = timedelta(hours=LOOK_BACK_H + 1)
"""How much of the newest readings `Gauge.look` wants."""
STALE = timedelta(hours=2)
_FORMAT = 1


class Series(NamedTuple):
    """Good readings of one gauge: seconds since 1970 (UTC) and levels in metres, in any order."""

    times_s: Sequence[float]
    levels_m: Sequence[float]


@dataclass(frozen=True, slots=True)
class Gauge:
    """A trained gauge. `plain` does without the gauge upstream, for the hours in which that one is silent."""

    main: Forecaster
    plain: Forecaster | None
    since: datetime
    until: datetime

    @property
    def upstream(self) -> str | None:
        """The station upstream that is used."""
        return self.main.lead.station if self.main.lead else None

    def look(
        self, recent: Series, upstream: Series | None, thresholds: Sequence[tuple[str, float]], now: datetime
    ) -> Outlook:
        """The next 24 hours from the newest reading, or the reason for silence."""
        times, levels = grids.clean(*recent)
        if len(times) == 0:
            return silent("forecast.no_recent")
        made_at = datetime.fromtimestamp(float(times[-1]), UTC)
        if now - made_at > max(STALE, timedelta(seconds=3 * self.main.step_s)):
            minutes = round((now - made_at).total_seconds() / 60)
            return silent("forecast.stale", made_at, minutes=minutes)
        grid = grids.on_grid(times, levels, self.main.step_s)
        for forecaster in (self.main, self.plain):
            asked = _newest(forecaster, grid, upstream) if forecaster else None
            if forecaster is not None and asked is not None:
                points = _points(forecaster, asked, made_at, float(levels[-1]))
                return Outlook(
                    made_at,
                    None,
                    model_reason(forecaster),
                    TrainedOn(self.since, self.until, forecaster.samples, forecaster.floods),
                    points,
                    reaches(made_at, float(levels[-1]), points, thresholds),
                )
        return silent("forecast.gap", made_at, hours=24)


def learn(history: Series, upstream: Mapping[str, Series]) -> Gauge | Reason:
    """Train a gauge; takes a second or two for a year of readings. A Reason when there is too little to learn from."""
    grid = grid_of(history)
    if isinstance(grid, Reason):
        return grid
    others = {name: level for name, series in upstream.items() if (level := _beside(series, grid)) is not None}
    main = train(grid, others)
    if isinstance(main, Reason):
        return main
    plain = train(grid) if main.lead is not None else None
    since, until = (datetime.fromtimestamp(grid.at_s(index), UTC) for index in (0, len(grid.values) - 1))
    return Gauge(main, None if isinstance(plain, Reason) else plain, since, until)


def grid_of(history: Series) -> grids.Grid | Reason:
    """A history at its gauge's own pace; a Reason when that is too slow or there is nothing."""
    times, levels = grids.clean(*history)
    interval_s = grids.usual_interval_s(times)
    if interval_s is None:
        return Reason("forecast.no_history", {})
    step_s = grids.step_for(interval_s)
    if step_s is None:
        return Reason("forecast.too_sparse", {"minutes": round(interval_s / 60), "most": grids.SLOWEST_S // 60})
    return grids.on_grid(times, levels, step_s)


def silent(code: str, made_at: datetime | None = None, **params: Any) -> Outlook:
    """No forecast, and why."""
    return Outlook(made_at, Reason(code, params))


def model_reason(forecaster: Forecaster) -> Reason:
    """How the forecast is made, for people: method, gauge upstream and travel time."""
    facts: dict[str, Any] = {"floods": forecaster.floods, "step_min": forecaster.step_s // 60}
    if forecaster.lead is not None:
        facts |= {"upstream": forecaster.lead.station, "lag_min": forecaster.lead.steps * forecaster.step_s // 60}
    if isinstance(forecaster.method, Analogs):
        facts["neighbours"] = forecaster.method.neighbours
        return Reason("forecast.model.analogs_upstream" if forecaster.lead else "forecast.model.analogs", facts)
    return Reason("forecast.model.recession_upstream" if forecaster.lead else "forecast.model.recession", facts)


def _beside(series: Series, grid: grids.Grid) -> Array | None:
    """Another gauge on our grid; None where it says nothing."""
    times, levels = grids.clean(*series)
    if len(times) < 2:
        return None
    end_s = grid.at_s(len(grid.values) - 1)
    hold_s = 2.0 * grid.step_s
    return grids.on_grid(times, levels, grid.step_s, start_s=grid.start_s, end_s=end_s, hold_s=hold_s).values


def _newest(forecaster: Forecaster, grid: grids.Grid, upstream: Series | None) -> Moments | None:
    """The newest moment as the model wants it; None when something of it is missing."""
    beside = _beside(upstream, grid) if upstream is not None and forecaster.lead is not None else None
    described = forecaster.describe(grid, beside)
    last = np.flatnonzero(described.index == len(grid.values) - 1)
    return described.rows(last) if len(last) else None


def _points(forecaster: Forecaster, asked: Moments, made_at: datetime, level_m: float) -> tuple[Point, ...]:
    changes = forecaster.quantiles(asked)[0]
    return tuple(
        Point(made_at + timedelta(hours=hour + 1), *(round(level_m + float(changes[hour, q]), 3) for q in _BAND))
        for hour in range(HOURS)
    )


_BAND = (LOW, LIKELY, HIGH)


# -- as bytes ---------------------------------------------------------------------------------------------------------


def dumps(gauge: Gauge, about: Mapping[str, Any] | None = None) -> bytes:
    """A gauge to keep, with whatever its keeper wants to know about it (JSON values)."""
    arrays: dict[str, Any] = {}
    meta: dict[str, Any] = {"format": _FORMAT, "about": dict(about or {})}
    meta |= {"since": gauge.since.isoformat(), "until": gauge.until.isoformat()}
    for name, forecaster in (("main", gauge.main), ("plain", gauge.plain)):
        if forecaster is None:
            continue
        lead, norm, method = forecaster.lead, forecaster.norm, forecaster.method
        meta[name] = {
            "method": type(method).__name__,
            "step_s": forecaster.step_s,
            "norm": [norm.reference_m, norm.lowest_m, norm.spread_m, norm.resolution_m],
            "lead": [lead.station, lead.steps, lead.correlation] if lead else None,
            "floods": forecaster.floods,
            "samples": forecaster.samples,
            "score_m": forecaster.score_m,
            "least_m": forecaster.widening.least_m,
        }
        arrays[f"{name}.factors"] = forecaster.widening.factors
        fields = Analogs.__dataclass_fields__ if isinstance(method, Analogs) else ("coefficients", "errors")
        arrays |= {f"{name}.{field}": getattr(method, field) for field in fields}
    out = io.BytesIO()
    np.savez_compressed(out, meta=np.frombuffer(json.dumps(meta).encode(), np.uint8), **arrays)
    return out.getvalue()


def loads(stored: bytes) -> tuple[Gauge, dict[str, Any]]:
    """The inverse: the gauge and `about`; ValueError for anything that is not a gauge of this version."""
    try:
        with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
            meta = json.loads(arrays["meta"].tobytes())
            main = _forecaster(meta["main"], "main", arrays)
            plain = _forecaster(meta["plain"], "plain", arrays) if "plain" in meta else None
            since, until = (datetime.fromisoformat(meta[name]) for name in ("since", "until"))
            about: dict[str, Any] = meta["about"]
    except (ValueError, TypeError, KeyError, EOFError, OSError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError("not a kept gauge") from error
    if meta.get("format") != _FORMAT:
        raise ValueError("a gauge of another version")
    return Gauge(main, plain, since, until), about


def _forecaster(meta: Mapping[str, Any], name: str, arrays: Mapping[str, Any]) -> Forecaster:
    def of(field: str) -> Any:
        return arrays[f"{name}.{field}"]

    method: Analogs | Recession
    if meta["method"] == "Analogs":
        method = Analogs(**{field: of(field) for field in Analogs.__dataclass_fields__})
    else:
        method = Recession(of("coefficients"), of("errors"))
    return Forecaster(
        meta["step_s"],
        Norm(*meta["norm"]),
        method,
        Widening(of("factors"), meta["least_m"], meta["norm"][-1]),
        Lead(*meta["lead"]) if meta["lead"] else None,
        meta["floods"],
        meta["samples"],
        meta["score_m"],
    )
