"""The two jobs of the command line and of every host: check a release, brief a release."""

from __future__ import annotations

import os
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from nachra.errors import FileError, NachraError, UnreadableError, WriteError
from nachra.texts import DEFAULT_LANGUAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nachra.findings import Finding
    from nachra.layouts import Layout
    from nachra.reading import Reading

#: what a spreadsheet release is called; "~$" files are Excel's own locks
SUFFIXES = (".xlsx", ".xlsm")


@dataclass(frozen=True, slots=True)
class Briefed:
    """A briefing that was written."""

    release: Path
    sha256: str
    language: str
    outline: str
    path: Path
    findings: dict[str, int]


@dataclass(frozen=True, slots=True)
class Failed:
    """A release that could not be briefed, and why."""

    release: Path
    error: NachraError


@dataclass(frozen=True, slots=True)
class Job:
    """One release to brief into one file."""

    release: Path
    target: Path
    language: str = DEFAULT_LANGUAGE
    author: str = ""


def check_release(path: Path, layouts: tuple[Layout, ...] | None = None) -> tuple[Reading, tuple[Finding, ...]]:
    """Read and check one release; FileError where it cannot be read, whatever the reason."""
    from nachra.checks import check
    from nachra.reading import read_release

    try:
        reading = read_release(path, layouts)
        return reading, check(reading)
    except NachraError:
        raise
    except Exception as error:
        # a traceback is no answer to a civil servant: the defect is ours, and the message says so
        raise UnreadableError("internal", path=str(path), reason=f"{type(error).__name__}: {error}"[:200]) from error


def brief_release(job: Job) -> Briefed:
    """Read, check, compose and write one briefing; FileError where that cannot be done."""
    from nachra.findings import count_by_severity
    from nachra.publish import publish, same_file
    from nachra.sheets import compose
    from nachra.workbook import write_workbook

    if same_file(job.target, job.release):
        raise WriteError("write_over_input", path=str(job.target))
    reading, findings = check_release(job.release)
    try:
        data = write_workbook(compose(reading.release, findings, job.language, job.author))
    except NachraError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        raise UnreadableError("internal", path=str(job.release), reason=reason) from error
    publish(data, job.target)
    counts = count_by_severity(findings)
    return Briefed(job.release, reading.release.sha256, job.language, "complete", job.target, counts)


def find_releases(paths: list[Path], out: Path | None = None) -> list[Path]:
    """Return the releases among files and below folders, each once, in a stable order; "~$" files are skipped.

    So is the folder `out` below a folder that is searched: what an earlier run wrote there is no release.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        if path.is_dir():
            skipped = None
            if out and path.resolve() in out.resolve().parents:
                skipped = path / out.resolve().relative_to(path.resolve())
            for one in sorted(path.rglob("*")):
                is_release = one.suffix.casefold() in SUFFIXES and not one.name.startswith("~$") and one.is_file()
                if is_release and skipped not in one.parents:
                    found.setdefault(one.absolute(), one)
        else:
            found.setdefault(path.absolute(), path)
    return list(found.values())


def plan(releases: list[Path], folder: Path, languages: tuple[str, ...], author: str = "", mark: str = "") -> list[Job]:
    """Give each release × language its own file in a folder, never a release's own; equal names get a number.

    `mark` stands in the names of what is no briefing, so that both may share a folder.
    """
    from nachra.publish import safe_name

    jobs: list[Job] = []
    taken = {release.stem.casefold() for release in releases if release.parent.resolve() == folder.resolve()}
    for release in releases:
        for language in languages:
            stem = name = f"{safe_name(release.stem)}{mark}.{language}"
            count = 1
            while name.casefold() in taken:
                count += 1
                name = f"{stem}-{count}"
            taken.add(name.casefold())
            jobs.append(Job(release, folder / f"{name}.xlsx", language, author))
    return jobs


def run_job(job: Job) -> Briefed | Failed:
    """Run one job to its end, whatever that is."""
    try:
        return brief_release(job)
    except FileError as error:
        return Failed(job.release, error)


def run_jobs(jobs: list[Job], workers: int, executor: Executor | None = None) -> Iterator[tuple[int, Briefed | Failed]]:
    """Run jobs and yield (place in the list, outcome) as they end; any concurrent.futures Executor will do.

    A worker that dies takes down its own job only: what was under way is run again, one process each.
    """
    if workers == 1 and executor is None:
        for place, job in enumerate(jobs):
            yield place, run_job(job)
        return
    pool = executor or ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    done: set[int] = set()
    with pool:
        futures: dict[Future[Briefed | Failed], int] = {}
        for place, job in enumerate(jobs):
            try:
                futures[pool.submit(run_job, job)] = place
            except BrokenExecutor:  # a worker is dead before all jobs are handed out
                break
        for future in as_completed(futures):
            error = future.exception()
            if error is None:
                done.add(futures[future])
                yield futures[future], future.result()
    for place, job in enumerate(jobs):
        if place not in done:
            yield place, _run_alone(job)


def _run_alone(job: Job) -> Briefed | Failed:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(run_job, job).result()
        except Exception as error:
            reason = type(error).__name__
            return Failed(job.release, UnreadableError("internal", path=str(job.release), reason=reason))


def default_workers(jobs: int) -> int:
    """One process for a handful of notes (a process costs as much as ten), else one a core."""
    return 1 if jobs <= 8 else min(os.cpu_count() or 1, jobs, 8)
