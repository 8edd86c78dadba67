"""How often a year's outlook holds: each past year estimated from its first quarters, the estimate against the outcome.

uv run python tests/benchmarks/outlook.py RELEASE...

Data: the quarterly index of exports of the Haut-Commissariat au Plan (2020-Q1 to 2025-Q3, nine series), or any release
with quarters, half-years or months. Each estimate uses only what was known before: the years that came earlier.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

from nachra.errors import IncomparableError
from nachra.history import History, histories
from nachra.jobs import check_release
from nachra.outlook import LEVEL, covering, outlook
from nachra.periods import Period

QUARTERS = (3, 6, 9)


def known_until(history: History, year: int, month: int) -> History:
    """The history as it stood at the end of a month: earlier years, and this one's periods up to then."""
    points = {
        period: point
        for period, point in history.points.items()
        if period.year < year or (period.year == year and period.last <= month)
    }
    return History(history.series, history.methodology, points)


def main(paths: list[Path]) -> int:
    """Print the mean absolute error and the coverage, by months known and by past years."""
    releases = [check_release(path)[0].release for path in paths]
    errors: dict[int, list[float]] = defaultdict(list)
    naive: dict[int, list[float]] = defaultdict(list)
    inside: dict[tuple[str, int], list[bool]] = defaultdict(list)
    for history in histories(releases).values():
        for year in sorted({period.year for period in history.points}):
            outcome = covering(history, Period(year))
            before = covering(history, Period(year - 1))
            if outcome is None:
                continue
            for month in QUARTERS:
                try:
                    found = outlook(known_until(history, year, month), year)
                except IncomparableError:
                    continue
                actual = outcome[0].value
                errors[month].append(float(abs(found.value / actual - 1)))
                if before:
                    naive[month].append(float(abs(before[0].value / actual - 1)))
                if found.interval:
                    held = found.interval.low <= actual <= found.interval.high
                    inside["months", month].append(held)
                    inside["years", len(found.ratios)].append(held)
    if not errors:
        print("no year that can be tested in", *paths)
        return 1
    print("known      estimates  mean absolute error  same as last year")
    for month, found_errors in sorted(errors.items()):
        mean, other = (sum(one) / len(one) for one in (found_errors, naive[month]))
        print(f"{month:2} months {len(found_errors):11} {mean:20.2%} {other:18.2%}")
    total = [held for (kind, _), every in inside.items() if kind == "months" for held in every]
    print(f"interval of {LEVEL:.0%}: {sum(total)} of {len(total)} outcomes inside ({sum(total) / len(total):.1%})")
    for (kind, number), every in sorted(inside.items()):
        print(f"  {kind:6} {number:2}: {sum(every)} of {len(every)} ({sum(every) / len(every):.0%})")
    return 0


if __name__ == "__main__":
    sys.exit(main([Path(one) for one in sys.argv[1:]]))
