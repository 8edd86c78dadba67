"""Start-up, reading, writing and batches, each against a peer measured in the same run.

uv run python tests/benchmarks/speed.py
"""

from __future__ import annotations

import io
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
RELEASE = ROOT / "workbooks" / "releases" / "annuelle-2024.xlsx"
REPEATS = 15
BATCH = 60


def median_of(jobs: dict[str, Callable[[], object]], repeats: int = REPEATS) -> dict[str, float]:
    """Run the jobs in turn, so that all meet the same machine; return each one's median in seconds."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for job in jobs.values():
        job()
    for _ in range(repeats):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(found) for name, found in times.items()}


def show(title: str, medians: dict[str, float]) -> None:
    """Print a table: milliseconds, and the ratio to the last job, which is the peer."""
    peer = list(medians.values())[-1]
    print(f"\n{title}")
    for name, seconds in medians.items():
        print(f"  {name:<44} {seconds * 1000:9.1f} ms   {seconds / peer:6.2f} x")


def command(*arguments: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def start_up() -> None:
    jobs = {
        "nachra --help": command("-m", "nachra.cli", "--help"),
        "nachra check, one release": command("-m", "nachra.cli", "check", str(RELEASE)),
        "import pandas": command("-c", "import pandas"),
        "bare Python": command("-c", "pass"),
    }
    show("Start-up (whole process)", median_of(jobs, 7))


def reading() -> None:
    import openpyxl
    import python_calamine

    from nachra.guard import admit
    from nachra.layouts import load_layouts
    from nachra.reading import read_release

    data = RELEASE.read_bytes()
    layouts = load_layouts()

    def calamine() -> None:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python(skip_empty_area=False)

    jobs: dict[str, Callable[[], object]] = {
        "nachra: guard, two readers, layout, release": lambda: read_release(RELEASE, layouts),
        "nachra: guard alone": lambda: admit(RELEASE),
        "python-calamine alone": calamine,
        "openpyxl alone": lambda: openpyxl.load_workbook(io.BytesIO(data)),
    }
    show(f"Reading {RELEASE.name}", median_of(jobs))


def writing() -> None:
    from nachra.checks import check
    from nachra.reading import read_release
    from nachra.sheets import compose
    from nachra.workbook import write_workbook

    reading = read_release(RELEASE)
    findings = check(reading)
    briefing = compose(reading.release, findings)
    frame = reading.release.to_frame()

    def pandas_alone() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame.to_excel(io.BytesIO(), sheet_name="Données", engine="xlsxwriter")

    jobs: dict[str, Callable[[], object]] = {
        "nachra: checks": lambda: check(reading),
        "nachra: compose the description": lambda: compose(reading.release, findings),
        "nachra: write seven sheets, formulas, charts": lambda: write_workbook(briefing),
        "pandas.to_excel of the observations alone": pandas_alone,
    }
    show("Checking and writing", median_of(jobs))


def batch() -> None:
    from nachra.jobs import Failed, Job, run_jobs

    print(f"\nBatch of {BATCH} briefings")
    with tempfile.TemporaryDirectory() as folder:
        jobs = [Job(RELEASE, Path(folder) / str(place)) for place in range(BATCH)]
        alone = 0.0
        for workers in (1, 2):
            start = time.perf_counter()
            outcomes = [one for _, found in run_jobs(jobs, workers) for one in found]
            seconds = time.perf_counter() - start
            assert not any(isinstance(one, Failed) for one in outcomes)
            alone = alone or seconds
            print(f"  {workers} process(es)  {BATCH / seconds:8.1f} briefings/s   {alone / seconds:6.2f} x")


if __name__ == "__main__":
    start_up()
    reading()
    writing()
    batch()
