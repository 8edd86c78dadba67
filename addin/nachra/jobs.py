"""The two jobs of the command line and of every host: check a release, brief a release."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import cache
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.connection import wait
from multiprocessing.resource_tracker import ensure_running
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from nachra.errors import (
    DisagreementError,
    FileError,
    LayoutError,
    NachraError,
    UnreadableError,
    UsageError,
    WriteError,
)
from nachra.outlines import DEFAULT_OUTLINE
from nachra.texts import DEFAULT_LANGUAGE

if TYPE_CHECKING:
    from nachra.findings import Finding
    from nachra.formats import Style
    from nachra.journal import Journal
    from nachra.layouts import Layout
    from nachra.reading import Reading
    from nachra.release import Release

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
    instead_of: Path | None = None
    """The file that was to be written, where another program holds it open: it is untouched, the new one is `path`."""


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
    journal: Journal | None = None
    """Where finished files are recorded, and those of an interrupted batch are found."""
    style: Style = "cldr"
    """How numbers are written: see formats.Manner."""
    past: tuple[Path, ...] = ()
    """Other releases: their earlier editions lengthen the history that the year's estimate is made from."""


def check_release(path: Path, layouts: tuple[Layout, ...] | None = None) -> tuple[Reading, tuple[Finding, ...]]:
    """Read and check one release; FileError where it cannot be read, whatever the reason."""
    from nachra.checks import check
    from nachra.reading import read_release

    try:
        reading = read_release(path, layouts)
        return reading, check(reading)
    except LayoutError as error:
        if error.code == "layout_none" and _is_briefing(path):
            raise LayoutError("layout_briefing", path=str(path)) from None
        raise
    except NachraError:
        raise
    except Exception as error:
        # a traceback is no answer to a civil servant: the defect is ours, and the message says so
        raise UnreadableError("internal", path=str(path), reason=f"{type(error).__name__}: {error}"[:200]) from error


def _is_briefing(path: Path) -> bool:
    from nachra.guard import admit
    from nachra.sealing.seal import is_sealed
    from nachra.sealing.xml import read_parts

    return is_sealed(read_parts(admit(path).data))


def brief_release(job: Job) -> list[Outcome]:
    """Read and check one release, then compose and write its briefings; one that cannot be written costs only itself.

    Raises FileError where the release cannot be read, UsageError for an outline, a series or a target that does not
    go with it.
    """
    from nachra.guard import digest_of
    from nachra.outlines import load_outline
    from nachra.sheets import subjects

    reading, findings = check_release(job.release)
    past = tuple(_past(one, digest_of(one)) for one in job.past)
    asked: list[tuple[str, str]] = []
    for outline in job.outlines:
        plan = load_outline(outline)
        codes = (job.series,) if job.series and plan.each == "series" else subjects(reading.release, plan)
        if not codes and len(job.outlines) == 1:
            raise UnreadableError("no_parts", path=str(job.release))
        asked += [(outline, code) for code in codes]
    if job.target and len(asked) * len(job.languages) > 1:
        raise UsageError("one_file")
    kinds = _kinds(asked)
    return [
        _write(job, reading, findings, past, language, outline, code, f"{kind}.{language}.xlsx")
        for (outline, code), kind in zip(asked, kinds, strict=True)
        for language in job.languages
    ]


@cache
def _past(path: Path, _sha256: str) -> Release:
    """Read a release of the history once for all jobs, as long as it stays the same."""
    return check_release(path)[0].release


def _kinds(asked: list[tuple[str, str]]) -> list[str]:
    """Name the kinds of briefings; without dots, so that no two stems can ever make one name."""
    from nachra.publish import MAX_KIND, distinct_names

    names = (f"{one}-{code}" if code else one for one, code in asked)
    return distinct_names((name.replace(".", "-") for name in names), MAX_KIND)


def _write(
    job: Job,
    reading: Reading,
    findings: tuple[Finding, ...],
    past: tuple[Release, ...],
    language: str,
    outline: str,
    series: str,
    ending: str,
) -> Outcome:
    from nachra.findings import count_by_severity
    from nachra.journal import Entry
    from nachra.publish import publish, same_file
    from nachra.sheets import compose
    from nachra.workbook import write_workbook

    counts = count_by_severity(findings)
    target = job.target or job.stem.with_name(f"{job.stem.name}.{ending}")
    done = Briefed(job.release, reading.release.sha256, language, outline, series, target, counts)
    journal = job.journal
    try:
        if same_file(target, job.release):
            raise WriteError("write_over_input", path=str(target))
        entry = journal and Entry(done.sha256, language, outline, series, target.name, journal.settings)
        if journal and entry and journal.holds(entry):
            return done
        briefing = compose(reading.release, findings, language, job.author, outline, series, job.style, past)
        data = write_workbook(briefing)
        path = publish(data, target, sibling=True)
        if path != target:
            # not recorded: resumed, the batch tries again to write where it should
            return replace(done, path=path, instead_of=target)
        if journal and entry:
            journal.record(entry, data)
        return done
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
                    found.setdefault(Path(os.path.normpath(one.absolute())), one)
        else:
            # "..", which absolute() keeps, may lead to a file that is there already
            found.setdefault(Path(os.path.normpath(path.absolute())), path)
    return list(found.values())


def plan(
    releases: list[Path],
    folder: Path,
    languages: tuple[str, ...] = (DEFAULT_LANGUAGE,),
    outlines: tuple[str, ...] = (DEFAULT_OUTLINE,),
    author: str = "",
    style: Style = "cldr",
    past: tuple[Path, ...] = (),
) -> list[Job]:
    """Give each release a stem of its own in a folder for the names of its briefings."""
    stems = distinct_stems(releases, folder)
    return [
        Job(release, folder / stem, languages, outlines, author=author, style=style, past=past)
        for release, stem in zip(releases, stems, strict=True)
    ]


def distinct_stems(releases: list[Path], folder: Path) -> list[str]:
    """Return a stem for the files that are made of each release in a folder: equal ones get a number.

    No name that starts with a stem and a dot is that of a release in the folder.
    """
    from nachra.publish import distinct_names

    there = [release.name.casefold() for release in releases if release.parent.resolve() == folder.resolve()]

    def taken(name: str) -> bool:
        return any(one.startswith(f"{name.casefold()}.") and one.count(".") > 1 + name.count(".") for one in there)

    return distinct_names((release.stem for release in releases), taken=taken)


def journalled(jobs: list[Job], folder: Path, resume: bool = False) -> tuple[list[Job], Journal]:
    """Give the jobs of a batch into a folder its journal; to resume, with what an interrupted batch has finished.

    All that a job asks for, besides what an entry names, are settings of the journal: whoever adds a field to Job
    need not think of it.
    """
    from nachra.guard import digest_of
    from nachra.journal import open_journal

    named = {"release", "stem", "languages", "outlines", "series", "target", "journal"}
    settings = {one.name: [getattr(job, one.name) for job in jobs[:1]] for one in fields(Job) if one.name not in named}
    settings["past"] = [digest_of(path) for job in jobs[:1] for path in job.past]
    journal = open_journal(folder, settings, resume)
    return [replace(job, journal=journal.of(job.stem.name)) for job in jobs], journal


def is_complete(outcomes: list[Outcome]) -> bool:
    """Tell whether a batch has written all that it could: what failed would fail again, and not for want of room."""
    failed = [one.error for one in outcomes if isinstance(one, Failed)]
    return not any(isinstance(error, WriteError) or error.code == "internal" for error in failed)


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
    pool = executor or _processes(workers)
    others = set(active_children())
    done: set[int] = set()
    with pool:
        futures: dict[Future[list[Outcome]], int] = {}
        try:
            with _deaf():
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
        except (KeyboardInterrupt, GeneratorExit):
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in set(active_children()) - others:  # a killed one leaves whole files and its journal
                worker.terminate()
            raise
    for place, job in enumerate(jobs):
        if place not in done:
            yield place, _run_alone(job)


def _processes(count: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_follow_parent)


@contextmanager
def _deaf() -> Iterator[None]:
    """Start processes that never hear Ctrl-C, not even while they load: it is for the one that started them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows: they leave it alone as soon as they run
        yield
        return
    ensure_running()  # started later, Python's own helper would lift the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        # a Ctrl-C that came meanwhile comes now
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _follow_parent() -> None:
    """Leave Ctrl-C to the process that started this worker, and die with it, which would else wait for ever."""
    # Windows hands it to every process of the console
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        Thread(target=lambda: (wait([parent.sentinel]), os._exit(1)), daemon=True).start()


def _run_alone(job: Job) -> list[Outcome]:
    with _processes(1) as pool:
        try:
            with _deaf():
                future = pool.submit(run_job, job)
            return future.result()
        except Exception as error:
            reason = type(error).__name__
            return [Failed(job.release, UnreadableError("internal", path=str(job.release), reason=reason))]


def default_workers(jobs: list[Job]) -> int:
    """One process for a handful of notes (a process costs as much as ten), else one a core."""
    notes = sum(len(job.languages) * len(job.outlines) for job in jobs)
    return 1 if notes <= 8 else min(os.cpu_count() or 1, len(jobs), 8)
