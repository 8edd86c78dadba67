"""How much room a cell's content takes: an estimate in characters of the standard font, as columns are counted."""

from __future__ import annotations

import math
import re
from functools import cache

from nachra.accessibility.inspection import Cell, Kind, Sheet

#: what Excel keeps free beside the characters of a column, in characters
_PADDING = 0.71
#: a running text is narrower than as many digits, Arabic more so (measured: 0.44 and 0.35 em, a digit of Calibri 0.48)
_TEXT, _ARABIC = 0.92, 0.76
_NARROW = dict.fromkeys(".,;:'’ \u00a0\u202f", 0.5)
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[[^\]]*\]')


def room(sheet: Sheet, cell: Cell) -> float:
    """Return the width that a cell (or the merge it stands in) offers, in characters."""
    area = sheet.merged_at(cell.place) if sheet.merged else None
    columns = area.columns() if area else (cell.column,)
    return max(0.0, sum(sheet.width(column) for column in columns) - _PADDING)


def needed(cell: Cell, base_size: float) -> float:
    """Return the width that a text or number takes on one line, in characters of the standard font."""
    scale = cell.look.size / base_size * (1.07 if cell.look.bold else 1)
    if cell.kind is Kind.TEXT:
        return max((len(line) for line in cell.text.splitlines()), default=0) * _rate(cell.text) * scale
    return sum(_NARROW.get(character, 1.0) for character in shown_number(cell)) * scale


def _rate(text: str) -> float:
    return _ARABIC if re.search("[\u0621-\u064a]", text) else _TEXT


def lines(cell: Cell, width: float, base_size: float) -> int:
    """Return how many lines a wrapped text takes at a width; a quarter of a line is given away to the estimate."""
    scale = cell.look.size / base_size * _rate(cell.text) * (1.07 if cell.look.bold else 1)
    return sum(max(1, math.ceil(len(line) * scale / max(width, 1) - 0.25)) for line in cell.text.splitlines() or [""])


@cache
def _sections(number_format: str) -> tuple[str, ...]:
    return tuple(re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', number_format))


def section(number_format: str, value: float) -> str:
    """Return the part of a number format that a value is shown with."""
    parts = _sections(number_format)
    if value < 0 and len(parts) > 1:
        return parts[1]
    if value == 0 and len(parts) > 2:
        return parts[2]
    return parts[0]


def shown_number(cell: Cell) -> str:
    """Return about what a number shows; empty where its format adapts to the column (General) or is not told.

    Dates, fractions and scientific formats are not estimated: they yield nothing rather than a false alarm.
    """
    value, number_format = cell.value, cell.look.number_format
    if value is None or cell.kind is not Kind.NUMBER:
        return ""
    if number_format.casefold() in ("general", "standard", "@"):
        return ""
    part = section(number_format, value)
    literal = "".join(match[1] or match[2] or "" for match in _LITERAL.finditer(part))
    code = _LITERAL.sub("", part)
    if "0" not in code and "#" not in code:
        return literal + code.strip()
    if re.search(r"[eE?/]", code):
        return ""
    digits = re.search(r"[#0][#0,. ]*", code)
    whole, _, decimals = (digits[0] if digits else "").rstrip(", ").partition(".")
    number = abs(value) * 100 ** code.count("%") / 1000 ** len(re.findall(r",(?![#0])", code))
    text = f"{number:,.{decimals.count('0')}f}" if "," in whole else f"{number:.{decimals.count('0')}f}"
    has_sign = value < 0 and len(_sections(number_format)) == 1
    signs = "".join(character for character in code if character in "%+-()")
    return ("-" if has_sign else "") + text + signs + literal
