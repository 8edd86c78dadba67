"""An interrupted batch is taken up where it was: what is finished and unchanged stays, the rest is made."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from nachra import cli, jobs, journal
from nachra.jobs import Job
from nachra.journal import FILE_NAME, Entry, Journal, open_journal, settings_digest
from nachra.publish import publish
from nachra.texts import text

ENTRY = Entry("0" * 64, "fr", "note", "", "a.note.fr.xlsx", "settings")
FINE, UNREADABLE = 0, 3


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def finished(folder: Path, entry: Entry = ENTRY, data: bytes = b"briefing") -> None:
    publish(data, folder / entry.target)
    Journal(folder, "settings").record(entry, data)


def resumed(folder: Path) -> Journal:
    return Journal(folder, "settings", journal._read(folder / FILE_NAME))


# --- the journal ------------------------------------------------------------------------------------


def test_what_is_recorded_holds_while_the_file_is_as_it_was(tmp_path: Path) -> None:
    finished(tmp_path)
    assert resumed(tmp_path).holds(ENTRY)
    (tmp_path / ENTRY.target).write_bytes(b"Briefing")
    assert not resumed(tmp_path).holds(ENTRY)
    (tmp_path / ENTRY.target).unlink()
    assert not resumed(tmp_path).holds(ENTRY)


@pytest.mark.parametrize(
    "other",
    [
        {"release": "1" * 64},
        {"language": "ar"},
        {"outline": "complete"},
        {"series": "ITO"},
        {"settings": "other"},
        {"nachra": "9.9.9"},
        {"target": "b.note.fr.xlsx"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_anything_else_is_made_again(other: dict[str, str], tmp_path: Path) -> None:
    finished(tmp_path)
    shutil.copy(tmp_path / ENTRY.target, tmp_path / "b.note.fr.xlsx")
    assert set(asdict(ENTRY)) - {"sha256"} >= set(other)
    assert not resumed(tmp_path).holds(replace(ENTRY, **other))


def test_a_line_that_a_crash_has_cut_costs_only_itself(tmp_path: Path) -> None:
    second = replace(ENTRY, target="b.note.fr.xlsx")
    finished(tmp_path)
    whole = (tmp_path / FILE_NAME).read_bytes()
    for cut in range(len(whole)):
        (tmp_path / FILE_NAME).write_bytes(whole[:cut])
        # the line break after it is no part of the line
        assert resumed(tmp_path).holds(ENTRY) == (cut == len(whole) - 1)
        finished(tmp_path, second)
        assert resumed(tmp_path).holds(second)


@pytest.mark.parametrize(
    "line",
    {
        "empty": b"",
        "null": b"null",
        "list": b"[]",
        "no keys": b"{}",
        "no text": b"\xff\xfe",
        "deep": b"[" * 100_000,
        "few keys": b'{"release": 1}',
        "zeros": b"\x00" * 50,
        "more keys": json.dumps({**asdict(ENTRY), "more": ""}).encode(),
        "a number": json.dumps({**asdict(ENTRY), "target": 3}).encode(),
    }.values(),
)
def test_what_is_no_line_of_ours_is_passed_over(line: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(line)
    finished(tmp_path)
    assert len(resumed(tmp_path).entries) == 1 and resumed(tmp_path).holds(ENTRY)


def test_a_link_or_a_pipe_is_no_journal(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(b"kept")
    out = tmp_path / "out"
    for make in (lambda path: path.symlink_to(kept), os.mkfifo, Path.mkdir):
        out.mkdir()
        make(out / FILE_NAME)
        finished(out)
        assert resumed(out).entries == () and kept.read_bytes() == b"kept"
        shutil.rmtree(out)


def test_a_journal_that_cannot_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        Journal(tmp_path, "settings").record(ENTRY, b"briefing")
    assert not resumed(tmp_path).holds(ENTRY)


def test_settings_are_all_that_a_job_asks_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A field that somebody adds to Job counts without anybody thinking of it."""

    @dataclass(frozen=True)
    class Wider(Job):
        style: str = ""

    def digest(job: Job) -> str:
        return jobs.journalled([job], tmp_path)[1].settings

    plain = Job(Path("a.xlsx"), tmp_path / "a")
    assert digest(replace(plain, author="A")) != digest(plain)
    assert digest(replace(plain, release=Path("b.xlsx"), stem=tmp_path / "b", outlines=("note",))) == digest(plain)
    monkeypatch.setattr(jobs, "Job", Wider)
    assert digest(Wider(Path("a.xlsx"), tmp_path / "a", style="x")) != digest(Wider(Path("a.xlsx"), tmp_path / "a"))


@pytest.mark.parametrize("variable", ["NACHRA_OUTLINES", "NACHRA_LAYOUTS"])
def test_edited_outlines_and_profiles_are_other_settings(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(tmp_path))
    seen = {settings_digest({})}
    for content in ("a = 1", "a = 2"):
        (tmp_path / "mine.toml").write_text(content)
        seen.add(settings_digest({}))
    assert len(seen) == 3


def test_each_release_gets_its_own_entries(tmp_path: Path) -> None:
    for target in ("a.note.fr.xlsx", "a.b.note.fr.xlsx", "a.serie-ITO.ar.xlsx"):
        finished(tmp_path, replace(ENTRY, target=target))
    whole = open_journal(tmp_path, {}, resume=True)
    assert [one.target for one in whole.of("a").entries] == ["a.note.fr.xlsx", "a.serie-ITO.ar.xlsx"]
    assert [one.target for one in whole.of("a.b").entries] == ["a.b.note.fr.xlsx"]
    assert open_journal(tmp_path, {}).entries == ()


# --- batches ----------------------------------------------------------------------------------------

Batch = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def batch(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Batch:
    """Run `nachra batch --json` here; return its exit code, its JSON without the seconds, standard error."""

    def command(*arguments: object) -> tuple[int, dict[str, Any], str]:
        monkeypatch.setattr(sys, "argv", ["nachra", "batch", *map(str, arguments), "--json"])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        said = capsys.readouterr()
        report = json.loads(said.out or "{}")
        return int(stop.value.code or 0), {**report, "seconds": None}, said.err

    monkeypatch.delenv("NACHRA_LANGUAGE", raising=False)
    return command


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are published, in order."""
    names: list[str] = []

    def noted(data: bytes, target: Path, **options: bool) -> Path:
        names.append(target.name)
        return publish(data, target, **options)

    monkeypatch.setattr("nachra.publish.publish", noted)
    return names


def interrupted(after: int) -> pytest.MonkeyPatch:
    """Have Ctrl-C pressed when so many files are written."""
    left = [after]

    def pressed(data: bytes, target: Path, **options: bool) -> Path:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return publish(data, target, **options)

    patch = pytest.MonkeyPatch()
    patch.setattr("nachra.publish.publish", pressed)
    return patch


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_resumed_batch_comes_to_what_a_clean_run_makes(
    workers: int, batch: Batch, releases: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(b"")
    options = (*releases, bad, "--out", out, "--outline", "note", "--outline", "serie", "--language", "ar")
    clean, expected = batch(*options, "--workers", workers), files(out)
    assert clean[0] == UNREADABLE and len(expected) == 11 and FILE_NAME not in expected
    shutil.rmtree(out)
    patch = interrupted(after=4)
    code, _, err = batch(*options, "--workers", 1)
    patch.undo()
    assert code == UNREADABLE and "--resume" in err and text("cli.interrupted", "ar") in err
    assert len(files(out)) == 5 and (out / FILE_NAME).exists()
    before = {name: (out / name).stat().st_mtime_ns for name in files(out) if name != FILE_NAME}
    assert batch(*options, "--workers", workers, "--resume") == clean
    assert files(out) == expected
    assert {name: (out / name).stat().st_mtime_ns for name in before} == before


def test_what_changed_meanwhile_is_made_again(
    batch: Batch, written: list[str], releases: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for release, name in zip(releases, ("a", "b", "c"), strict=True):
        shutil.copy(release, folder / f"{name}.xlsx")
    options = (folder, "--out", out, "--outline", "note", "--workers", 1)
    monkeypatch.setattr(Journal, "close", lambda self: None)  # as if it had not come to its end
    assert batch(*options)[0] == FINE
    names = [f"{stem}.note.fr.xlsx" for stem in "abc"]
    for more, made in (([], []), (["--author", "Moi"], names), (["--author", "Moi"], [])):
        written.clear()
        assert batch(*options, *more, "--resume")[0] == FINE and written == made
    (out / names[0]).write_bytes(b"edited")
    shutil.copy(releases[0], folder / "b.xlsx")
    (out / names[2]).unlink()
    written.clear()
    assert batch(*options, "--author", "Moi", "--resume")[0] == FINE and written == names
    monkeypatch.setattr(journal, "__version__", "9.9.9")
    written.clear()
    assert batch(*options, "--author", "Moi")[0] == FINE and written == names, "without --resume all is made"


def test_a_batch_short_of_room_keeps_its_journal(
    batch: Batch, releases: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    options = (*releases, "--out", out, "--outline", "note", "--workers", 1)
    (out / "semestrielle-2025-S1.note.fr.xlsx").mkdir(parents=True)
    code, report, err = batch(*options)
    assert code == UNREADABLE and [one["code"] for one in report["failed"]] == ["write_not_a_file"]
    assert "--resume" in err and (out / FILE_NAME).exists()
    (out / "semestrielle-2025-S1.note.fr.xlsx").rmdir()
    code, report, err = batch(*options, "--resume")
    assert (code, report["failed"]) == (FINE, []) and "--resume" not in err
    assert sorted(files(out)) == sorted(Path(one["path"]).name for one in report["briefings"])
