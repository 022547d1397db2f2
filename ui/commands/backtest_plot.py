"""Draws a backtest as an operator would want to see it: the floods, the fans, the figures. Vietnamese, then English."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.dates import DateFormatter
from matplotlib.figure import Figure

from eoc.forecast.backtest import CONTENDERS, HORIZONS_H, OURS, Judged, Report
from eoc.forecast.quantiles import HIGH, LIKELY, LOW, NOMINAL_COVERAGE
from eoc.words import say
from ui.commands.backtest_table import NAMES, SCHEMES, moment

INK, QUIET, GRID = "#101a23", "#566676", "#d0d9e1"
WATER, BAND = "#0b5a94", "#6ac9f9"
LINES = {OURS: WATER, "recession": "#0a6b3e", "persistence": "#7f90a0", "linear": "#c16f1c"}
MARKS = {OURS: "o", "recession": "^", "persistence": "s", "linear": "D"}
THRESHOLDS = ("#c9a400", "#c16f1c", "#c2264d", "#814cae")
PARTS = {
    "rising": "backtest.plot.scope_rising",
    "flood": "backtest.plot.scope_flood",
    "all": "backtest.plot.scope_all",
}
_FANS = 5
_SHOWN = 2


def draw(report: Report, title: str, target: Path, thresholds: Sequence[float]) -> Path:
    """Write the picture; returns where."""
    style: Any = {"font.size": 9, "axes.edgecolor": QUIET, "axes.labelcolor": INK}
    with mpl.rc_context(style | {"xtick.color": QUIET, "ytick.color": QUIET}):
        figure = Figure(figsize=(15, 12), dpi=110, layout="constrained", facecolor="white")
        floods = sorted(report.judged, key=lambda each: -each.peak_m)[:_SHOWN]
        places = figure.subplot_mosaic("aaaaaa;bbbccc;ddeeff")
        _whole(places["a"], report, thresholds)
        for number, axes in enumerate((places["b"], places["c"])):
            if number < len(floods):
                _flood(axes, report, floods[number], thresholds)
            else:
                axes.set_axis_off()
        _curve(places["d"], report, "mae_m", "backtest.plot.mae")
        _curve(places["e"], report, "crps_m", "backtest.plot.crps")
        _coverage(places["f"], report)
        heading = _both("backtest.plot.title", " · ", title=title)
        figure.suptitle(f"{heading}\n{_both(SCHEMES[report.scheme], ' · ')}", fontsize=12, color=INK)
        target.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(target)
    return target


def _both(code: str, between: str = " / ", **params: Any) -> str:
    first, second = say(code, params, "vi"), say(code, params, "en")
    return first if first == second else f"{first}{between}{second}"


def _plain(axes: Any, title: str, unit: str | None = "backtest.plot.level") -> None:
    axes.set_title(title, loc="left", fontsize=10, color=INK, fontweight="bold")
    axes.grid(color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if unit:
        axes.set_ylabel(_both(unit))


def _dates(axes: Any) -> None:
    """Days and hours as people here write them."""
    first, last = axes.get_xlim()  # in days
    form: Any = DateFormatter
    axes.xaxis.set_major_formatter(form("%H:%M\n%d/%m" if last - first < 8 else "%d/%m/%y"))


def _levels(axes: Any, thresholds: Sequence[float]) -> None:
    for colour, level in zip(THRESHOLDS, thresholds, strict=False):
        axes.axhline(level, color=colour, linewidth=1.2, linestyle=(0, (6, 3)), zorder=1.5)
        axes.annotate(
            f"{level:g} m", (1.0, level), xycoords=("axes fraction", "data"), xytext=(-2, 2),
            textcoords="offset points", ha="right", color=colour, fontweight="bold",
        )  # fmt: skip


def _whole(axes: Any, report: Report, thresholds: Sequence[float]) -> None:
    """The record, with the floods that were found and those that were forecast."""
    every = max(1, report.grid.per_hour // 4)
    indices = range(0, len(report.grid.values), every)
    axes.plot([moment(report, i) for i in indices], report.grid.values[::every], color=WATER, linewidth=1.0)
    judged = {each.start for each in report.judged}
    for number, event in enumerate(report.events, start=1):
        begin, end = moment(report, event.rises[0].onset), moment(report, event.last_peak)
        axes.axvspan(begin, end, color=BAND if event.start in judged else GRID, alpha=0.55, linewidth=0)
        high = max(float(report.grid.values[rise.peak]) for rise in event.rises)
        axes.annotate(str(number), (end, high), xytext=(0, 3), textcoords="offset points", ha="center", color=QUIET)
    _levels(axes, thresholds)
    _plain(axes, _both("backtest.plot.record", " · "))
    _dates(axes)
    axes.margins(x=0.01)


def _flood(axes: Any, report: Report, flood: Judged, thresholds: Sequence[float]) -> None:
    """One flood with the fans that were issued on its rising limbs."""
    per_hour = report.grid.per_hour
    number = next(i for i, event in enumerate(report.events) if event.start == flood.start)
    event = report.events[number]
    fans = _issued(report, number, flood)
    before = 6 * per_hour
    first = max(0, (fans[0][1] if fans else event.rises[0].onset) - before)
    last = min(len(report.grid.values) - 1, max(event.last_peak, flood.peak) + 24 * per_hour)
    times = [moment(report, i) for i in range(first, last + 1)]
    hours = 24 if last - first > 36 * per_hour else 12
    for place, (row, index) in enumerate(fans):
        at = [moment(report, index + h * per_hour) for h in range(hours + 1)]
        now = float(report.grid.values[index])
        quantiles = report.forecasts.quantiles[OURS][row]
        low, likely, high = ([now, *(now + quantiles[:hours, q])] for q in (LOW, LIKELY, HIGH))
        label = _both("backtest.plot.band") if place == 0 else None
        axes.fill_between(at, low, high, color=BAND, alpha=0.35, linewidth=0, label=label, zorder=2)
        axes.plot(at, likely, color=WATER, linewidth=1.3, linestyle=(0, (4, 2)), zorder=3,
                  label=_both("backtest.plot.likely") if place == 0 else None)  # fmt: skip
        axes.plot(at[:1], [now], marker="o", color=WATER, markersize=5, zorder=5)
    axes.plot(times, report.grid.values[first : last + 1], color=INK, linewidth=1.8, zorder=4,
              label=_both("backtest.plot.measured"))  # fmt: skip
    _levels(axes, thresholds)
    peak = moment(report, flood.peak)
    facts = {"number": number + 1, "at": f"{peak:%d/%m/%Y %H:%M}", "peak": f"{flood.peak_m:.2f}"}
    _plain(axes, _both("backtest.plot.flood", " · ", **facts))
    axes.set_xlim(times[0], times[-1])
    # A very wide band must not squeeze the flood itself.
    highest = max(float(report.grid.values[i]) for i in range(first, last + 1))
    lowest = min(float(report.grid.values[i]) for i in range(first, last + 1))
    axes.set_ylim(lowest - 0.15 * (highest - lowest), min(axes.get_ylim()[1], highest + 0.8 * (highest - lowest)))
    _dates(axes)
    axes.legend(frameon=False, loc="upper left", fontsize=8)


def _issued(report: Report, number: int, flood: Judged) -> list[tuple[int, int]]:
    """(row, index into the series) of a few forecasts spread over the rising limbs that lead to the peak."""
    asked = report.forecasts.asked.index
    rows = [
        row
        for row, (index, of) in enumerate(zip(asked.tolist(), report.forecasts.flood.tolist(), strict=True))
        if of == number and report.on_limb[index] and index <= flood.peak
    ]
    # Long limbs begin slowly: what is worth seeing are the last 24 hours before the peak.
    rows = [row for row in rows if flood.peak - asked[row] <= 24 * report.grid.per_hour]
    if not rows:
        return []
    span = max(1, len(rows) - 1)
    chosen = sorted({rows[round(span * k / _FANS)] for k in range(_FANS)}) if len(rows) > _FANS else rows
    return [(row, int(asked[row])) for row in chosen]


def _curve(axes: Any, report: Report, field: str, title: str) -> None:
    """A figure by hours ahead, on rising limbs; the horizons that must be won are shaded."""
    axes.axvspan(2, 5, color=GRID, alpha=0.5, linewidth=0)
    for name in CONTENDERS:
        values = [getattr(each, field) for each in report.scores if each.scope == "rising" and each.contender == name]
        axes.plot(range(len(HORIZONS_H)), values, color=LINES[name], marker=MARKS[name], markersize=5,
                  linewidth=2.2 if name == OURS else 1.3, label=_both(NAMES[name]))  # fmt: skip
    _plain(axes, _both(title, "\n"), None)
    ours = [getattr(each, field) for each in report.scores if each.scope == "rising" and each.contender != "linear"]
    axes.set_ylim(0, 1.25 * max(ours))
    _hours(axes)
    axes.set_ylabel("m")
    axes.legend(frameon=False, fontsize=8, loc="upper left")


def _coverage(axes: Any, report: Report) -> None:
    """The share of truths in the 80 % band, by hours ahead."""
    axes.axhspan(100 * NOMINAL_COVERAGE - 5, 100 * NOMINAL_COVERAGE + 5, color=GRID, alpha=0.7, linewidth=0)
    axes.axhline(100 * NOMINAL_COVERAGE, color=QUIET, linewidth=0.8)
    looks = (("rising", "-", 2.2), ("flood", "--", 1.3), ("all", ":", 1.3))
    for scope, look, width in looks:
        values = [100 * each.coverage for each in report.scores if each.scope == scope and each.contender == OURS]
        axes.plot(range(len(HORIZONS_H)), values, color=WATER, linestyle=look, linewidth=width, marker="o",
                  markersize=4, label=_both(PARTS[scope]))  # fmt: skip
    _plain(axes, _both("backtest.plot.coverage", "\n"), None)
    axes.set_ylim(40, 100)
    axes.set_ylabel("%")
    _hours(axes)
    axes.legend(frameon=False, fontsize=8, loc="lower left")


def _hours(axes: Any) -> None:
    axes.set_xticks(range(len(HORIZONS_H)), [str(hour) for hour in HORIZONS_H])
    axes.set_xlabel(_both("backtest.plot.hours"))
