"""Rules on words, links and the document as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nachra.accessibility.inspection import Area, Kind, Workbook
from nachra.accessibility.rules.words import is_one
from nachra.accessibility.verdicts import EVERYWHERE, Hit, Unjudged, at

_URL = re.compile(r"\b(?:https?|ftp|file)://|\bwww\.\w|\bmailto:", re.IGNORECASE)


def plain_words(_book: Workbook) -> Iterator[Hit | Unjudged]:
    """Texts are written in plain words: for a person to judge."""
    yield Unjudged("plain_words")


def spelling(_book: Workbook) -> Iterator[Hit | Unjudged]:
    """Spelling and grammar are right: for a person to judge."""
    yield Unjudged("spelling")


def checker(_book: Workbook) -> Iterator[Hit | Unjudged]:
    """Excel's own accessibility checker has been run: a file does not tell."""
    yield Unjudged("checker")


def links(book: Workbook) -> Iterator[Hit | Unjudged]:
    """The text of a link says where it leads; no raw address stands in a cell."""
    for sheet, cell in book.cells():
        if cell.kind is Kind.TEXT and _URL.search(cell.text):
            yield at(sheet, cell.place, "address")
        elif cell.link is not None and (cell.kind is not Kind.TEXT or is_one(cell.text, "links")):
            yield at(sheet, cell.place, "vague")


def macros(book: Workbook) -> Iterator[Hit | Unjudged]:
    """The workbook has no macros."""
    if book.has_macros:
        yield Hit("", EVERYWHERE)


def properties(book: Workbook) -> Iterator[Hit | Unjudged]:
    """The document properties tell title and language."""
    if not book.title:
        yield Hit("", EVERYWHERE, "title")
    if not book.language:
        yield Hit("", EVERYWHERE, "language")


def cursor(book: Workbook) -> Iterator[Hit | Unjudged]:
    """The workbook opens on its first sheet, with the cursor in A1 and A1 in sight."""
    first = next((place for place, sheet in enumerate(book.every) if sheet.visible), None)
    if first is None:
        return
    sheet = book.every[first]
    if book.active != first:
        active = book.every[book.active].title if book.active < len(book.every) else sheet.title
        yield Hit(active, EVERYWHERE, "sheet")
    if not sheet.is_chart and (sheet.active_cell.replace("$", "") != "A1" or sheet.top_left.replace("$", "") != "A1"):
        yield Hit(sheet.title, _place(sheet.active_cell), "cell")


def _place(reference: str) -> Area:
    from nachra.guard import cell_position

    place = cell_position(reference.replace("$", ""))
    return Area(*place, *place) if place else EVERYWHERE
