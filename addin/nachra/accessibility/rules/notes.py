"""Rules on notes: called in words, outside the cells of tables, and told in a table on a sheet of notes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nachra.accessibility.inspection import Cell, Kind, Sheet, Workbook
from nachra.accessibility.rules.words import mentions, words
from nachra.accessibility.verdicts import Hit, Unjudged, at

#: "2024*", "Total †", and the "*Chiffres provisoires" below
_SYMBOL_AFTER = re.compile(r"[\w)\]%»]\s?[*†‡§¶]+\)?$")
_SYMBOL_BEFORE = re.compile(r"^\(?[*†‡§¶]+\)?\s*\w")
#: ¹ ² ³ and their like
_SUPERSCRIPT = re.compile("[\u00b9\u00b2\u00b3\u2070\u2074-\u2079]")
#: "Total (1)", "Total [1]", and the "(1) Estimation" below
_NUMBER_AFTER = re.compile(r"[\s\w%»](?:\(\d{1,2}\)|\[\d{1,2}\])$")
_WORD_OR_YEAR = re.compile(r"[^\W\d_]|\b(?:19|20)\d\d\b")
_NUMBER_BEFORE = re.compile(r"^(?:\(\d{1,2}\)|\[\d{1,2}\])\s*\w")


def symbols(book: Workbook) -> Iterator[Hit | Unjudged]:
    """No note is called by a symbol or a superscript."""
    for sheet, cell in book.cells():
        if _has_symbol(cell):
            yield at(sheet, cell.place, "symbol")
        elif _has_superscript(cell):
            yield at(sheet, cell.place, "superscript")


def _has_symbol(cell: Cell) -> bool:
    text = cell.text.strip()
    return cell.kind is Kind.TEXT and bool(_SYMBOL_AFTER.search(text) or _SYMBOL_BEFORE.search(text))


def _has_superscript(cell: Cell) -> bool:
    if cell.kind is not Kind.TEXT:
        return False
    text = cell.text
    for word in words("superscripts"):  # m², km², 1er: no notes
        text = text.replace(word, "")
    if _SUPERSCRIPT.search(text):
        return True
    return any(
        re.fullmatch(r"\s*[(\[]?(\d{1,2}|[a-z*†‡§]{1,2})[)\]]?\s*", raised)
        and raised.strip() not in words("ordinals")
        and not re.search(r"(?:^|[^\w])[kcd]?m$|CO$", before)
        for before, raised in cell.raised
    )


def _is_worded(text: str) -> bool:
    """Tell whether a text calls or gives a note in words: "Total [note 1]", "Note 2 : …"."""
    alternatives = "|".join(re.escape(word) for word in words("notes"))
    return re.search(rf"(?:^\W*|[\[(]\s*)(?:{alternatives})\s*\d", text, re.IGNORECASE) is not None


def _has_number(cell: Cell) -> bool:
    if cell.kind is not Kind.TEXT:
        return False
    text = cell.text.strip()
    after = _NUMBER_AFTER.search(text)
    # one search after the other: a single pattern would take quadratic time on long texts
    if after and _WORD_OR_YEAR.search(text, 0, after.start() + 1):
        return True
    return _NUMBER_BEFORE.search(text) is not None


def word(book: Workbook) -> Iterator[Hit | Unjudged]:
    """Notes are called by the word "note" and their number, not by a number alone."""
    for sheet, cell in book.cells():
        if _has_number(cell) and not _is_worded(cell.text):
            yield at(sheet, cell.place)


def _calls_note(cell: Cell) -> bool:
    return cell.kind is Kind.TEXT and (
        _has_symbol(cell) or _has_superscript(cell) or _has_number(cell) or _is_worded(cell.text)
    )


def in_cells(book: Workbook) -> Iterator[Hit | Unjudged]:
    """No note is called in the body of a table, unless in a column of notes; sheets of notes are left alone."""
    for sheet, table in book.tables():
        if mentions(sheet.title, "notes"):
            continue
        for column in table.area.columns():
            header = sheet.cells.get((table.area.top, column))
            if header is not None and mentions(header.text, "notes"):
                continue
            yield from (at(sheet, cell.place) for cell in sheet.column(table.body, column) if _calls_note(cell))


def table(book: Workbook) -> Iterator[Hit | Unjudged]:
    """Where notes are used, their texts stand in a table on a sheet of notes."""
    has_table = any(mentions(sheet.title, "notes") and sheet.tables for sheet in book.sheets)
    calls: list[tuple[Sheet, Cell]] = []
    for sheet in book.sheets:
        if mentions(sheet.title, "notes"):
            continue
        for cell in sheet.cells.values():
            if not _calls_note(cell):
                continue
            if sheet.table_at(cell.place) is None and _is_text_of_note(cell.text):
                yield at(sheet, cell.place, "elsewhere")
            else:
                calls.append((sheet, cell))
    if calls and not has_table:
        yield from (at(sheet, cell.place, "missing") for sheet, cell in calls)


def _is_text_of_note(text: str) -> bool:
    alternatives = "|".join(re.escape(one) for one in words("notes"))
    worded = rf"^\W*(?:{alternatives})\s*\d+\W+\w"
    return bool(
        _SYMBOL_BEFORE.search(text.strip())
        or _NUMBER_BEFORE.search(text.strip())
        or re.search(worded, text, re.IGNORECASE)
        or re.match("[\u00b9\u00b2\u00b3\u2070\u2074-\u2079]", text.strip())
    )
