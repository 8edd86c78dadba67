"""Rules on texts as they look: all in sight, wide enough, legible, in contrast with their ground."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nachra.accessibility.colours import NAMED, contrast
from nachra.accessibility.inspection import Cell, Kind, Look, Sheet, Workbook
from nachra.accessibility.rules.words import limit, words
from nachra.accessibility.shown import lines, needed, room, section, shown_number
from nachra.accessibility.verdicts import Hit, Unjudged, at

_SYMBOLS_ONLY = re.compile(r"[\W_]+")


def wrapped_text(book: Workbook) -> Iterator[Hit | Unjudged]:
    """Texts are wrapped where they are wider than their cell: none is cut off, none runs out of sight."""
    for sheet, cell in book.cells():
        if cell.kind is Kind.TEXT:
            cause = _cut(sheet, cell, book.base_size)
            if cause:
                yield at(sheet, cell.place, cause)


def _cut(sheet: Sheet, cell: Cell, base_size: float) -> str:
    space, look = room(sheet, cell), cell.look
    if look.wrap:
        height = sheet.heights.get(cell.row)
        if height is None or sheet.merged_at(cell.place) or not height:
            return ""
        # 1.4: estimates of lines must not raise false alarms
        return "height" if lines(cell, space, base_size) * look.size > height * 1.4 else ""
    width = needed(cell, base_size)
    if look.shrink or width <= space * 1.1 + 1:
        return ""
    if sheet.merged_at(cell.place) or sheet.table_at(cell.place):
        return "cut"
    near = {"left": (1,), "general": (1,), "right": (-1,), "center": (-1, 1)}.get(look.align, (1,))
    if any((cell.row, cell.column + side) in sheet.cells for side in near):
        return "cut"
    return "long" if width > limit("line") else ""


def column_widths(book: Workbook) -> Iterator[Hit | Unjudged]:
    """Columns are wide enough for their figures (####), and no wider than a screen."""
    for sheet, cell in book.cells():
        if cell.kind is Kind.NUMBER and not cell.look.shrink and needed(cell, book.base_size) > room(sheet, cell) + 0.5:
            yield at(sheet, cell.place, "narrow")
    for sheet in book.sheets:
        if sheet.used:
            yield from (
                Hit(sheet.title, sheet.used._replace(left=column, right=column), "wide")
                for column in sheet.used.columns()
                if sheet.width(column) > limit("column")
            )


def text_format(book: Workbook) -> Iterator[Hit | Unjudged]:
    """Texts are large enough, without serifs, upright, not in capitals, and underlined only as links."""
    serif = {name.casefold() for name in words("serif_fonts")}
    for sheet, cell in book.cells():
        look = cell.look
        if look.size < limit("size"):
            yield at(sheet, cell.place, "small")
        if look.font.casefold() in serif:
            yield at(sheet, cell.place, "serif")
        if look.italic:
            yield at(sheet, cell.place, "italic")
        if look.underline and cell.link is None:
            yield at(sheet, cell.place, "underlined")
        if look.rotated:
            yield at(sheet, cell.place, "rotated")
        if cell.kind is Kind.TEXT and _is_shouted(cell.text):
            yield at(sheet, cell.place, "capitals")


def _is_shouted(text: str) -> bool:
    """Tell whether a text of several words is all in capitals; codes like ITO are too short."""
    long_words = [word for word in re.findall(r"[^\W\d_]+", text) if len(word) > 3 and word.lower() != word.upper()]
    return len(long_words) > 1 and text.upper() == text


def lone_symbols(book: Workbook) -> Iterator[Hit | Unjudged]:
    """No cell shows a symbol alone ("-", "..", "*"), be it typed or made by a number format."""
    for sheet, cell in book.cells():
        if cell.kind is Kind.TEXT and _is_symbol(cell.text.strip()):
            yield at(sheet, cell.place, "typed")
        elif cell.kind is Kind.NUMBER and cell.value == 0 and ";" in cell.look.number_format:
            shown = shown_number(cell).strip()
            if _is_symbol(shown):
                yield at(sheet, cell.place, "format")


def _is_symbol(text: str) -> bool:
    """Tell whether a text has neither letter nor digit; signs of units, which are read out, are words."""
    return _SYMBOLS_ONLY.fullmatch(text) is not None and text not in words("unit_signs")


def contrasts(book: Workbook) -> Iterator[Hit | Unjudged]:
    """Text stands out from its ground: 4.5 to 1, or 3 to 1 from 18 points (bold: 14) on (WCAG 2.2, 1.4.3).

    Themes, tints and colours of number and conditional formats are resolved; hatched and shaded grounds, pictures
    behind cells and the styles of tables are not.
    """
    for sheet in book.sheets:
        styled = [table.area for table in sheet.marked if has_fill(table.style, table.striped)]
        if sheet.has_background:
            yield Unjudged("background")
        for cell in sheet.cells.values():
            look = cell.look
            if look.patterned:
                yield Unjudged("patterned")
            elif look.fill is None and any(area.covers(cell.place) for area in styled):
                yield Unjudged("table_style")
            elif any(contrast(ink, look.fill or "FFFFFF") < _wanted(look) for ink in _inks(cell)):
                yield at(sheet, cell.place, "cell")
        for condition in sheet.conditions:
            for area in condition.areas:
                first = sheet.cells.get((area.top, area.left))
                look = first.look if first else Look()
                ink = condition.ink or look.ink
                grounds = condition.fills or (look.fill or "FFFFFF",)
                if any(contrast(ink, ground) < _wanted(look) for ground in grounds):
                    yield Hit(sheet.title, area, "condition")


def _wanted(look: Look) -> float:
    return 3.0 if look.size >= 18 or (look.bold and look.size >= 14) else 4.5


def _inks(cell: Cell) -> tuple[str, ...]:
    if cell.inks:
        return (cell.look.ink, *cell.inks)
    if cell.value is not None and "[" in cell.look.number_format:
        named = re.match(r"\[(\w+)\]", section(cell.look.number_format, cell.value))
        if named and named[1].casefold() in NAMED:
            return (NAMED[named[1].casefold()],)
    return (cell.look.ink,)


def has_fill(style: str, striped: bool) -> bool:
    """Tell whether a style of tables paints cells: all but the light ones do, and those in their stripes.

    Light 8 to 14 paint the header too. A style that the workbook defines itself is taken to paint.
    """
    if not style or style.casefold() == "none":
        return False
    light = re.fullmatch(r"TableStyleLight(\d+)", style)
    return striped or light is None or 8 <= int(light[1]) <= 14
