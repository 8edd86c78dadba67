"""Jobs: each release its own file, and one that fails, or takes its process with it, costs only itself."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path
from typing import Any

import office
import pytest

from nachra import jobs
from nachra.errors import UnreadableError, WriteError
from nachra.jobs import (
    Briefed,
    Failed,
    Job,
    Outcome,
    default_workers,
    distinct_stems,
    find_releases,
    is_complete,
    journalled,
    plan,
    run_jobs,
)


def named(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return paths


def test_releases_are_found_below_folders(tmp_path: Path) -> None:
    named(tmp_path, "b.xlsx", "a.XLSM", "sub/c.xlsx", "~$b.xlsx", "notes.txt", "old.xls", "sub/~$c.xlsx")
    (tmp_path / "folder.xlsx").mkdir()
    found = find_releases([tmp_path, tmp_path / "sub", tmp_path / "b.xlsx"])
    assert [str(path.relative_to(tmp_path)) for path in found] == ["a.XLSM", "b.xlsx", "sub/c.xlsx"]


def test_what_is_named_is_taken_whatever_it_is(tmp_path: Path) -> None:
    asked = [tmp_path / "absent.xlsx", tmp_path / "table.csv"]
    assert find_releases(asked) == asked


def test_an_earlier_runs_briefings_are_no_releases(tmp_path: Path) -> None:
    named(tmp_path, "a.xlsx", "out/a.fr.xlsx", "outside/b.xlsx")
    found = find_releases([tmp_path], tmp_path / "out")
    assert [path.name for path in found] == ["a.xlsx", "b.xlsx"]
    assert find_releases([tmp_path / "out"], tmp_path / "out") == [tmp_path / "out" / "a.fr.xlsx"]


def test_equal_names_do_not_overwrite_each_other(tmp_path: Path) -> None:
    releases = [tmp_path / "2024" / "a.xlsx", tmp_path / "2025" / "A.xlsx", tmp_path / "a.xlsm"]
    assert distinct_stems(releases, tmp_path / "out") == ["a", "A-2", "a-3"]


def test_a_briefing_never_takes_the_place_of_a_release(tmp_path: Path) -> None:
    releases = [tmp_path / "a.xlsx", tmp_path / "a.complete.fr.xlsx", tmp_path / "b.xlsx"]
    assert distinct_stems(releases, tmp_path) == ["a-2", "a.complete.fr", "b"]


def test_kinds_of_briefings_never_meet() -> None:
    """Neither within a release nor between two, whatever outlines and series are called."""
    asked = [("serie", "A/B"), ("serie", "A-B"), ("Note", ""), ("note", ""), ("serie", "b.c"), ("serie-b-c", "")]
    kinds = jobs._kinds(asked)
    assert kinds == ["serie-A-B", "serie-A-B-2", "Note", "note-2", "serie-b-c", "serie-b-c-2"]
    (long,) = jobs._kinds([("serie", "ن" * 200)])
    assert len(long.encode()) <= 40 and long.startswith("serie-نن")


def test_a_held_target_is_told_and_made_again_on_resuming(
    releases: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only Windows holds files that are open: os.replace says here what it would say there."""
    (asked,), journal = journalled(plan(releases[:1], tmp_path, outlines=("note",)), tmp_path)
    target = tmp_path / "annuelle-2024.note.fr.xlsx"
    target.write_bytes(b"open in Excel")

    def held(*_: object) -> None:
        raise PermissionError(errno.EACCES, "held")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", held)
        patch.setattr(time, "sleep", lambda _: None)
        (first,) = jobs.run_job(asked)
    assert isinstance(first, Briefed) and first.instead_of == target and first.path != target
    assert target.read_bytes() == b"open in Excel" and first.path.read_bytes().startswith(b"PK")
    assert not journal.exists
    (asked,), _ = journalled(plan(releases[:1], tmp_path, outlines=("note",)), tmp_path, resume=True)
    (second,) = jobs.run_job(asked)
    assert isinstance(second, Briefed) and (second.path, second.instead_of) == (target, None)
    assert target.read_bytes() == first.path.read_bytes()


def test_a_batch_is_complete_unless_trying_again_may_help() -> None:
    path = Path("a.xlsx")
    refused, full, defect = UnreadableError("empty"), WriteError("write", reason="full"), UnreadableError("internal")
    assert is_complete([]) and is_complete([Failed(path, refused)])
    assert not is_complete([Failed(path, refused), Failed(path, full)]) and not is_complete([Failed(path, defect)])


def test_processes_are_worth_it_from_nine_jobs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)

    def jobs_of(count: int, outlines: int = 1) -> list[Job]:
        return [Job(Path("a.xlsx"), Path("a"), outlines=("note",) * outlines)] * count

    assert [default_workers(jobs_of(count)) for count in (0, 8, 9, 500)] == [1, 1, 8, 8]
    assert default_workers(jobs_of(3, outlines=4)) == 3


class OneByOne(Executor):
    """An executor that runs jobs at once, and dies at a job as a pool of processes does."""

    def __init__(self, dies_at: int, while_submitting: bool):
        self.left = dies_at
        self.while_submitting = while_submitting

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.left -= 1
        if self.left >= 0:
            future.set_result(fn(*args, **kwargs))
        elif self.while_submitting:
            raise BrokenExecutor
        else:
            future.set_exception(BrokenExecutor())
        return future


@pytest.mark.parametrize("while_submitting", [False, True])
def test_any_executor_will_do(
    while_submitting: bool, releases: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a broken pool did not finish is run again, one process each; here in this one."""
    alone = []

    def run_alone(job: Job) -> list[Outcome]:
        alone.append(job.release.name)
        return jobs.run_job(job)

    monkeypatch.setattr(jobs, "_run_alone", run_alone)
    asked = plan(releases, tmp_path)
    outcomes = dict(run_jobs(asked, 2, OneByOne(1, while_submitting)))
    assert [outcomes[place] for place in range(3)] == [outcome for _, outcome in run_jobs(asked, 1)]
    assert alone == [path.name for path in releases[1:]]


def dying(job: Job) -> list[Outcome]:
    """A job whose release kills the process that reads it."""
    if "poison" in job.release.name:
        os._exit(9)
    return jobs.brief_release(job)


@pytest.mark.slow
def test_a_worker_that_dies_takes_only_its_own_job(
    releases: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "run_job", dying)
    poison = tmp_path / "poison.xlsx"
    shutil.copy(releases[0], poison)
    asked = plan([releases[0], poison, releases[2]], tmp_path / "out")
    outcomes = dict(run_jobs(asked, workers=2))
    (failed,) = outcomes.pop(1)
    assert isinstance(failed, Failed) and failed.release == poison and failed.error.code == "internal"
    assert all(isinstance(one, Briefed) for found in outcomes.values() for one in found) and len(outcomes) == 2
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "annuelle-2024.complete.fr.xlsx",
        "semestrielle-2025-S1.complete.fr.xlsx",
    ]


_PARENT = """
import os, sys, time
from pathlib import Path
from nachra import jobs

def work(job):
    Path(sys.argv[1], str(os.getpid())).touch()
    time.sleep(60)

jobs.run_job = work
if __name__ == "__main__":
    list(jobs.run_jobs([jobs.Job(Path(name), Path(name)) for name in "abcd"], 2))
"""


@pytest.mark.slow
def test_workers_die_with_the_process_that_started_them(tmp_path: Path) -> None:
    """Killed, it cannot tell them; they would wait for ever, and still write what they were given."""
    (tmp_path / "parent.py").write_text(_PARENT)
    seen = tmp_path / "seen"
    seen.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(office.REPOSITORY / "addin")}
    parent = subprocess.Popen([sys.executable, tmp_path / "parent.py", seen], env=environment)
    try:
        _until(lambda: len(list(seen.iterdir())) == 2)
    finally:
        parent.kill()
        parent.wait()
    _until(lambda: not any(_runs(int(path.name)) for path in seen.iterdir()))


def _runs(pid: int) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def _until(so: Callable[[], bool], seconds: float = 50) -> None:
    end = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < end, "it does not come to that"
        time.sleep(0.05)


@pytest.mark.parametrize("step", ["nachra.checks.check", "nachra.sheets.compose", "nachra.workbook.write_workbook"])
def test_our_own_defects_are_failures_with_a_message(
    step: str, releases: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(step, defect)
    (outcome,) = jobs.run_job(Job(releases[0], tmp_path / "a", target=tmp_path / "briefing.xlsx"))
    assert isinstance(outcome, Failed) and outcome.error.path == str(releases[0])
    assert "ZeroDivisionError: by zero" in outcome.error.message()
    assert not (tmp_path / "briefing.xlsx").exists()


def test_a_release_is_never_overwritten_by_its_briefing(releases: list[Path], tmp_path: Path) -> None:
    release = Path(shutil.copy(releases[0], tmp_path))
    for spelling in (release, tmp_path / ".." / tmp_path.name / release.name):
        (outcome,) = jobs.run_job(Job(release, tmp_path / "a", target=spelling))
        assert isinstance(outcome, Failed) and outcome.error.code == "write_over_input"
    assert release.read_bytes() == releases[0].read_bytes()
