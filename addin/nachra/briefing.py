"""What a briefing is before it becomes a file: an immutable description of sheets, tables, charts and formulas.

Every computed cell is an expression over the data sheet: the same tree gives the native formula and its cached
value, so the two cannot disagree.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Literal

from nachra.figures import PRECISION

# --- expressions ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ref:
    """A cell of the data sheet: the row of an observation (or of a sum of parts), in its column of values.

    `column` is "value" (in the briefing's unit, rates as fractions), "precision" (likewise) or "published".
    """

    key: str
    column: Literal["value", "precision", "published"] = "value"


@dataclass(frozen=True, slots=True)
class Constant:
    """A number of the method itself (1, 2, 100), never a figure."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Operation:
    """Two expressions joined by one of + - * /."""

    operator: Literal["+", "-", "*", "/"]
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms added up."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Text that depends on two intervals: `yes` where they overlap, else `no`."""

    low: Expression
    high: Expression
    claim: Expression
    half: Expression
    yes: str
    no: str


Expression = Ref | Constant | Operation | Sum | Verdict


def number(value: int | str | Decimal) -> Constant:
    """Return a constant."""
    return Constant(Decimal(value))


def minus(left: Expression, right: Expression) -> Operation:
    """Return left - right."""
    return Operation("-", left, right)


def plus(left: Expression, right: Expression) -> Operation:
    """Return left + right."""
    return Operation("+", left, right)


def times(left: Expression, right: Expression) -> Operation:
    """Return left * right."""
    return Operation("*", left, right)


def over(left: Expression, right: Expression) -> Operation:
    """Return left / right."""
    return Operation("/", left, right)


def evaluate(expression: Expression, value_of: Callable[[Ref], Decimal]) -> Decimal | str:
    """Compute an expression on exact decimals."""
    with localcontext(prec=PRECISION):
        match expression:
            case Ref():
                return value_of(expression)
            case Constant(value):
                return value
            case Sum(terms):
                return sum((_decimal(term, value_of) for term in terms), Decimal(0))
            case Operation(operator, left, right):
                a, b = _decimal(left, value_of), _decimal(right, value_of)
                return {"+": a.__add__, "-": a.__sub__, "*": a.__mul__, "/": a.__truediv__}[operator](b)
            case Verdict(low, high, claim, half, yes, no):
                ends = [_decimal(part, value_of) for part in (low, high, claim, half)]
                inside = ends[2] + ends[3] >= ends[0] and ends[2] - ends[3] <= ends[1]
                return yes if inside else no


def _decimal(expression: Expression, value_of: Callable[[Ref], Decimal]) -> Decimal:
    value = evaluate(expression, value_of)
    assert isinstance(value, Decimal)
    return value


def formula(expression: Expression, address_of: Callable[[Ref], str]) -> str:
    """Write an expression as a native formula, without the leading "="."""
    match expression:
        case Ref():
            return address_of(expression)
        case Constant(value):
            return format(value, "f")
        case Sum(terms):
            return "+".join(formula(term, address_of) for term in terms)
        case Operation(operator, left, right):
            a, b = (_bracketed(side, address_of) for side in (left, right))
            return f"{a}{operator}{b}"
        case Verdict(low, high, claim, half, yes, no):
            lo, hi, c, h = (_bracketed(part, address_of) for part in (low, high, claim, half))
            # doubles: a published rate on the very edge of its interval must not fall off by the last bit
            return f'IF(AND({c}+{h}>={lo}-1E-12,{c}-{h}<={hi}+1E-12),"{yes}","{no}")'


def _bracketed(expression: Expression, address_of: Callable[[Ref], str]) -> str:
    written = formula(expression, address_of)
    return f"({written})" if isinstance(expression, Operation | Sum) else written


# --- parts of a sheet -----------------------------------------------------------------------------

Style = Literal["text", "code", "total", "muted", "error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Value:
    """A number in a cell: a live expression and the Excel number format it is shown in."""

    expression: Expression
    number_format: str


@dataclass(frozen=True, slots=True)
class Link:
    """Text that leads to a sheet (and cell) of the briefing."""

    text: str
    sheet: str
    cell: str = "A1"


Content = Value | Link | str | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: header, width in characters, and how its cells are set."""

    header: str
    width: float
    align: Literal["left", "right", "center"] = "left"
    wrap: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: a content for each column."""

    cells: tuple[Content, ...]
    style: Style = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `id` is how charts find it."""

    id: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line or paragraph of text across the sheet."""

    text: str
    look: Literal["title", "subtitle", "heading", "body", "message", "legend"] = "body"


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """One series of a chart: columns of a table over a run of its rows (0 = the first row below the header)."""

    name: str
    categories: tuple[int, int, int, int]
    values: tuple[int, int, int, int]
    """(first row, first column, last row, last column) inside the table's body; row -1 is its header."""
    number_format: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A native chart over a table of the same sheet."""

    table: str
    kind: Literal["column", "bar", "line"]
    title: str
    description: str
    series: tuple[ChartSeries, ...]
    axis_title: str
    axis_format: str


Block = Paragraph | Table | Chart | Link


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: blocks from top to bottom, and how it is printed."""

    name: str
    blocks: tuple[Block, ...]
    landscape: bool = False
    one_page: bool = False
    """Shrunk to one printed page; else one page wide and as long as it takes."""
    freeze_table: str = ""
    """The table whose header stays in view and is repeated on each printed page."""
    repeat_table: str = ""
    """A table whose header is repeated on each printed page, without staying in view."""


#: the columns of the data sheet that hold texts; the others hold numbers
TEXT_COLUMNS = (0, 1, 2, 3, 5, 9, 10, 11, 12, 13)


@dataclass(frozen=True, slots=True)
class DataRow:
    """A row of the data sheet: an observation as published, or a sum of parts (then `terms` are their keys)."""

    key: str
    cells: tuple[str, ...]
    """Texts for TEXT_COLUMNS."""
    published: Decimal | None
    number_format: str
    precision: Decimal | None
    factor: Decimal
    """What turns the published value into the briefing's unit (rates: 0.01)."""
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Properties:
    """Document properties; `created` comes from the edition, never from the clock."""

    title: str
    subject: str
    author: str
    language: str
    keywords: str
    created: dt.datetime


@dataclass(frozen=True, slots=True)
class Briefing:
    """What is delivered: sheets in order, the data sheet among them (its blocks hold one table, "data")."""

    properties: Properties
    sheets: tuple[Sheet, ...]
    data_sheet: str
    data_columns: tuple[Column, ...]
    data: tuple[DataRow, ...]
    language: str
    right_to_left: bool = False
    footer: str = ""
