"""Files appear whole or not at all, under names that every system accepts."""

from __future__ import annotations

import errno
import ntpath
import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nachra import cli
from nachra import publish as publishing
from nachra.errors import WriteError
from nachra.jobs import find_releases
from nachra.journal import FILE_NAME
from nachra.publish import MAX_BYTES, MAX_KIND, STALE_AFTER, distinct_names, publish, safe_name

#: what Python itself knows of Windows
is_reserved: Callable[[str], bool] = getattr(ntpath, "isreserved", lambda name: PureWindowsPath(name).is_reserved())


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("annuelle-2024", "annuelle-2024"),
        ("Publication n° 3 (définitive)", "Publication-n-3-définitive"),
        ("نشرة 2024", "نشرة-2024"),
        ("../../etc/passwd", "etc-passwd"),
        ("..", "_"),
        ("", "_"),
        ("a:b", "a-b"),
        ("a\\b/c", "a-b-c"),
        ("nul\x00l", "nul-l"),
        ("fin.", "fin"),
        (".caché", "caché"),
        ("-rf", "rf"),
        ("~$annuelle", "annuelle"),
        ("droite\u202egauche", "droite-gauche"),
        ("CON", "_CON"),
        ("com¹", "_com1"),
        ("Aux.2024", "_Aux.2024"),
        ("console", "console"),
        ("x" * 300, "x" * 180),
        ("ن" * 300, "ن" * 90),
    ],
)
def test_safe_names(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert safe_name(safe) == safe


def test_writes_and_replaces(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder" / "briefing.xlsx"
    publish(b"first", target)
    publish(b"second", target)
    assert target.read_bytes() == b"second"
    assert list(target.parent.iterdir()) == [target]


def test_the_file_is_for_colleagues_too(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        publish(b"x", tmp_path / "briefing.xlsx")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "briefing.xlsx").stat().st_mode) == 0o640


def _failing(number: int) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def _interrupted(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("old", [None, b"old"])
@pytest.mark.parametrize("step", ["open", "write", "fsync", "close", "replace"])
def test_a_failure_leaves_the_old_file_whole_and_says_so(
    step: str, old: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of each; tests/robustness.py has every operation, error and moment."""
    target = tmp_path / "briefing.xlsx"
    if old:
        target.write_bytes(old)
    with monkeypatch.context() as patch:
        patch.setattr(os, step, _failing(errno.ENOSPC))
        with pytest.raises(WriteError) as failure:
            publish(b"new" * 1000, target)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == ({"briefing.xlsx": old} if old else {})
    message = failure.value.message()
    assert message.startswith(f"{target} : impossible d'écrire : No space left on device. ") and "\n" not in message
    assert ("L'ancien fichier est intact." if old else "Rien n'a été écrit") in message


def test_an_interruption_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "briefing.xlsx").write_bytes(b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            publish(b"new", tmp_path / "briefing.xlsx")
    assert files(tmp_path) == {"briefing.xlsx": b"old"}


def test_a_system_that_writes_little_at_a_time_writes_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: whole(handle, data[:7]))
    publish(b"0123456789" * 5, tmp_path / "briefing.xlsx")
    assert files(tmp_path) == {"briefing.xlsx": b"0123456789" * 5}


def test_a_disk_that_does_not_give_back_what_it_got_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "briefing.xlsx").write_bytes(b"old")
    whole = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: whole(handle, bytes(len(data))))
    with pytest.raises(WriteError, match="ne rend pas ce qui a été écrit"):
        publish(b"new", tmp_path / "briefing.xlsx")
    assert files(tmp_path) == {"briefing.xlsx": b"old"}


# --- what stands in the way --------------------------------------------------------------------------


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    kept, link = tmp_path / "kept.xlsx", tmp_path / "link.xlsx"
    kept.write_bytes(b"kept")
    for leads_to in (kept, tmp_path / "nowhere"):
        link.unlink(missing_ok=True)
        link.symlink_to(leads_to)
        with pytest.raises(WriteError, match="lien symbolique"):
            publish(b"new", link)
        assert link.is_symlink() and kept.read_bytes() == b"kept" and not (tmp_path / "nowhere").exists()


def test_what_is_no_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder.xlsx").mkdir()
    os.mkfifo(tmp_path / "pipe.xlsx")
    for name in ("folder.xlsx", "pipe.xlsx"):
        with pytest.raises(WriteError, match="pas un fichier"):
            publish(b"new", tmp_path / name, sibling=True)
    with pytest.raises(WriteError, match="pas un fichier"):
        publish(b"new", Path(os.devnull))
    assert (tmp_path / "folder.xlsx").is_dir() and (tmp_path / "pipe.xlsx").is_fifo()
    assert Path(os.devnull).is_char_device()


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"kept")
    with pytest.raises(WriteError, match="impossible d'écrire"):
        publish(b"new", tmp_path / "file" / "briefing.xlsx")
    assert files(tmp_path) == {"file": b"kept"}


@pytest.mark.parametrize(
    "name", ["CON", "nul.xlsx", "com¹.xlsx", "a:b.xlsx", "a?.xlsx", "fin.", "fin ", "aux .xlsx", "nul\x00l", ".", ".."]
)
def test_names_that_windows_would_change_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="Windows n'accepte pas"):
        publish(b"new", Path(f"{tmp_path}/{name}") if name != "." else Path())
    assert files(tmp_path) == {}


def test_a_name_that_is_too_long_is_said(tmp_path: Path) -> None:
    longest = "n" * 250 + ".xlsx"
    publish(b"new", tmp_path / longest)
    with pytest.raises(WriteError, match="File name too long"):
        publish(b"new", tmp_path / f"n{longest}")
    assert files(tmp_path) == {longest: b"new"}


@given(st.text(), st.text(max_size=60))
def test_any_name_makes_a_file_of_the_folder(release: str, kind: str) -> None:
    """However a release or a series is called: one name in the folder, that Windows keeps, of at most 255 bytes."""
    (stem,), (slug,) = distinct_names([release]), distinct_names([kind], MAX_KIND)
    name = f"{stem}-12.{slug}-12.fr-2026-11-23-203106-999.xlsx"
    folder = Path("/somewhere/briefings")
    assert Path(os.path.normpath(folder / name)).parent == folder
    assert len(name.encode()) <= MAX_BYTES
    assert PureWindowsPath(name).name == name and not is_reserved(name)
    assert name == name.strip(". ") and not name.startswith(("-", "~"))
    assert safe_name(stem) == stem


# --- files that are held -----------------------------------------------------------------------------
# A file that is open in Excel refuses to be replaced on Windows alone. Here os.replace says what Windows would say.


class Held:
    """os.replace for a target that is held: it fails a number of times, and every pause is noted."""

    def __init__(self, patch: pytest.MonkeyPatch, error: OSError, times: float = float("inf")):
        self.error, self.left, self.replace = error, times, os.replace
        self.pauses: list[float] = []
        patch.setattr(os, "replace", self)
        patch.setattr(time, "sleep", self.pauses.append)

    def __call__(self, source: Path, target: Path) -> None:
        self.left -= 1
        if self.left >= 0:
            raise self.error
        self.replace(source, target)


def of_windows(number: int) -> OSError:
    """What Python raises on Windows for one of its error numbers."""
    error = PermissionError(errno.EACCES, f"WinError {number}")
    error.winerror = number  # type: ignore[attr-defined]
    return error


HELD = [*(of_windows(number) for number in (5, 32, 33)), *(OSError(one, "") for one in (errno.EBUSY, errno.ETXTBSY))]


@pytest.mark.parametrize("error", HELD, ids=str)
def test_a_held_file_is_left_and_the_new_one_put_beside_it(
    error: OSError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.note.fr.xlsx"
    target.write_bytes(b"old")
    held = Held(monkeypatch, error)
    monkeypatch.setattr(time, "strftime", lambda _: "2026-11-23-203106")
    first, second = publish(b"new", target, sibling=True), publish(b"newer", target, sibling=True)
    assert files(tmp_path) == {
        "a.note.fr.xlsx": b"old",
        "a.note.fr-2026-11-23-203106.xlsx": b"new",
        "a.note.fr-2026-11-23-203106-2.xlsx": b"newer",
    }
    assert [first.read_bytes(), second.read_bytes()] == [b"new", b"newer"]
    assert sum(held.pauses[: len(publishing.PAUSES)]) == pytest.approx(2)


def test_a_held_file_of_an_add_in_has_no_double(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Excel would load both."""
    (tmp_path / "nachra.xlam").write_bytes(b"old")
    Held(monkeypatch, of_windows(32))
    with pytest.raises(WriteError, match=r"ancien fichier est intact\. Fermez-le dans Excel"):
        publish(b"new", tmp_path / "nachra.xlam")
    assert files(tmp_path) == {"nachra.xlam": b"old"}


def test_what_is_held_for_a_moment_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "briefing.xlsx"
    target.write_bytes(b"old")
    for error in (of_windows(32), of_windows(64), OSError(errno.ESTALE, "")):
        held = Held(monkeypatch, error, times=3)
        assert publish(b"new", target, sibling=True) == target
        assert files(tmp_path) == {"briefing.xlsx": b"new"} and len(held.pauses) == 3
        monkeypatch.undo()


def test_a_share_that_stays_away_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "briefing.xlsx").write_bytes(b"old")
    Held(monkeypatch, of_windows(59))
    with pytest.raises(WriteError, match="L'ancien fichier est intact"):
        publish(b"new", tmp_path / "briefing.xlsx", sibling=True)
    assert files(tmp_path) == {"briefing.xlsx": b"old"}


def test_a_held_file_that_is_already_so_needs_no_double(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "briefing.xlsx"
    target.write_bytes(b"same")
    Held(monkeypatch, of_windows(32))
    assert publish(b"same", target, sibling=True) == target
    assert files(tmp_path) == {"briefing.xlsx": b"same"}


def test_a_longest_name_leaves_room_for_the_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / ("ن" * 125 + ".xlsx")
    target.write_bytes(b"old")
    Held(monkeypatch, of_windows(32))
    beside = publish(b"new", target, sibling=True)
    assert beside.read_bytes() == b"new" and beside.name.startswith("نن") and beside != target


def test_an_annotated_copy_that_is_open_is_put_beside(
    releases: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "annuelle-2024.annotated.fr.xlsx"
    copy.write_bytes(b"open in Excel")
    monkeypatch.setattr(sys, "argv", ["nachra", "check", str(releases[0]), "--annotate", str(tmp_path)])
    monkeypatch.delenv("NACHRA_LANGUAGE", raising=False)
    Held(monkeypatch, of_windows(32))
    with pytest.raises(SystemExit) as stop:
        cli.main()
    said = capsys.readouterr()
    beside = next(path for path in tmp_path.iterdir() if path != copy)
    assert stop.value.code == 0 and copy.read_bytes() == b"open in Excel"
    untouched = f"{copy} est ouvert dans un autre programme, ou protégé : l'ancien fichier est intact."
    assert said.err == f"{untouched} Nouveau fichier : {beside}\n"
    assert f"copie annotée : {beside}" in said.out


# --- what killed runs leave --------------------------------------------------------------------------


def test_what_a_killed_run_has_left_is_cleaned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "_swept", set())
    old, fresh, others = ".nachra-0123456789abcdef.tmp", ".nachra-fedcba9876543210.tmp", ".nachra-notes.tmp"
    for name in (old, fresh, others, "notes.tmp"):
        (tmp_path / name).write_bytes(b"half")
    now = time.time()
    for name in (old, others, "notes.tmp"):
        os.utime(tmp_path / name, (now - STALE_AFTER - 60,) * 2)
    publish(b"new", tmp_path / "briefing.xlsx")
    assert sorted(files(tmp_path)) == sorted([fresh, others, "notes.tmp", "briefing.xlsx"])


def test_a_temporary_file_is_no_release(tmp_path: Path) -> None:
    (tmp_path / ".nachra-0123456789abcdef.tmp").write_bytes(b"PK")
    (tmp_path / FILE_NAME).write_bytes(b"{}")
    assert find_releases([tmp_path]) == []
