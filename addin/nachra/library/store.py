"""The truth of a library: files. The original bytes of each imported release, and beside them how it was admitted.

    <library>/nachra-editions/<first 16 digits of the SHA-256>/admission.json
                                                               <the release under its own name>

Whoever searches the folder for workbooks finds the releases there like any other. The record is written first and the
bytes last, each whole or not at all: a release is in the library from the moment its bytes are there, and an import
that is killed leaves at most a record that stands for nothing. No lock is ever taken: a share may not honour one.
"""

from __future__ import annotations

import json
import re
import time
import unicodedata
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nachra.guard import Admitted
from nachra.publish import publish, safe_name

EDITIONS = "nachra-editions"
RECORD = "admission.json"
DIGITS = 16
#: the form of the record; fields that a later form adds are passed over
FORM = 1
#: what a killed import leaves is swept away when nobody can be writing it any more, in seconds
STALE = 86_400

_PORTABLE = re.compile(r"[^\x00-\x1f<>:\"/\\|?*]{1,100}\.(?:xlsx|xlsm)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Record:
    """How a release was admitted: when (UTC, ISO 8601), by whom, by which nachra, and why in spite of its findings."""

    sha256: str
    file: str
    """The name it was imported under."""
    stored: str
    """The name it has in the library: the same, where every system accepts that."""
    admitted: str
    by: str = ""
    nachra: str = ""
    reason: str = ""
    accepted: tuple[str, ...] = ()
    """Codes of the findings of severity error that were accepted for that reason."""

    def to_json(self) -> str:
        return json.dumps({"form": FORM} | asdict(self), ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Record:
        """Read a record; ValueError for what is none."""
        content = json.loads(text)
        if not isinstance(content, dict):
            raise ValueError("not a record")
        known: dict[str, Any] = {name: content[name] for name in cls.__slots__ if name in content}
        accepted = known.pop("accepted", ())
        if not all(isinstance(value, str) for value in known.values()) or not isinstance(accepted, list | tuple):
            raise ValueError("not a record")
        try:
            record = cls(**known, accepted=tuple(str(code) for code in accepted))
        except TypeError as error:
            raise ValueError("an incomplete record") from error
        # it may have come over a network: a name is a name, and leads nowhere else
        if not _PORTABLE.fullmatch(record.stored):
            raise ValueError("not the name of a release")
        return record


@dataclass(frozen=True, slots=True)
class Entry:
    """A release in the store; `record` is None where it was lost or damaged, which takes nothing from the figures."""

    path: Path
    digits: str
    record: Record | None = field(compare=False)


def entries(folder: Path) -> list[Entry]:
    """Return every release in the store, in the order of their hashes; what an import left unfinished is none."""
    try:
        places = sorted(one for one in (folder / EDITIONS).iterdir() if one.is_dir())
    except OSError:
        return []
    found = [_entry(place) for place in places if re.fullmatch(rf"[0-9a-f]{{{DIGITS}}}", place.name)]
    return [entry for entry in found if entry]


def _entry(place: Path) -> Entry | None:
    try:
        record = Record.from_json((place / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        record = None
    if record and (place / record.stored).is_file():
        return Entry(place / record.stored, place.name, record)
    others = sorted(one for one in place.glob("*.xls[xm]") if one.is_file() and not one.name.startswith("~$"))
    return Entry(others[0], place.name, None) if others else None


def is_stored(path: Path, folder: Path) -> bool:
    """Tell whether a file lies in the store of a library."""
    return folder / EDITIONS in path.parents


def stored_name(name: str) -> str:
    """Return the name that a release gets in the library: its own, or one made of it that every system accepts."""
    plain = unicodedata.normalize("NFC", name)
    stem, _, suffix = plain.rpartition(".")
    if _PORTABLE.fullmatch(plain) and stem == stem.strip(" .") and safe_name(stem)[0] != "_":
        return plain
    return f"{safe_name(stem)[:60]}.{suffix.casefold()}"


def add(folder: Path, release: Admitted, record: Record) -> Path:
    """Write a release's bytes and its record into the store; return where it lies. WriteError where that fails."""
    place = folder / EDITIONS / release.sha256[:DIGITS]
    target = place / record.stored
    publish(record.to_json().encode(), place / RECORD)
    with suppress(OSError):  # an earlier copy, which is read-only: Windows would not replace it
        target.chmod(0o644)
    publish(release.data, target)
    with suppress(OSError):
        # whoever opens it in a spreadsheet cannot save over it; a share may know no such thing
        target.chmod(0o444)
    return target


def sweep(folder: Path) -> None:
    """Take away what killed imports left: temporary files that are more than a day old."""
    with suppress(OSError):
        for one in (folder / EDITIONS).glob("*/.*.tmp"):
            with suppress(OSError):
                if time.time() - one.stat().st_mtime > STALE:
                    one.unlink()
