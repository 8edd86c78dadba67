"""Freeze the open workbook: our formulas become their values, with formula, source, edition and status in a note.

`nachra.freeze` does the same to a file; here Excel's own cells are changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from nachra.ahead import status_words
from nachra.answers import Answer
from nachra.calls import calls_in, values_of
from nachra.cells import CellError
from nachra.grid import Grid
from nachra.hosts.marking import as_text
from nachra.hosts.protection import require_open
from nachra.hosts.sheet_reader import read_book, rows_of
from nachra.hosts.values import scalar
from nachra.hosts.wording import word
from nachra.provenance import answers_behind, sources_of

if TYPE_CHECKING:
    import xlwings as xw


def is_ours(formula: object) -> bool:
    """Tell whether a formula calls one of our functions (a text between quotes calls nothing)."""
    return isinstance(formula, str) and formula.startswith("=") and bool(calls_in(formula[1:]))


def provenance(formula: str, grid: Grid, sheet: str, language: str) -> str:
    """Return the note for a frozen cell: the formula; source, edition and status of each figure that it asks for."""
    found: list[Answer] = []
    for call in calls_in(formula[1:]) or ():
        values = values_of(call, grid, sheet)
        if values is not None and len(values) <= len(call.function.arguments):
            found += answers_behind(call, values)
    said = {
        "formula": [formula],
        "source": [sources_of(found)],
        "edition": [one.edition for one in found],
        "status": [status_words(one, language) for one in found if one.status],
    }
    lines = []
    for name, every in said.items():
        if shown := " ; ".join(dict.fromkeys(one for one in every if one)):
            lines.append(word(f"macros.frozen_{name}", language, **{name: shown}))
    return "\n".join(lines)


def freeze_book(book: xw.Book, language: str) -> int:
    """Freeze every formula of ours in an open workbook and return how many there were."""
    grid = read_book(book)
    require_open(*(one for one in book.sheets if any(map(is_ours, _formulas(one)))))
    return sum(_freeze_sheet(sheet, grid, language) for sheet in book.sheets)


def _formulas(sheet: xw.Sheet) -> Iterator[object]:
    used = sheet.used_range
    return (one for row in rows_of(used.formula, used.shape) for one in row)


def _freeze_sheet(sheet: xw.Sheet, grid: Grid, language: str) -> int:
    used = sheet.used_range
    values, formulas = (rows_of(one, used.shape) for one in (used.raw_value, used.formula))
    ours = [(r, c) for r, row in enumerate(formulas) for c, one in enumerate(row) if is_ours(one)]
    for row, column in ours:
        cell = used[row, column]
        note = provenance(formulas[row][column], grid, sheet.name, language)
        _put(cell, values[row][column])
        if cell.note is not None:
            cell.note.text = f"{cell.note.text}\n{note}"
        else:
            cell.add_note(note)
    if ours:
        # what a formula had spilled over its neighbours went with it
        left = rows_of(used.raw_value, used.shape)
        for r, row in enumerate(values):
            for c, value in enumerate(row):
                if value not in (None, "") and left[r][c] in (None, ""):
                    _put(used[r, c], value)
    return len(ours)


def _put(cell: xw.Range, value: Any) -> None:
    """Write a value as it stands: COM would write an error's code as a number, and read a text as an entry."""
    known = scalar(value)
    if isinstance(known, CellError):
        cell.formula = f"={known.value}"
    else:
        cell.value = as_text(known) if isinstance(known, str) else known
