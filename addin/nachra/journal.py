"""The journal of a batch: what is finished, so that an interrupted one can be taken up again.

`.nachra-journal.jsonl` in the folder of the briefings has a line a finished file; a batch that ends complete removes
it. It is a memory, not an authority: a line counts only while the file is there, byte for byte as it was written. So
lines that are lost, cut by a crash or mixed by two batches cost no more than a briefing made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from nachra import __version__
from nachra.profiles import folders
from nachra.publish import read_back
from nachra.texts import templates

FILE_NAME = ".nachra-journal.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """A finished file: what it was made from, its name in the folder, and the SHA-256 of what was written."""

    release: str
    """SHA-256 of the release."""
    language: str
    outline: str
    series: str
    target: str
    settings: str
    """SHA-256 of all else that the file depends on (`settings_digest`)."""
    nachra: str = __version__
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal in a folder, with the entries that an interrupted batch has left there."""

    folder: Path
    settings: str
    entries: tuple[Entry, ...] = ()

    def of(self, stem: str) -> Journal:
        """Return the journal with the entries of one release's briefings alone: those named `<stem>.<kind>.<rest>`."""
        return replace(self, entries=tuple(one for one in self.entries if one.target.rsplit(".", 3)[0] == stem))

    def holds(self, entry: Entry) -> bool:
        """Tell whether this very file was finished, and is still as it was written."""
        known = {one.sha256 for one in self.entries if replace(one, sha256="") == entry}
        if not known:
            return False
        try:
            return _digest(read_back(self.folder / entry.target)) in known
        except OSError:
            return False

    def record(self, entry: Entry, data: bytes) -> None:
        """Append a finished file and flush the line to disk; a journal that cannot be written is done without."""
        # the first line break ends a line that a crash has cut
        line = "\n" + json.dumps(asdict(replace(entry, sha256=_digest(data)))) + "\n"
        with contextlib.suppress(OSError):
            # opened each time: another batch that ends here may have removed it
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            handle = os.open(self.folder / FILE_NAME, flags, 0o666)
            try:
                os.write(handle, line.encode())
                os.fsync(handle)
            finally:
                os.close(handle)

    def close(self) -> None:
        """Remove the journal: the batch has written all that it could."""
        with contextlib.suppress(OSError):
            (self.folder / FILE_NAME).unlink()

    @property
    def exists(self) -> bool:
        """Tell whether there is something to take up."""
        return (self.folder / FILE_NAME).is_file()


def open_journal(folder: Path, settings: Mapping[str, object], resume: bool = False) -> Journal:
    """Return the journal in a folder for a batch with these settings; with its entries where one is to be resumed."""
    return Journal(folder, settings_digest(settings), _read(folder / FILE_NAME) if resume else ())


def settings_digest(settings: Mapping[str, object]) -> str:
    """Return the SHA-256 of settings and of every template: wordings, outlines and profiles may be edited by hand."""
    digest = hashlib.sha256(json.dumps(dict(settings), sort_keys=True, default=str).encode())
    places = {templates(), *folders("briefings", "NACHRA_OUTLINES"), *folders("releases", "NACHRA_LAYOUTS")}
    for path in sorted({path for place in places for path in place.rglob("*.toml")}):
        digest.update(f"\n{path.name}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _read(path: Path) -> tuple[Entry, ...]:
    names = {field.name for field in fields(Entry)}
    found: list[Entry] = []
    with contextlib.suppress(OSError):
        for line in read_back(path).splitlines():
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError):  # cut, mixed or not ours
                continue
            if isinstance(entry, dict) and set(entry) == names and all(isinstance(it, str) for it in entry.values()):
                found.append(Entry(**entry))
    return tuple(found)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
