"""A library of many editions: reading it cold, out of the index, the answers, one cell.

uv run python tests/benchmarks/library.py [EDITIONS]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))
EDITIONS = int(sys.argv[1]) if len(sys.argv) > 1 else 60


def timed(title: str, job: object, count: int = 1) -> object:
    """Run a job and print its time; the mean of `count` runs, in microseconds where that is short."""
    start = time.perf_counter()
    for _ in range(count):
        found = job()  # type: ignore[operator]
    spent = (time.perf_counter() - start) / count
    shown = f"{spent * 1e6:10.1f} µs" if spent < 0.001 else f"{spent * 1000:10.1f} ms"
    print(f"  {title:<58}{shown}")
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        os.environ["XDG_CACHE_HOME"] = place
        from editions_made import LATER, written

        from nachra import asking, functions
        from nachra.library import FolderLibrary, answers_of_folder
        from nachra.library.admission import import_releases
        from nachra.library.contents import load
        from nachra.library.index import Index
        from nachra.library.places import index_file

        folder, incoming = Path(place) / "library", Path(place) / "incoming"
        incoming.mkdir()
        dates = [f"{2020 + number // 12}-{number % 12 + 1:02}" for number in range(EDITIONS)]
        paths = [written(incoming / f"edition-{date}.xlsx", LATER, date) for date in dates]
        print(f"{EDITIONS} synthetic editions of {len(LATER)} lines")
        timed("import them all", lambda: list(import_releases(folder, paths)))
        Index(index_file(folder)).forget()
        timed("answers, every file read", lambda: answers_of_folder(folder))
        timed("contents, out of the index", lambda: load(folder))
        timed("answers, out of the index", lambda: answers_of_folder(folder), 3)
        provider = FolderLibrary(folder)
        asking.set_provider(provider)
        functions.export_growth()
        provider.wait = float("inf")
        timed('EXPORT_GROWTH("TOTAL";2024)', lambda: functions.export_growth("TOTAL", 2024), 20000)
        timed('EXPORT_GROWTH("TOTAL";2024;"2021-06")', lambda: functions.export_growth("TOTAL", 2024, "2021-06"), 20000)


if __name__ == "__main__":
    main()
