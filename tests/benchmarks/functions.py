"""The cost of a cell: library and number calls, a range, the first answer and the JSON, against a bare expression.

uv run python tests/benchmarks/functions.py
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
RELEASES = ROOT / "workbooks" / "releases"
ROWS = 1000
REPEATS = 9


def per_call(job: Callable[[], object], seconds: float = 0.05) -> float:
    """Return the median time of one call in seconds."""
    job()
    count = 1
    while True:
        start = time.perf_counter()
        for _ in range(count):
            job()
        spent = time.perf_counter() - start
        if spent >= seconds:
            break
        count *= 4
    times = [spent / count]
    for _ in range(REPEATS - 1):
        start = time.perf_counter()
        for _ in range(count):
            job()
        times.append((time.perf_counter() - start) / count)
    return statistics.median(times)


def main() -> None:
    start = time.perf_counter()
    from nachra import asking, functions
    from nachra.library import FolderLibrary

    provider = FolderLibrary(RELEASES)
    asking.set_provider(provider)
    functions.export_growth("TOTAL", "S1 2025")
    cold = time.perf_counter() - start
    from nachra.answers import Answers
    from nachra.library.contents import signature

    packed = provider.answers().to_json()
    provider.clock = lambda: 0.0  # the folder is looked at once a second: not part of a call
    provider.looked = 0.0
    now = tuple((float(row + 1),) for row in range(ROWS))
    before = tuple((float(row + 2),) for row in range(ROWS))
    plain_now, plain_before = [row[0] for row in now], [row[0] for row in before]
    a, b = 110.0, 100.0
    scalar: dict[str, Callable[[], object]] = {
        'EXPORT_GROWTH("TOTAL","S1 2025")': lambda: functions.export_growth("TOTAL", "S1 2025"),
        "EXPORT_GROWTH()": lambda: functions.export_growth(),
        'EXPORT_CAGR("TOTAL@historique",2009,2023)': lambda: functions.export_cagr("TOTAL@historique", 2009, 2023),
        "EXPORT_GROWTH(110,100)": lambda: functions.export_growth(a, b),
        "bare Python: a / b - 1": lambda: a / b - 1,
    }
    show("One cell", {name: per_call(job) for name, job in scalar.items()})
    ranges: dict[str, Callable[[], object]] = {
        f"EXPORT_GROWTH on {ROWS} x 2": lambda: functions.export_growth(now, before),
        f"bare Python: {ROWS} x a / b - 1": lambda: [x / y - 1 for x, y in zip(plain_now, plain_before, strict=True)],
    }
    show("One range", {name: per_call(job) for name, job in ranges.items()})
    loading: dict[str, Callable[[], object]] = {
        f"Answers.from_json, {len(packed) // 1000} kB": lambda: Answers.from_json(packed),
        "look at the folder (once a second)": lambda: signature(RELEASES),
    }
    show("Loading", {name: per_call(job) for name, job in loading.items()})
    print(f"\nCold first answer, imports and {len(list(RELEASES.glob('*.xlsx')))} releases read: {cold * 1000:.0f} ms")


def show(title: str, times: dict[str, float]) -> None:
    """Print microseconds, and the ratio to the last line."""
    peer = list(times.values())[-1]
    print(f"\n{title}")
    for name, seconds in times.items():
        print(f"  {name:<46} {seconds * 1e6:10.2f} µs   {seconds / peer:8.1f} x")


if __name__ == "__main__":
    sys.exit(main())
