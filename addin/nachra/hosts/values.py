"""What Excel's COM sends for cells and takes for them, and names that its VBA accepts; no Excel needed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from nachra.cells import Cell, CellError, Scalar

#: Excel's numbers for errors, as CVErr takes them
ERROR_NUMBERS = {
    2000: CellError.NULL,
    2007: CellError.DIV0,
    2015: CellError.VALUE,
    2023: CellError.REF,
    2029: CellError.NAME,
    2036: CellError.NUM,
    2042: CellError.NA,
}
#: an error arrives as the COM code 0x800A0000 + its number; those above 2042 (#SPILL!, #CALC! …) are newer
FIRST_ERROR = 0x800A0000 - 2**32
LAST_NUMBER = 2100
#: words that VBA does not take as the name of an argument (MS-VBAL 3.3.5.2), or takes in some places only
_WORDS = """
access alias and any append as base binary boolean byref byte byval call caller case cdate cdbl cint clng compare
const cstr currency date debug decimal declare dim do double each else elseif empty end enum eqv erase error event
exit explicit false for friend from function get global gosub goto if imp implements in input integer is let lib
like lock long longlong longptr loop lset me mod module name new next not nothing null object on open option
optional or output paramarray preserve print private property public put raiseevent random read redim rem resume
return rset select set single static step stop string sub text then to true type typeof unlock until variant wend
while with withevents write xor
"""
VBA_WORDS = frozenset(_WORDS.split())


def scalar(value: Any) -> Scalar:
    """Return what a cell holds: Excel sends numbers as floats (money as Decimal), errors as whole numbers."""
    if isinstance(value, float | str | bool) or value is None:
        return value
    if isinstance(value, int):
        number = value - FIRST_ERROR
        if 0 < number < LAST_NUMBER:
            return ERROR_NUMBERS.get(number, CellError.VALUE)
        return float(value)
    if isinstance(value, dt.datetime):
        # pywin32's dates claim a time zone that Excel does not know
        return dt.datetime(value.year, value.month, value.day, value.hour, value.minute, value.second)
    return float(value) if isinstance(value, Decimal) else CellError.VALUE


def argument(value: Any) -> Cell:
    """Return an argument as the registry takes it: a scalar, or a rectangle where Excel gives several cells.

    An empty cell stays a rectangle of one: as a scalar it would be an omitted argument.
    """
    if value is None:
        return ((None,),)
    if not isinstance(value, tuple | list):
        return scalar(value)
    rows = value if value and isinstance(value[0], tuple | list) else (value,)
    made = tuple(tuple(scalar(one) for one in row) for row in rows)
    return made[0][0] if len(made) == len(made[0]) == 1 and made[0][0] is not None else made


def result(value: Cell) -> Any:
    """Return a result as xlwings sends it: errors as their text, blanks as empty texts, rectangles as lists."""
    if isinstance(value, tuple):
        return [[result(one) for one in row] for row in value]
    if isinstance(value, CellError):
        return value.value
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)
    return "" if value is None else value


def vba_name(name: str) -> str:
    """Return the name of an argument as Excel shows it: "to" is a word of VBA, hence "to_"."""
    return f"{name}_" if name.casefold() in VBA_WORDS else name
