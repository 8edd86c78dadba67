"""Rules on sheets: names and titles, nothing hidden, tables at the left edge, one a sheet, nothing below."""

from __future__ import annotations

from collections.abc import Iterator

from nachra.accessibility.inspection import Area, Kind, Workbook
from nachra.accessibility.rules.words import is_default
from nachra.accessibility.verdicts import EVERYWHERE, Hit, Unjudged, at


def filters_and_panes(book: Workbook) -> Iterator[Hit | Unjudged]:
    """No filters, no frozen or split panes."""
    for sheet in book.sheets:
        if sheet.frozen:
            yield Hit(sheet.title, EVERYWHERE, "panes")
        if sheet.filter:
            yield Hit(sheet.title, sheet.used or EVERYWHERE, "filter")
        yield from (Hit(sheet.title, table.area, "filter") for table in sheet.marked if table.filtered)


def hidden(book: Workbook) -> Iterator[Hit | Unjudged]:
    """No sheet is hidden, nor a row or column among the cells in use."""
    for sheet in book.every:
        if not sheet.visible:
            yield Hit(sheet.title, EVERYWHERE, "sheet")
            continue
        if sheet.used is None:
            continue
        for row in sorted(sheet.hidden_rows):
            yield Hit(sheet.title, sheet.used._replace(top=row, bottom=row), "row")
        for column in sorted(sheet.hidden_columns):
            yield Hit(sheet.title, sheet.used._replace(left=column, right=column), "column")


def titles(book: Workbook) -> Iterator[Hit | Unjudged]:
    """Every sheet has its title in A1: a text of its own, bold or larger than the text of the sheet.

    A heading style is not asked for: screen readers do not announce it in a spreadsheet.
    """
    seen: set[str] = set()
    for sheet in book.sheets:
        if not sheet.cells:  # blank sheets are another rule's matter
            continue
        cell = sheet.cells.get((1, 1))
        if (
            cell is None
            or cell.kind not in (Kind.TEXT, Kind.UNCACHED)
            or (cell.kind is Kind.TEXT and sum(map(str.isalpha, cell.text)) < 3)
        ):
            yield at(sheet, (1, 1), "missing")
            continue
        table = sheet.table_at((1, 1))
        if table is not None:
            yield at(sheet, (1, 1), "missing")
            continue
        sizes = [other.look.size for other in sheet.cells.values() if other is not cell]
        is_larger = cell.look.size > sorted(sizes)[len(sizes) // 2] if sizes else True
        if not cell.look.bold and not is_larger:
            yield at(sheet, (1, 1), "plain")
        title = " ".join(cell.text.split()).casefold()
        if title and title in seen:
            yield at(sheet, (1, 1), "twice")
        seen.add(title)


def names(book: Workbook) -> Iterator[Hit | Unjudged]:
    """Sheets have names of their own, not those that spreadsheets give."""
    seen: set[str] = set()
    for sheet in book.sheets:
        name = " ".join(sheet.title.split()).casefold()
        if name in seen:
            yield Hit(sheet.title, EVERYWHERE, "twice")
        elif is_default(name, "sheet_names"):
            yield Hit(sheet.title, EVERYWHERE, "default")
        seen.add(name)


def blank_sheets(book: Workbook) -> Iterator[Hit | Unjudged]:
    """No sheet is blank."""
    for sheet in book.sheets:
        if not sheet.cells and not sheet.objects and not sheet.is_chart:
            yield Hit(sheet.title, EVERYWHERE)


def first_column(book: Workbook) -> Iterator[Hit | Unjudged]:
    """Column A is in use, and texts outside tables stand in it: that is where a screen reader starts and goes down."""
    for sheet in book.sheets:
        if not sheet.cells:
            continue
        if all(column > 1 for _, column in sheet.cells):
            yield at(sheet, (1, 1), "empty")
            continue
        yield from (at(sheet, cell.place, "outside") for cell in sheet.outside() if cell.column > 1)


def tables_at_left(book: Workbook) -> Iterator[Hit | Unjudged]:
    """Every table starts in column A."""
    for sheet, table in book.tables():
        if table.area.left > 1:
            yield Hit(sheet.title, table.area)


def below_tables(book: Workbook) -> Iterator[Hit | Unjudged]:
    """Nothing stands below a table but another table."""
    for sheet in book.sheets:
        if not sheet.tables:
            continue
        end = min(table.area.bottom for table in sheet.tables)
        yield from (at(sheet, cell.place) for cell in sheet.outside() if cell.row > end)
        yield from (at(sheet, one.at) for one in sheet.objects if one.at[0] > end and one.kind != "control")


def one_table(book: Workbook) -> Iterator[Hit | Unjudged]:
    """No sheet has more than one table."""
    for sheet in book.sheets:
        if len(sheet.tables) > 1:
            yield from (Hit(sheet.title, Area(*table.area)) for table in sheet.tables)
