"""The ledger: a digest of every cell and object of a workbook, as rows of text that stand in the workbook itself.

nachra:1            214 SHA-256 of the lines below
    !setting            {"language":"fr", …}
    Données!5:5         A:t3f2a…·9c0d1e·77aa01  H:n51bc…·…·…=8d7e…
    Évolution!chart     {"1 series 1 values":"a1b2c3d4e5", …}

A cell's entry is its column, whether it holds a number or a text, and the first digits of the SHA-256 of its value,
number format and look, then of its formula. It detects edits; it does not stop a forger, who can write a new one.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, TypeVar

from nachra.guard import cell_position
from nachra.sealing.looks import Look
from nachra.sealing.normal import number, spellings
from nachra.sealing.snapshot import Cell, Place, Snapshot, Thing, column_letters

#: first cell of the ledger, with the number of its format: another spelling (`normal`, `looks`, `snapshot`) is another
#: format, because what was sealed in one cannot be compared in another
MARK = "nachra:1"
_ANY_MARK = re.compile(r"nachra:\d+")
#: digits of a digest: of a content, of a format
LONG, SHORT = 10, 6
#: entries of one line: a cell holds 32,767 characters
MAX_ENTRIES = 400
_ENTRY = re.compile(r"([A-Z]{1,3}):([nt]?)([0-9a-f]*)·([0-9a-f]+)·([0-9a-f]+)(?:=([0-9a-f]+))?")

#: the place (sheet, "!", row or topic) and its entries
Line = tuple[str, str]
_Entry = TypeVar("_Entry")


@lru_cache(maxsize=65536)
def digest(seen: str, digits: int = LONG) -> str:
    """Return the first hexadecimal digits of a text's SHA-256."""
    return hashlib.sha256(seen.encode("utf-8", "surrogatepass")).hexdigest()[:digits]


class SealedCell(NamedTuple):
    """The digests of a cell; `kind` is "n" for a number, "t" for a text, "" for a formula without a value."""

    kind: str
    value: str
    number_format: str
    dress: str
    formula: str

    def holds(self, cell: Cell) -> bool:
        """Tell whether a cell still has the value; a formula whose value nobody stored has not lost it."""
        if cell.value is None or (not self.kind and self.formula):
            return bool(self.formula)
        if isinstance(cell.value, str):
            return self.kind == "t" and self.value == digest(cell.value)
        return self.kind == "n" and any(self.value == digest(one) for one in spellings(cell.value))


@dataclass(slots=True)
class Ledger:
    """What was sealed: settings that the briefing was made with, cells, and what is no cell."""

    settings: dict[str, str] = field(default_factory=dict)
    cells: dict[Place, SealedCell] = field(default_factory=dict)
    things: dict[Thing, str] = field(default_factory=dict)


def seal_cell(cell: Cell) -> SealedCell:
    """Return the digests of a cell."""
    value, formula, look, _ = cell
    kind = "" if value is None else "t" if isinstance(value, str) else "n"
    content = "" if value is None else digest(value if isinstance(value, str) else number(value))
    return SealedCell(kind, content, *_seal_look(look), digest(formula) if formula else "")


@lru_cache(maxsize=4096)
def _seal_look(look: Look) -> tuple[str, str]:
    return digest(look.number_format, SHORT), digest(look.dress, SHORT)


def ledger_of(snapshot: Snapshot, settings: dict[str, str]) -> Ledger:
    """Return the ledger of a workbook."""
    return Ledger(
        dict(settings),
        {place: seal_cell(cell) for place, cell in snapshot.cells.items()},
        {thing: digest(seen) for thing, seen in snapshot.things.items()},
    )


def lines_of(ledger: Ledger) -> list[Line]:
    """Return a ledger as lines of two cells, the marked one first; `find_ledger` reads them."""
    lines: list[Line] = [("!setting", _json(ledger.settings))]
    rows: dict[tuple[str, int], list[str]] = {}
    for (sheet, row, column), sealed in ledger.cells.items():
        looks = f"{sealed.kind}{sealed.value}·{sealed.number_format}·{sealed.dress}"
        letters = column_letters(column)
        rows.setdefault((sheet, row), []).append(
            f"{letters}:{looks}" + (f"={sealed.formula}" if sealed.formula else "")
        )
    topics: dict[tuple[str, str], dict[str, str]] = {}
    for (sheet, topic, called), sealed_thing in ledger.things.items():
        topics.setdefault((sheet, topic), {})[called] = sealed_thing
    for (sheet, row), entries in rows.items():
        lines += [(f"{sheet}!{row}:{row}", " ".join(some)) for some in _runs(entries)]
    for (sheet, topic), named in topics.items():
        lines += [(f"{sheet}!{topic}", _json(dict(some))) for some in _runs(list(named.items()))]
    return [(MARK, f"{len(lines)} {checksum(lines)}"), *lines]


def checksum(lines: list[Line]) -> str:
    """Return the SHA-256 of lines, by which an edit of the ledger itself shows."""
    return hashlib.sha256("\n".join("\t".join(line) for line in lines).encode("utf-8", "surrogatepass")).hexdigest()


def _runs(entries: list[_Entry]) -> list[list[_Entry]]:
    return [entries[start : start + MAX_ENTRIES] for start in range(0, len(entries), MAX_ENTRIES)]


def _json(entries: dict[str, str]) -> str:
    return json.dumps(entries, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class FoundLedger:
    """A ledger found in a workbook: where it stands, and whether it is as it was written."""

    ledger: Ledger
    sheet: str
    first: int
    last: int
    is_whole: bool

    def covers(self, place: Place) -> bool:
        """Tell whether a cell is the ledger's own."""
        return place[0] == self.sheet and self.first <= place[1] <= self.last and place[2] <= 2


def find_ledger(snapshot: Snapshot) -> FoundLedger | None:
    """Return the ledger that stands in a workbook, None where there is none that can be read."""
    for (sheet, row, column), cell in snapshot.cells.items():
        if cell.value == MARK and column == 1 and not cell.formula:
            found = _read(snapshot, sheet, row)
            if found:
                return found
    return None


def has_other_ledger(snapshot: Snapshot) -> bool:
    """Tell whether a workbook holds a ledger in a format that is not ours."""
    marks = (cell.value for place, cell in snapshot.cells.items() if place[2] == 1 and isinstance(cell.value, str))
    return any(_ANY_MARK.fullmatch(str(mark)) and mark != MARK for mark in marks)


def _read(snapshot: Snapshot, sheet: str, first: int) -> FoundLedger | None:
    def shown(row: int, column: int) -> str:
        cell = snapshot.cells.get((sheet, row, column))
        value = cell.value if cell else None
        return value if isinstance(value, str) else ""

    count, _, sealed = shown(first, 2).partition(" ")
    if not count.isdecimal() or int(count[:9]) > len(snapshot.cells):
        return None
    last = first + int(count)
    lines = [(shown(row, 1), shown(row, 2)) for row in range(first + 1, last + 1)]
    ledger, is_whole = Ledger(), checksum(lines) == sealed
    for place, entries in lines:
        is_whole &= _read_line(ledger, place, entries)
    return FoundLedger(ledger, sheet, first, last, is_whole)


def _read_line(ledger: Ledger, called: str, entries: str) -> bool:
    """Take a line into the ledger; False where it is none of ours."""
    sheet, _, topic = called.rpartition("!")
    row = topic.partition(":")[0]
    if row.isdecimal():
        for one in entries.split():
            found = _ENTRY.fullmatch(one)
            place = cell_position(f"{found[1]}{row}") if found else None
            if not found or not place:
                return False
            kind, value, code, dress, formula = (found[group] or "" for group in (2, 3, 4, 5, 6))
            ledger.cells[sheet, place[0], place[1]] = SealedCell(kind, value, code, dress, formula)
        return True
    try:
        named = json.loads(entries)
    except ValueError:
        return False
    if not isinstance(named, dict):
        return False
    for thing, seen in named.items():
        if topic == "setting":
            ledger.settings[str(thing)] = str(seen)
        else:
            ledger.things[sheet, topic, str(thing)] = str(seen)
    return True
