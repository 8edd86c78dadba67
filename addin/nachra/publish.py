"""Files out: safe names, and a replacement that is whole-old or whole-new."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import unicodedata
from pathlib import Path

from nachra.errors import WriteError

#: names that Windows keeps for devices, whatever their extension
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
#: in bytes of UTF-8: disks count 255 of them, and an extension, a number and a language follow
MAX_NAME = 180


def safe_name(name: str) -> str:
    """Return a file name (without extension) that every system accepts: letters, digits, "-", "_" and "."."""
    plain = unicodedata.normalize("NFKC", name)
    slug = re.sub(r"[^\w.-]+", "-", plain).strip("-. ")
    slug = slug.encode()[:MAX_NAME].decode(errors="ignore").strip("-. ")
    return f"_{slug}" if not slug or slug.split(".")[0].casefold() in _RESERVED else slug


def publish(data: bytes, target: Path) -> None:
    """Write bytes to a file: to a temporary one beside it, flushed to disk, then put in its place at once.

    A crash leaves the old file or the new one, never a half. Raises WriteError for a symbolic link and for
    whatever the system refuses.
    """
    path = str(target)
    if target.is_symlink():
        raise WriteError("write_symlink", path=path)
    temporary = ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{target.stem[:40]}-", suffix=".tmp", dir=target.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp makes private files; a briefing is for colleagues
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(target)
    except BaseException as error:
        if temporary:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        if isinstance(error, OSError):
            raise WriteError("write", path=path, reason=error.strerror or str(error)) from None
        raise


def same_file(first: Path, second: Path) -> bool:
    """Tell whether two paths lead to one file, however they are spelled."""
    try:
        return first.samefile(second)
    except OSError:
        return first.absolute() == second.absolute()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
