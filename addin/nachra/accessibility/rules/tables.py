"""Rules on tables: marked up, named, whole, with one header row, explained blanks, figures on the right."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nachra.accessibility.inspection import Area, Cell, Kind, Sheet, Table, Workbook
from nachra.accessibility.rules.words import is_default, mentions
from nachra.accessibility.verdicts import Hit, Unjudged, at

#: letters of a mark that stands for a figure
MAX_MARK = 6
#: what Excel would read as a cell
_CELL_NAME = re.compile(r"[A-Za-z]{1,3}[0-9]+")


def marked_up(book: Workbook) -> Iterator[Hit | Unjudged]:
    """Every table is marked up as one; what looks like a table and is not fails."""
    for sheet in book.sheets:
        yield from (Hit(sheet.title, table.area) for table in sheet.found)


def names(book: Workbook) -> Iterator[Hit | Unjudged]:
    """The names of tables mean something and differ; without a marked-up table there is nothing to judge."""
    seen: set[str] = set()
    any_marked = False
    for sheet, table in book.tables():
        if not table.marked:
            continue
        any_marked = True
        if table.name.casefold() in seen:
            yield Hit(sheet.title, table.area, "twice")
        elif not table.name or is_default(table.name, "table_names") or _CELL_NAME.fullmatch(table.name):
            yield Hit(sheet.title, table.area, "default")
        seen.add(table.name.casefold())
    if not any_marked and any(sheet.found for sheet in book.sheets):
        yield Unjudged("no_marked_table")


def merged_cells(book: Workbook) -> Iterator[Hit | Unjudged]:
    """No cells are merged."""
    for sheet in book.sheets:
        yield from (Hit(sheet.title, area) for area in sheet.merged)


def blank_lines(book: Workbook) -> Iterator[Hit | Unjudged]:
    """No row and no column inside a table is blank."""
    for sheet, table in book.tables():
        for line in _blank_lines(sheet, table.area):
            yield Hit(sheet.title, line)


def _blank_lines(sheet: Sheet, area: Area) -> list[Area]:
    rows = {row for row, column in sheet.cells if area.covers((row, column))}
    columns = {column for row, column in sheet.cells if area.covers((row, column))}
    blank = [area._replace(top=row, bottom=row) for row in area.rows() if row not in rows]
    return blank + [area._replace(left=column, right=column) for column in area.columns() if column not in columns]


def header_row(book: Workbook) -> Iterator[Hit | Unjudged]:
    """Every table has one header row, filled in, with names that differ and that somebody chose."""
    for sheet, table in book.tables():
        area = table.area
        if table.headers == 0:
            yield Hit(sheet.title, area, "missing")
            continue
        if table.headers > 1 or (table.marked and _is_stacked(sheet, table)):
            yield Hit(sheet.title, area._replace(bottom=area.top + max(table.headers, 1) - 1), "several")
            continue
        header = {cell.column: cell for cell in sheet.row(area, area.top)}
        texts: set[str] = set()
        for column in area.columns():
            cell = header.get(column)
            text = " ".join(cell.text.split()).casefold() if cell else ""
            if cell is None:
                if sheet.merged_at((area.top, column)) is None:
                    yield at(sheet, (area.top, column), "blank")
            elif cell.kind is Kind.TEXT and is_default(text, "headers"):
                yield at(sheet, cell.place, "default")
            elif text in texts and not cell.is_quantity:
                yield at(sheet, cell.place, "twice")
            texts.add(text)


def _is_stacked(sheet: Sheet, table: Table) -> bool:
    """Tell whether a second row of headers stands right above a marked-up table, or inside as its first row."""
    area = table.area
    above = area._replace(top=area.top - 1, bottom=area.top - 1)
    if (
        area.top > 1
        and len(sheet.row(above, above.top)) > 1
        and not any(cell.is_quantity for cell in sheet.row(above, above.top))
    ):
        return True
    numeric = [column for column in area.columns() if is_numeric(sheet, table, column)]
    first = {cell.column: cell for cell in sheet.row(area, table.body.top)}
    return bool(numeric) and all(
        column in first and first[column].kind is Kind.TEXT and first[column].look.bold for column in numeric
    )


def is_numeric(sheet: Sheet, table: Table, column: int) -> bool:
    """Tell whether a column holds figures, or marks such as "n.d." and "[x]" in their place, on their side."""
    cells = sheet.column(table.body, column)
    figures = sum(cell.kind in (Kind.NUMBER, Kind.UNCACHED) for cell in cells)
    marks = [cell for cell in cells if cell.kind is Kind.TEXT and len(cell.text.strip()) <= MAX_MARK]
    if figures == 0:
        return 0 < len(cells) == len(marks) and all(cell.look.align == "right" for cell in marks)
    return (figures + len(marks)) * 2 > len(cells)


def blanks(book: Workbook) -> Iterator[Hit | Unjudged]:
    """Cells of a table are blank only where a text of the sheet, or of a sheet of notes, says what that means."""
    explained_anywhere = any(
        mentions(cell.text, "blank_cells")
        for sheet, cell in book.cells()
        if cell.kind is Kind.TEXT and mentions(sheet.title, "notes")
    )
    for sheet in book.sheets:
        if explained_anywhere or any(mentions(cell.text, "blank_cells") for cell in sheet.outside()):
            continue
        for table in sheet.tables:
            lines = _blank_lines(sheet, table.area)
            empty_rows = {line.top for line in lines if line.top == line.bottom}
            empty_columns = {line.left for line in lines if line.left == line.right and line.top != line.bottom}
            for row in table.body.rows():
                # a heading between rows stands alone
                if row in empty_rows or len(sheet.row(table.area, row)) == 1 < len(table.area.columns()) - 1:
                    continue
                for column in table.area.columns():
                    place = row, column
                    if column not in empty_columns and place not in sheet.cells and sheet.merged_at(place) is None:
                        yield at(sheet, place)


def alignment(book: Workbook) -> Iterator[Hit | Unjudged]:
    """Figures and their headers stand on the right, texts where reading starts."""
    for sheet, table in book.tables():
        start = "right" if sheet.right_to_left else "left"
        for column in table.area.columns():
            numeric = is_numeric(sheet, table, column)
            for cell in sheet.column(table.body, column):
                if cell.kind in (Kind.NUMBER, Kind.UNCACHED):
                    if not _is_right(cell):
                        yield at(sheet, cell.place, "figure")
                elif cell.kind is Kind.TEXT and not numeric and cell.look.align not in ("general", start):
                    yield at(sheet, cell.place, "text")
            header = sheet.cells.get((table.area.top, column)) if table.headers else None
            if header is None or sheet.merged_at(header.place):
                continue
            if numeric and not _is_right(header):
                yield at(sheet, header.place, "header")
            elif not numeric and header.kind is Kind.TEXT and header.look.align not in ("general", start):
                yield at(sheet, header.place, "text")


def _is_right(cell: Cell) -> bool:
    return cell.look.align == "right" or (cell.look.align == "general" and cell.kind is not Kind.TEXT)
