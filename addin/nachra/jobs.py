"""The two jobs of the command line and of every host: check a release, brief a release."""

from __future__ import annotations

import os
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from nachra.errors import DisagreementError, FileError, NachraError, UnreadableError, UsageError, WriteError
from nachra.outlines import DEFAULT_OUTLINE
from nachra.texts import DEFAULT_LANGUAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nachra.findings import Finding
    from nachra.formats import Style
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
    series: str
    path: Path
    findings: dict[str, int]


@dataclass(frozen=True, slots=True)
class Failed:
    """A release that could not be briefed, and why."""

    release: Path
    error: NachraError


Outcome = Briefed | Failed


@dataclass(frozen=True, slots=True)
class Job:
    """One release to brief, in every language by every outline asked for.

    Its briefings are `<stem>.<outline>[-<series>].<language>.xlsx`; or `target`, where there is only one.
    """

    release: Path
    stem: Path
    languages: tuple[str, ...] = (DEFAULT_LANGUAGE,)
    outlines: tuple[str, ...] = (DEFAULT_OUTLINE,)
    series: str = ""
    """The only series to make outlines by series of; "" for each of the release's parts."""
    author: str = ""
    target: Path | None = None
    style: Style = "cldr"
    """How numbers are written: see formats.Manner."""


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


def brief_release(job: Job) -> list[Outcome]:
    """Read and check one release, then compose and write its briefings; one that cannot be written costs only itself.

    Raises FileError where the release cannot be read, UsageError for an outline, a series or a target that does not
    go with it.
    """
    from nachra.outlines import load_outline
    from nachra.sheets import subjects

    reading, findings = check_release(job.release)
    asked: list[tuple[str, str, str]] = []
    for outline in job.outlines:
        plan = load_outline(outline)
        codes = (job.series,) if job.series and plan.each == "series" else subjects(reading.release, plan)
        if not codes and len(job.outlines) == 1:
            raise UnreadableError("no_parts", path=str(job.release))
        asked += [(language, outline, code) for code in codes for language in job.languages]
    if job.target and len(asked) > 1:
        raise UsageError("one_file")
    return [_write(job, reading, findings, *one) for one in asked]


def _write(
    job: Job, reading: Reading, findings: tuple[Finding, ...], language: str, outline: str, series: str
) -> Outcome:
    from nachra.findings import count_by_severity
    from nachra.publish import publish, safe_name, same_file
    from nachra.sheets import compose
    from nachra.workbook import write_workbook

    kind = f"{outline}-{safe_name(series)}" if series else outline
    target = job.target or job.stem.with_name(f"{job.stem.name}.{kind}.{language}.xlsx")
    try:
        if same_file(target, job.release):
            raise WriteError("write_over_input", path=str(target))
        briefing = compose(reading.release, findings, language, job.author, outline, series, job.style)
        publish(write_workbook(briefing), target)
    except FileError as error:
        return Failed(job.release, error)
    except UsageError:
        raise
    except DisagreementError as error:
        error.path = str(job.release)
        return Failed(job.release, error)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        return Failed(job.release, UnreadableError("internal", path=str(job.release), reason=reason))
    counts = count_by_severity(findings)
    return Briefed(job.release, reading.release.sha256, language, outline, series, target, counts)


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


def plan(
    releases: list[Path],
    folder: Path,
    languages: tuple[str, ...] = (DEFAULT_LANGUAGE,),
    outlines: tuple[str, ...] = (DEFAULT_OUTLINE,),
    author: str = "",
    style: Style = "cldr",
) -> list[Job]:
    """Give each release a stem of its own in a folder for the names of its briefings."""
    stems = distinct_stems(releases, folder)
    return [
        Job(release, folder / stem, languages, outlines, author=author, style=style)
        for release, stem in zip(releases, stems, strict=True)
    ]


def distinct_stems(releases: list[Path], folder: Path) -> list[str]:
    """Return a stem for the files that are made of each release in a folder: equal ones get a number.

    No name that starts with a stem and a dot is that of a release in the folder.
    """
    from nachra.publish import safe_name

    there = [release.name.casefold() for release in releases if release.parent.resolve() == folder.resolve()]
    stems: list[str] = []
    taken: set[str] = set()
    for release in releases:
        stem = name = safe_name(release.stem)
        count = 1
        while name.casefold() in taken or any(
            one.startswith(f"{name.casefold()}.") and one.count(".") > 1 + name.count(".") for one in there
        ):
            count += 1
            name = f"{stem}-{count}"
        taken.add(name.casefold())
        stems.append(name)
    return stems


def run_job(job: Job) -> list[Outcome]:
    """Run one job to its end, whatever that is."""
    try:
        return brief_release(job)
    except NachraError as error:
        return [Failed(job.release, error)]


def run_jobs(jobs: list[Job], workers: int, executor: Executor | None = None) -> Iterator[tuple[int, list[Outcome]]]:
    """Run jobs and yield (place in the list, outcomes) as they end, in any concurrent.futures Executor.

    A worker that dies takes down its own job only: what was under way is run again, one process each.
    """
    if workers == 1 and executor is None:
        for place, job in enumerate(jobs):
            yield place, run_job(job)
        return
    pool = executor or ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    done: set[int] = set()
    with pool:
        futures: dict[Future[list[Outcome]], int] = {}
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


def _run_alone(job: Job) -> list[Outcome]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(run_job, job).result()
        except Exception as error:
            reason = type(error).__name__
            return [Failed(job.release, UnreadableError("internal", path=str(job.release), reason=reason))]


def default_workers(jobs: list[Job]) -> int:
    """One process for a handful of notes (a process costs as much as ten), else one a core."""
    notes = sum(len(job.languages) * len(job.outlines) for job in jobs)
    return 1 if notes <= 8 else min(os.cpu_count() or 1, len(jobs), 8)
