"""Files appear whole or not at all, under names that every system accepts."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from nachra.errors import WriteError
from nachra.publish import publish, safe_name


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


class _FullDisk:
    """A stream that writes half of what it is given."""

    def __init__(self, stream: Any):
        self.stream = stream

    def __enter__(self) -> _FullDisk:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()

    def write(self, data: bytes) -> None:
        self.stream.write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")


def _failing(*_: object, **__: object) -> None:
    raise OSError(errno.EACCES, "Permission denied")


def _interrupted(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def _break(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    opened = os.fdopen
    breaks: dict[str, tuple[Any, str, Any]] = {
        "write": (os, "fdopen", lambda *given: _FullDisk(opened(*given))),
        "fsync": (os, "fsync", _failing),
        "create": (os, "open", _failing),
        "chmod": (Path, "chmod", _failing),
        "replace": (Path, "replace", _failing),
        "interrupt": (Path, "replace", _interrupted),
    }
    monkeypatch.setattr(*breaks[step])


@pytest.mark.parametrize("old", [None, b"old"])
@pytest.mark.parametrize("step", ["create", "write", "fsync", "chmod", "replace", "interrupt"])
def test_a_failure_leaves_the_old_file_whole(
    step: str, old: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "briefing.xlsx"
    if old:
        target.write_bytes(old)
    with monkeypatch.context() as patch:
        _break(patch, step)
        with pytest.raises(KeyboardInterrupt if step == "interrupt" else WriteError) as failure:
            publish(b"new" * 1000, target)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == ({"briefing.xlsx": old} if old else {})
    if isinstance(failure.value, WriteError):
        message = failure.value.message()
        reason = "No space left on device" if step == "write" else "Permission denied"
        assert message.startswith(f"{target} : impossible d'écrire : {reason}. ") and "\n" not in message


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    kept, link = tmp_path / "kept.xlsx", tmp_path / "link.xlsx"
    kept.write_bytes(b"kept")
    link.symlink_to(kept)
    with pytest.raises(WriteError, match="lien symbolique"):
        publish(b"new", link)
    assert link.is_symlink() and kept.read_bytes() == b"kept"


@pytest.mark.parametrize("where", ["folder", "file/briefing.xlsx"])
def test_what_is_in_the_way_is_said(where: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"kept")
    with pytest.raises(WriteError, match="impossible d'écrire"):
        publish(b"new", tmp_path / where)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder"]
