"""A backtest as lines of text and as one JSON object."""

import statistics
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from eoc.clock import iso
from eoc.forecast.backtest import CONTENDERS, EARLIEST, HORIZONS_H, OURS, Report
from eoc.words import Language, say

SCOPES = ("rising", "flood", "all")
NAMES = {
    OURS: "backtest.contender.eoc",
    EARLIEST: "backtest.contender.earliest",
    "recession": "backtest.contender.recession",
    "persistence": "backtest.contender.persistence",
    "linear": "backtest.contender.linear",
}
SCHEMES = {"past": "backtest.scheme.past", "others": "backtest.scheme.others"}
TITLES = {"rising": "backtest.scope.rising", "flood": "backtest.scope.flood", "all": "backtest.scope.all"}
_FIGURES = (
    ("backtest.figure.mae", "mae_m", "{:7.3f}"),
    ("backtest.figure.crps", "crps_m", "{:7.3f}"),
    ("backtest.figure.coverage", "coverage", "{:7.0%}"),
)


def moment(report: Report, index: int) -> datetime:
    """The time of a place in the series."""
    return datetime.fromtimestamp(report.grid.at_s(index), UTC)


def lines(report: Report, language: Language) -> Iterator[str]:
    """The table that people read."""

    def word(code: str, **params: Any) -> str:
        return say(code, params, language)

    wide = max(len(word(name)) for name in NAMES.values())
    head = " ".join(f"{hour:>5} h" for hour in HORIZONS_H) + "  |   3-6 h"
    judged = len(report.judged)
    yield word(SCHEMES[report.scheme])
    yield word("backtest.floods", found=len(report.events), judged=judged, step_min=report.grid.step_s // 60)
    for scope in SCOPES:
        scores = {(each.contender, each.hour): each for each in report.scores if each.scope == scope}
        yield ""
        yield word(TITLES[scope], count=max(each.count for each in scores.values()))
        for code, field, form in _FIGURES:
            yield f"{word(code):<{wide + 2}} {head}"
            for name in CONTENDERS:
                figures = " ".join(form.format(getattr(scores[name, hour], field)) for hour in HORIZONS_H)
                middle = form.format(report.mean(scope, name, field))
                yield f"  {word(NAMES[name]):<{wide}} {figures}  | {middle}"
    yield ""
    yield word("backtest.peaks")
    for name in CONTENDERS:
        peak = report.peaks[name]
        facts = {"time_h": f"{peak.time_h:.1f}", "height_m": f"{peak.height_m:.2f}", "bias_m": f"{peak.bias_m:+.2f}"}
        yield f"  {word(NAMES[name]):<{wide}} {word('backtest.peak', **facts)}"
    yield ""
    yield word("backtest.leads")
    for name in (OURS, EARLIEST, *CONTENDERS[1:]):
        yield f"  {word(NAMES[name]):<{wide}} {word('backtest.lead', **_lead(report, name))}"
    yield ""
    yield word("backtest.by_flood")
    for each in report.judged:
        errors = "  ".join(f"{word(NAMES[name])} {each.mae_m[name]:.3f}" for name in CONTENDERS)
        yield f"  {moment(report, each.peak):%Y-%m-%d %H:%M}  {each.peak_m:6.2f} m  n={each.moments:<4} {errors}"
    won = {name: report.won(name) for name in ("persistence", "linear")}
    yield word("backtest.won", judged=judged, **won)
    for number, reason in report.untrained:
        begun = moment(report, report.events[number].start)
        yield f"  {begun:%Y-%m-%d %H:%M}  {say(reason.code, reason.params, language)}"


def _lead(report: Report, name: str) -> dict[str, Any]:
    leads = [each.lead_h for each in report.crossings if each.contender == name]
    share = report.false_share[name]
    return {
        "announced": sum(lead > 0 for lead in leads),
        "crossings": len(leads),
        "median_h": f"{statistics.median(leads):.2f}" if leads else "-",
        "false": "-" if share != share else f"{share:.0%}",
    }


def as_record(report: Report) -> dict[str, Any]:
    """Everything as JSON values; figures that could not be formed are null."""
    return {
        "scheme": str(report.scheme),
        "step_min": report.grid.step_s // 60,
        "floods": len(report.events),
        "judged": [
            {
                "start": iso(moment(report, each.start)),
                "peak": iso(moment(report, each.peak)),
                "peak_m": each.peak_m,
                "moments": each.moments,
                "model": each.model,
                "mae_3_6h_m": {name: _number(value) for name, value in each.mae_m.items()},
            }
            for each in report.judged
        ],
        "untrained": [
            {"start": iso(moment(report, report.events[number].start)), **reason.as_json()}
            for number, reason in report.untrained
        ],
        "scores": [
            {
                "scope": each.scope,
                "contender": each.contender,
                "hour": each.hour,
                "n": each.count,
                "mae_m": _number(each.mae_m),
                "crps_m": _number(each.crps_m),
                "coverage": _number(each.coverage),
            }
            for each in report.scores
        ],
        "mean_3_6h": {
            scope: {
                name: {field: _number(report.mean(scope, name, field)) for _, field, _ in _FIGURES}
                for name in CONTENDERS
            }
            for scope in SCOPES
        },
        "floods_won": {name: report.won(name) for name in CONTENDERS if name != OURS},
        "peaks": {
            name: {"n": peak.count, "time_h": _number(peak.time_h), "height_m": _number(peak.height_m)}
            for name, peak in report.peaks.items()
        },
        "leads": [
            {
                "contender": each.contender,
                "threshold_m": each.threshold_m,
                "at": iso(moment(report, each.index)),
                "lead_h": each.lead_h,
            }
            for each in report.crossings
        ],
        "false_share": {name: _number(share) for name, share in report.false_share.items()},
    }


def _number(value: float) -> float | None:
    return None if value != value else round(value, 4)
