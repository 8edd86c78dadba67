"""What a cell holds, and functions applied to ranges element by element."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from enum import Enum
from itertools import repeat
from typing import Any


class CellError(Enum):
    """A cell error, as spreadsheets write it."""

    NA = "#N/A"
    VALUE = "#VALUE!"
    NUM = "#NUM!"
    DIV0 = "#DIV/0!"
    REF = "#REF!"
    NAME = "#NAME?"
    NULL = "#NULL!"


Scalar = float | str | bool | dt.date | CellError | None
Rectangle = tuple[tuple[Scalar, ...], ...]
Cell = Scalar | Rectangle


class Stop(Exception):
    """Ends a call with a cell error."""

    def __init__(self, error: CellError, reason: str = ""):
        self.error = error
        self.reason = reason


#: a blank cell of a range: not an argument left out, which asks for the total or the latest period
BLANK: Any = object()


def is_number(value: Cell) -> bool:
    """Tell whether a cell holds a number (a truth value is none)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def has_number(value: Cell) -> bool:
    """Tell whether a call computes on numbers: one number in the first argument decides for the whole range."""
    if isinstance(value, tuple):
        return any(is_number(one) for row in value for one in row)
    return is_number(value)


def number(value: Cell) -> float:
    """Return a cell's number; ends in #N/A for a blank, #VALUE! for a text, the error itself for an error."""
    if type(value) is float:  # nearly always
        return value
    if isinstance(value, CellError):
        raise Stop(value)
    if value is None or value is BLANK or value == "":
        raise Stop(CellError.NA, "blank")
    if not is_number(value):
        raise Stop(CellError.VALUE, "not_a_number")
    return float(value)  # type: ignore[arg-type]


def each(compute: Callable[..., Scalar], *arguments: Cell) -> Cell:
    """Apply a scalar function element by element: ranges match in shape, or one side is a single cell."""
    if not any(isinstance(one, tuple) for one in arguments):
        return _guarded(compute, *arguments)  # type: ignore[arg-type]
    ranges = [one if isinstance(one, tuple) and (len(one) > 1 or len(one[0]) > 1) else None for one in arguments]
    shapes = {(len(one), len(one[0])) for one in ranges if one}
    if len(shapes) > 1:
        return CellError.VALUE
    if not shapes:
        return _guarded(compute, *map(_alone, arguments))
    (rows, columns), *_ = shapes
    flat = [
        [BLANK if cell is None or cell == "" else cell for row in one for cell in row] if one else repeat(_alone(alone))
        for one, alone in zip(ranges, arguments, strict=True)
    ]
    made = [_guarded(compute, *cells) for cells in zip(*flat, strict=False)]
    return tuple(tuple(made[row * columns : (row + 1) * columns]) for row in range(rows))


def _alone(value: Cell) -> Scalar:
    """A scalar, or the cell of a range of one, whose blank is no argument left out."""
    if isinstance(value, tuple):
        return BLANK if value[0][0] in (None, "") else value[0][0]
    return value


def _guarded(compute: Callable[..., Scalar], *arguments: Scalar) -> Scalar:
    try:
        found = compute(*arguments)
    except Stop as stop:
        return stop.error
    except OverflowError:
        return CellError.NUM
    return CellError.NUM if isinstance(found, float) and not math.isfinite(found) else found


def single(value: Cell) -> Scalar:
    """Return the first cell of a range, or the scalar itself."""
    return value[0][0] if isinstance(value, tuple) else value
