"""Our functions in the text of a formula: which are called, and with what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

from nachra.cells import Cell, CellError
from nachra.functions import REGISTRY, CellFunction
from nachra.grid import Grid, Kind
from nachra.guard import cell_position

#: the longest formula of Excel
MAX_FORMULA = 8192
#: cells of a range that is looked at
MAX_RANGE = 10_000
# Excel writes _xlfn. before what it does not know, [1]! or 'nachra.xlam'! before an add-in's; LibreOffice the
# full name of a UNO add-in where it has not learnt the short one
_NAME = re.compile(r"(?:.*!)?(?:(?:_xl\w+\.)*(?P<plain>\w+)|ORG\.NACHRA\.(?:\w+\.)*(?P<full>\w+))\(", re.I | re.S)
_REFERENCE = re.compile(
    r"(?:(?:'(?P<quoted>(?:[^']|'')+)'|(?P<sheet>[^'!:\[\]]+))!)?"
    r"\$?(?P<column>[A-Z]{1,3})\$?(?P<row>\d{1,7})(?::\$?(?P<column2>[A-Z]{1,3})\$?(?P<row2>\d{1,7}))?",
    re.I,
)


@dataclass(slots=True)
class Call:
    """A call of one of our functions: the tokens of each argument; `is_whole` where the formula is nothing else."""

    function: CellFunction
    arguments: list[list[Any]]
    is_whole: bool = False
    is_literal: bool = True
    """Cleared by `values_of` where an argument refers to a cell that is itself computed."""


def function_named(opening: str) -> CellFunction | None:
    """Return the function that "_xlfn.EXPORT_GROWTH(" or "[1]!EXPORT_GROWTH(" opens, None for others."""
    match = _NAME.fullmatch(opening)
    if not match:
        return None
    if match["plain"]:
        return REGISTRY.get(match["plain"].upper())
    bare = match["full"].upper().replace("_", "")
    return next((one for name, one in REGISTRY.items() if name.replace("_", "") == bare), None)


def calls_in(formula: str) -> list[Call] | None:
    """Return the calls of our functions in a formula (without "="), in order; None where it cannot be read."""
    if "EXPORT" not in formula.upper():
        return []
    if len(formula) > MAX_FORMULA:
        return None
    from openpyxl.formula import Tokenizer

    try:
        tokens = [one for one in Tokenizer(f"={formula}").items if one.type != "WHITE-SPACE"]
        return _calls(tokens)
    except Exception:  # openpyxl's tokenizer fails in several ways on what is no formula
        return None


def _calls(tokens: list[Any]) -> list[Call]:
    found: list[Call] = []
    frames: list[Call | None] = []
    for place, token in enumerate(tokens):
        if token.subtype == "CLOSE":
            call = frames.pop()
            if call and place == len(tokens) - 1 and tokens[0].type == "FUNC" and found[0] is call:
                call.is_whole = function_named(tokens[0].value) is call.function
        for frame in frames:
            if frame:
                if token.type == "SEP" and frame is frames[-1]:
                    frame.arguments.append([])
                else:
                    frame.arguments[-1].append(token)
        if token.subtype == "OPEN":
            function = function_named(token.value) if token.type == "FUNC" else None
            frames.append(Call(function, [[]]) if function else None)
            if function:
                found.append(frames[-1])  # type: ignore[arg-type]
    if frames:
        raise ValueError("a parenthesis that is not closed")
    return found


def values_of(call: Call, grid: Grid, sheet: str) -> tuple[Cell, ...] | None:
    """Return the values of a call's arguments; None where one is more than a literal or a reference."""
    if call.arguments == [[]]:
        return ()
    values: list[Cell] = []
    for tokens in call.arguments:
        sign, operand = 1.0, tokens
        if len(tokens) == 2 and tokens[0].type == "OPERATOR-PREFIX":
            sign, operand = {"-": -1.0}.get(tokens[0].value, 1.0), tokens[1:]
        if not operand:
            values.append(None)
            continue
        one = operand[0]
        if len(operand) > 1 or one.type != "OPERAND" or (sign < 0 and one.subtype != "NUMBER"):
            return None
        if one.subtype == "NUMBER":
            values.append(sign * float(one.value))
        elif one.subtype == "TEXT":
            values.append(one.value[1:-1].replace('""', '"'))
        elif one.subtype == "LOGICAL":
            values.append(one.value.upper() == "TRUE")
        elif one.subtype == "ERROR":
            values.append(CellError(one.value))
        else:
            found = _referred(call, one.value, grid, sheet)
            if isinstance(found, _Unknown):
                return None
            values.append(found)
    return tuple(values)


class _Unknown(Enum):
    VALUE = "unknown"


def _referred(call: Call, reference: str, grid: Grid, sheet: str) -> Cell | _Unknown:
    """Return the value or the values that a reference leads to; unknown where it leads out of the workbook."""
    match = _REFERENCE.fullmatch(reference)
    first = cell_position(f"{match['column']}{match['row']}".upper()) if match else None
    if not match or not first:
        return _Unknown.VALUE
    last = cell_position(f"{match['column2']}{match['row2']}".upper()) if match["row2"] else first
    name = match["quoted"].replace("''", "'") if match["quoted"] else match["sheet"] or sheet
    found = next((one for one in grid.sheets if one.title.casefold() == name.casefold()), None)
    if found is None or last is None:
        return _Unknown.VALUE
    (top, left), (bottom, right) = first, last
    if not (0 < (bottom - top + 1) * (right - left + 1) <= MAX_RANGE and bottom >= top):
        return _Unknown.VALUE
    rows = []
    for row in range(top, bottom + 1):
        cells = [found.get(row, column) for column in range(left, right + 1)]
        if any(cell and cell.kind is Kind.UNCACHED for cell in cells):
            return _Unknown.VALUE
        if any(cell and cell.formula is not None for cell in cells):
            call.is_literal = False
        rows.append(tuple(_value(cell.kind, cell.value) if cell else None for cell in cells))
    return rows[0][0] if first == last else tuple(rows)


def _value(kind: Kind, value: Any) -> Any:
    if kind is not Kind.ERROR:
        return value
    known = {one.value: one for one in CellError}
    return known.get(value, CellError.VALUE)
