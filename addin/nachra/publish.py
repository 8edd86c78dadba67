"""Files out: names that every system accepts, and a replacement that is whole-old or whole-new."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
import time
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from nachra.errors import WriteError

T = TypeVar("T")

#: names that Windows keeps for devices, whatever their extension
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
#: what Windows takes for something else than a letter of a name; after ":" it would write to a hidden stream
_MEANINGFUL = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
#: in bytes of UTF-8: disks count 255 of them for a whole name
MAX_BYTES = 255
#: what is left of a release's name, and of a kind of briefing; a number, a language, a date and an extension follow
MAX_NAME, MAX_KIND = 180, 40

_TEMPORARY = re.compile(r"\.nachra-[0-9a-f]{16}\.tmp")
#: seconds without a change after which a temporary file of ours is one that a killed run has left
STALE_AFTER = 3600.0
#: seconds between two attempts where a file is held: 2 in all, which a scanner or a synchronising folder needs
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.6, 0.65)
#: the file is open elsewhere: access denied, sharing violation, lock violation on Windows; what a share says elsewhere
_HELD_ON_WINDOWS = {5, 32, 33}
_HELD = {errno.EACCES, errno.EBUSY, errno.ETXTBSY}
#: the network is away for a moment: a Windows share, NFS
_AWAY_ON_WINDOWS = {59, 64, 121}
_AWAY = {errno.ESTALE, errno.ETIMEDOUT, errno.EAGAIN}

# neither of the two on Windows, the third nowhere else
_SAFELY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_swept: set[Path] = set()


def safe_name(name: str, limit: int = MAX_NAME) -> str:
    """Return a file name (without extension) that every system accepts: letters, digits, "-", "_" and "."."""
    plain = unicodedata.normalize("NFKC", name)
    slug = re.sub(r"[^\w.-]+", "-", plain).strip("-. ")
    if not slug or slug.split(".")[0].casefold() in _RESERVED:
        slug = f"_{slug}"
    return slug.encode()[:limit].decode(errors="ignore").rstrip("-. ")


def distinct_names(
    names: Iterable[str], limit: int = MAX_NAME, taken: Callable[[str], bool] = lambda name: False
) -> list[str]:
    """Return a safe name for each name; those that differ by case alone, or that are `taken`, get a number."""
    found: list[str] = []
    seen: set[str] = set()
    for name in names:
        safe = numbered = safe_name(name, limit)
        count = 1
        while numbered.casefold() in seen or taken(numbered):
            count += 1
            numbered = f"{safe}-{count}"
        seen.add(numbered.casefold())
        found.append(numbered)
    return found


def same_file(first: Path, second: Path) -> bool:
    """Tell whether two paths lead to one file, however they are spelled."""
    try:
        return first.samefile(second)
    except OSError:
        return first.absolute() == second.absolute()


def read_back(path: Path) -> bytes:
    """Return the bytes of a file of ours; OSError where it is not there, or a link."""
    with os.fdopen(os.open(path, os.O_RDONLY | _SAFELY), "rb") as stream:
        return stream.read()


def publish(data: bytes, target: Path, *, sibling: bool = False) -> Path:
    """Write bytes to a file, at once: what stands there is the old file or the new one, never a half. Return its path.

    They are written to a temporary file in the same folder, flushed to disk, read again and compared, then put in
    its place. Where a program holds the target open for longer than 2 seconds, `sibling` has them put beside it under
    a dated name, which is returned, and the target is not touched.

    Raises WriteError for a symbolic link, for what is no file, for a name that Windows would change, and for whatever
    the system refuses; the message says whether there is an old file, which is whole then.
    """
    if not _is_portable(target.name):
        raise WriteError("write_name", path=str(target))
    temporary = target.with_name(f".nachra-{secrets.token_hex(8)}.tmp")
    there = False
    try:
        there = _look(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(data, temporary)
        if _patiently(read_back, temporary) != data:
            raise WriteError("write_differs", path=str(target))
        path = _put(temporary, target, data, sibling)
    except BaseException as error:
        _remove(temporary)
        if isinstance(error, OSError):
            if in_the_way := _file_above(target):
                raise WriteError("write_folder", path=str(target), folder=str(in_the_way)) from None
            reason = error.strerror or str(error)
            raise WriteError("write_kept" if there else "write", path=str(target), reason=reason) from None
        raise
    _flush_folder(target.parent)
    return path


def _file_above(target: Path) -> Path | None:
    """Return the file that stands where a folder of the target should be."""
    with contextlib.suppress(OSError):
        return next((one for one in target.parents if one.exists() and not one.is_dir()), None)
    return None


def _is_portable(name: str) -> bool:
    first = unicodedata.normalize("NFKC", name).split(".")[0].rstrip()
    return first.casefold() not in _RESERVED and not _MEANINGFUL.search(name) and name.rstrip(". ") == name != ""


def _look(path: Path) -> bool:
    """Tell whether there is a file; WriteError for anything else that is there."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    # a link that comes later is replaced itself: what it leads to is never written to
    if stat.S_ISLNK(mode):
        raise WriteError("write_symlink", path=str(path))
    if not stat.S_ISREG(mode):
        raise WriteError("write_not_a_file", path=str(path))
    return True


def _write(data: bytes, temporary: Path) -> None:
    # with the rights of any new file: a briefing is for colleagues
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFELY, 0o666)
    try:
        _sweep(temporary.parent, os.fstat(handle).st_mtime)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _put(temporary: Path, target: Path, data: bytes, sibling: bool) -> Path:
    try:
        _patiently(Path.replace, temporary, target)
        return target
    except OSError as error:
        # a share may fail after it has done what it was asked
        try:
            temporary.lstat()
        except FileNotFoundError:
            return target
        except OSError:
            reason = error.strerror or str(error)
            raise WriteError("write_unsure", path=str(target), reason=reason) from None
        # who holds the file open may hold this very content
        with contextlib.suppress(OSError):
            if read_back(target) == data:
                _remove(temporary)
                return target
        if not sibling or not _is(error, _HELD, _HELD_ON_WINDOWS):
            raise
    beside = _dated(target)
    # on Windows this fails where somebody else has just taken the name
    temporary.rename(beside)
    return beside


def _dated(target: Path) -> Path:
    """Return the path of a file that does not exist beside the target: its name with the date and the time."""
    stamp = time.strftime("%Y-%m-%d-%H%M%S")
    for count in range(1, 1000):
        ending = f"-{stamp}{f'-{count}' if count > 1 else ''}{target.suffix}"
        stem = target.stem.encode()[: MAX_BYTES - len(ending.encode())].decode(errors="ignore")
        beside = target.with_name(stem + ending)
        if not os.path.lexists(beside):
            return beside
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


def _patiently(action: Callable[..., T], *given: Path) -> T:
    for pause in PAUSES:
        try:
            return action(*given)
        except OSError as error:
            if not _is(error, _HELD | _AWAY, _HELD_ON_WINDOWS | _AWAY_ON_WINDOWS):
                raise
        time.sleep(pause)
    return action(*given)


def _is(error: OSError, numbers: set[int], on_windows: set[int]) -> bool:
    of_windows: int | None = getattr(error, "winerror", None)
    return error.errno in numbers if of_windows is None else of_windows in on_windows


def _remove(temporary: Path) -> None:
    with contextlib.suppress(OSError):
        temporary.unlink()


def _sweep(folder: Path, now: float) -> None:
    """Remove what killed runs have left in a folder, once a process; `now` is of the folder's own clock, in seconds."""
    if folder in _swept:
        return
    _swept.add(folder)
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _TEMPORARY.fullmatch(entry.name) and now - entry.stat(follow_symlinks=False).st_mtime > STALE_AFTER:
                _remove(Path(entry.path))


def _flush_folder(folder: Path) -> None:
    # the file itself is on the disk and in its place. Windows cannot open folders and some shares cannot flush them:
    # as in SQLite, a refusal is not a failure
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
