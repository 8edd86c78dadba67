"""Rules on what is painted or floats: headers and footers, dividers, fills, colour as a signal, pictures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from nachra.accessibility.inspection import Cell, Kind, Sheet, Table, Workbook
from nachra.accessibility.rules.formatting import has_fill
from nachra.accessibility.rules.words import is_default, limit
from nachra.accessibility.shown import section
from nachra.accessibility.verdicts import EVERYWHERE, Hit, Unjudged, at

_WHITE = "FFFFFF"
#: "-----", "=====", "_____"
_RULER = re.compile(r"([-=_*~.#–—─━])\1{2,}")


def headers_footers(book: Workbook) -> Iterator[Hit | Unjudged]:
    """No header, footer, text box or form control: screen readers pass them over."""
    for sheet in book.sheets:
        if sheet.has_header:
            yield Hit(sheet.title, EVERYWHERE, "header")
        for one in sheet.objects:
            if one.kind in ("text", "control"):
                yield at(sheet, one.at, one.kind)


def dividers(book: Workbook) -> Iterator[Hit | Unjudged]:
    """Nothing but cells parts the data: no painted blank lines, no slivers, no rows of dashes, no drawn lines."""
    for sheet in book.sheets:
        yield from (at(sheet, one.at, "line") for one in sheet.objects if one.kind == "line")
        for cell in sheet.cells.values():
            if cell.kind is Kind.TEXT and _RULER.fullmatch(cell.text.strip()):
                yield at(sheet, cell.place, "ruler")
        if sheet.used is None:
            continue
        rows, columns = {row for row, _ in sheet.cells}, {column for _, column in sheet.cells}
        for row, column in sheet.blanks:
            if sheet.used.covers((row, column)) and (row not in rows or column not in columns):
                yield at(sheet, (row, column), "painted")
        for row in sheet.used.rows():
            if row not in rows and 0 < sheet.heights.get(row, 15) < limit("sliver_height"):
                yield Hit(sheet.title, sheet.used._replace(top=row, bottom=row), "sliver")
        for column in sheet.used.columns():
            if column not in columns and 0 < sheet.width(column) < limit("sliver_width"):
                yield Hit(sheet.title, sheet.used._replace(left=column, right=column), "sliver")


def fills(book: Workbook) -> Iterator[Hit | Unjudged]:
    """No cell has a background: not by itself, not by a table's style, a conditional format or a picture."""
    for sheet in book.sheets:
        if sheet.has_background:
            yield Hit(sheet.title, EVERYWHERE, "background")
        looks = [(place, cell.look) for place, cell in sheet.cells.items()] + list(sheet.blanks.items())
        for place, look in looks:
            if look.patterned or (look.fill or _WHITE) != _WHITE:
                yield at(sheet, place, "cell")
        yield from (Hit(sheet.title, one.area, "style") for one in sheet.marked if has_fill(one.style, one.striped))
        yield from (Hit(sheet.title, area, "condition") for one in sheet.conditions if one.fills for area in one.areas)


def images(book: Workbook) -> Iterator[Hit | Unjudged]:
    """No pictures, charts or shapes."""
    for sheet in book.sheets:
        if sheet.is_chart:
            yield Hit(sheet.title, EVERYWHERE, "chart")
            continue
        if sheet.has_background:
            yield Hit(sheet.title, EVERYWHERE, "picture")
        for one in sheet.objects:
            if one.kind in ("picture", "chart", "shape"):
                yield at(sheet, one.at, one.kind)


def alternative_texts(book: Workbook) -> Iterator[Hit | Unjudged]:
    """Every picture, chart and shape has a text that replaces it, unless it is said to be decorative."""
    for sheet in book.sheets:
        for one in sheet.objects:
            if one.kind not in ("picture", "chart", "shape") or one.decorative:
                continue
            if not one.text:
                yield at(sheet, one.at, "missing")
            elif one.text == one.name or is_default(one.text, "objects") or re.fullmatch(r"\S+\.\w{3,4}", one.text):
                yield at(sheet, one.at, "empty")


def colour_alone(book: Workbook) -> Iterator[Hit | Unjudged]:
    """Colour is never the only signal.

    In a column of a table, cells that differ from the others by their colour alone fail, unless a text of their row
    (one text a colour), their sign or their being in every second row says the same; so do conditional formats that
    only paint, number formats that only redden negatives, charts whose series differ by colour alone. Colours of texts
    outside tables are not judged: what they say cannot be told.
    """
    for sheet in book.sheets:
        for table in sheet.tables:
            yield from (at(sheet, cell.place, "cell") for cell in _coloured(sheet, table))
        for condition in sheet.conditions:
            if condition.colour_only:
                yield from (Hit(sheet.title, area, "condition") for area in condition.areas)
        for cell in sheet.cells.values():
            if cell.value is not None and cell.value < 0 and ";" in cell.look.number_format:
                shown = section(cell.look.number_format, cell.value)
                if re.match(r"\[[^\W\d]", shown) and not re.search(r"[-(−]", shown):
                    yield at(sheet, cell.place, "format")
        yield from (at(sheet, one.at, "chart") for one in sheet.objects if one.colour_only)


def _coloured(sheet: Sheet, table: Table) -> Iterator[Cell]:
    for column in table.area.columns():
        cells = sheet.column(table.body, column)
        groups: dict[tuple[str, str | None], list[Cell]] = {}
        for cell in cells:
            groups.setdefault((cell.look.ink, _ground(cell)), []).append(cell)
        if len(groups) < 2:
            continue
        usual = max(groups.values(), key=len)
        styles = {_style(cell) for cell in usual}
        odd = [cell for group in groups.values() if group is not usual for cell in group if _style(cell) in styles]
        colour_of = {cell.row: key for key, group in groups.items() for cell in group}
        if odd and not _is_told(sheet, table, colour_of, column):
            yield from odd


def _ground(cell: Cell) -> str | None:
    return None if cell.look.fill == _WHITE else cell.look.fill


def _style(cell: Cell) -> tuple[object, ...]:
    """All that sets a cell apart without colour."""
    look = cell.look
    return look.bold, look.italic, look.underline, look.strike, look.size, look.number_format, cell.link is None


def _is_told(sheet: Sheet, table: Table, colour_of: dict[int, tuple[str, str | None]], column: int) -> bool:
    """Tell whether something but colour tells the colours of a column apart: one text (or sign) a colour."""
    colours = set(colour_of.values())

    def tells(sign: Callable[[int], object]) -> bool:
        pairs = {(sign(row), colour) for row, colour in colour_of.items()}
        return len(pairs) == len({one for one, _ in pairs}) == len(colours)

    def text_in(other: int) -> Callable[[int], object]:
        def text(row: int) -> str:
            cell = sheet.cells.get((row, other))
            return " ".join(cell.text.split()).casefold() if cell else ""

        return text

    def negative(row: int) -> bool:
        cell = sheet.cells.get((row, column))
        return cell is not None and (cell.value or 0) < 0

    # every second row: shades that only guide the eye, however many
    even, odd = ([colour for row, colour in colour_of.items() if row % 2 == rest] for rest in (0, 1))
    if min(len(even), len(odd)) > 1 and not set(even) & set(odd):
        return True
    return tells(negative) or any(tells(text_in(other)) for other in table.area.columns())
