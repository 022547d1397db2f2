"""Two real floods: the Aire at Armley in 2015 (Environment Agency) and Dead Run in 2018 (USGS).

The tapes lie beside the project, not in it. Where they are absent - on the build server, in a fresh clone - a drawing
of the same flood takes their place: same station, same days, same moments at which the level passes 3.0, 3.9 and 4.8 m,
straight lines between. What a test says of the one then holds for the other, so nothing is left out anywhere.
"""

import csv
from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

_REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "tapes"
_ARMLEY = _REAL / "aire-armley-2015.csv"
_DEAD_RUN = _REAL / "deadrun-usgs-5min.csv"
ARMLEY_READINGS = 32_160
DEAD_RUN_READINGS = 8_928

#: Level in metres at a moment of 2015; linear between.
_DRAWING = [
    ("05-01 00:00", 0.43), ("11-14 12:00", 0.90),
    ("11-15 03:15", 2.98), ("11-15 03:30", 3.01), ("11-15 12:00", 3.40), ("11-15 22:30", 3.01), ("11-15 22:45", 2.98),
    ("11-16 03:00", 2.80), ("11-16 07:15", 2.99), ("11-16 07:30", 3.01), ("11-16 08:45", 3.02), ("11-16 09:00", 2.98),
    ("11-17 12:00", 1.00), ("12-11 12:00", 1.00),
    ("12-12 16:00", 2.98), ("12-12 16:15", 3.06), ("12-12 22:00", 3.30), ("12-13 03:45", 3.01), ("12-13 04:00", 2.98),
    ("12-14 12:00", 1.00), ("12-25 00:00", 1.00),
    ("12-25 22:15", 2.97), ("12-25 22:30", 3.01), ("12-26 10:00", 3.87), ("12-26 10:15", 3.91), ("12-26 18:00", 4.79),
    ("12-26 18:15", 4.81), ("12-27 02:15", 5.217), ("12-27 12:00", 4.81), ("12-27 12:15", 4.77), ("12-27 18:00", 3.93),
    ("12-27 18:15", 3.89), ("12-27 18:30", 3.86), ("12-27 18:45", 3.84), ("12-27 19:00", 3.79), ("12-28 00:30", 3.01),
    ("12-28 00:45", 2.98), ("12-29 12:00", 1.00), ("12-31 23:45", 0.91),
]  # fmt: skip


def armley() -> list[tuple[datetime, float]]:
    """Moment and level in metres, a reading each 15 minutes from May 2015 to March 2016; the highest is 5.217 m."""
    if not _ARMLEY.exists():
        return drawn_armley()
    with _ARMLEY.open(encoding="utf-8") as lines:
        return [(datetime.fromisoformat(row["time_utc"]), float(row["water_level_m"])) for row in csv.DictReader(lines)]


def armley_file(folder: Path) -> Path:
    """The same as a file in the agency's format; `folder` takes the drawing, if it must be one."""
    if _ARMLEY.exists():
        return _ARMLEY
    rows = (f"{at:%Y-%m-%dT%H:%M:%SZ},{level_m},G\n" for at, level_m in armley())
    return _written(folder / "armley.csv", "time_utc,water_level_m,quality\n", rows)


def dead_run_file(folder: Path) -> Path:
    """June 2018, each five minutes, in the format of the USGS: cubic feet per second, up to 1360, and feet."""
    if _DEAD_RUN.exists():
        return _DEAD_RUN
    site = "USGS:01589330"
    columns = (f"{site}:{code}:00000{kind}" for code in ("00060", "00065") for kind in ("_qualifiers", ""))
    start = datetime(2018, 6, 1, 4, tzinfo=UTC)
    flows_cfs = (max(1360.0 - 10 * abs(index - 500), 12.8) for index in range(DEAD_RUN_READINGS))
    rows = (
        f"{start + timedelta(minutes=5 * index)},A,{flow},A,{0.4 + flow / 200:.2f}\n"
        for index, flow in enumerate(flows_cfs)
    )
    return _written(folder / "dead-run.csv", "datetimeUTC," + ",".join(columns) + "\n", rows)


def drawn_armley() -> list[tuple[datetime, float]]:
    """The drawing, wherever the tests run."""
    points = [(datetime.strptime(f"2015-{at} +0000", "%Y-%m-%d %H:%M %z"), level_m) for at, level_m in _DRAWING]
    moments = [at for at, _ in points]
    made = []
    for index in range(ARMLEY_READINGS):
        at = moments[0] + timedelta(minutes=15 * index)
        after = bisect_right(moments, at)
        if after == len(points):
            made.append((at, points[-1][1]))
            continue
        (left, left_m), (right, right_m) = points[after - 1 : after + 1]
        made.append((at, round(left_m + (right_m - left_m) * ((at - left) / (right - left)), 3)))
    return made


def _written(file: Path, header: str, rows: Iterable[str]) -> Path:
    with file.open("w", encoding="utf-8") as out:
        out.write(header)
        out.writelines(rows)
    return file
