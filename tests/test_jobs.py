"""Jobs: each release its own file, and one that fails, or takes its process with it, costs only itself."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path
from typing import Any

import pytest

from nachra import jobs
from nachra.jobs import Briefed, Failed, Job, Outcome, default_workers, distinct_stems, find_releases, plan, run_jobs


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
