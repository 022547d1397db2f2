"""A pytest plugin: a test that is skipped, or expected to fail, is a failure.

A skipped test looks like a passed one in the summary line and protects nothing. What is missing - a program, a tape, a
description - is fetched by the set-up or replaced by something small that is made for the test.
"""

from collections.abc import Generator
from typing import Any

import pytest

ADVICE = "There are no skipped tests here: fetch what is missing in tools/setup.py, or make a small stand-in for it."


def _failed(report: Any, what: str) -> None:
    reason = getattr(report, "wasxfail", "") or (report.longrepr[2] if isinstance(report.longrepr, tuple) else "")
    if hasattr(report, "wasxfail"):
        del report.wasxfail  # else the terminal goes on calling it "xfailed"
    report.outcome = "failed"
    report.longrepr = f"{what} ({reason}).\n{ADVICE}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped:
        _failed(report, "The test was expected to fail" if hasattr(report, "wasxfail") else "The test was skipped")
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped:
        _failed(report, "The whole file was skipped")
    return report
