"""What a briefing is before it becomes a file: an immutable description of sheets, tables, charts and sentences."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from nachra.expressions import Expression
from nachra.formats import Style as NumberStyle

Style = Literal["text", "code", "total", "muted", "error", "warning", "note", "break"]


@dataclass(frozen=True, slots=True)
class Value:
    """A number in a cell: a live expression and the Excel number format it is shown in."""

    expression: Expression
    number_format: str
    quantity: str = ""
    """What it is ("growth|ITO|2024"), where sentences may quote it: both must then show the same digits."""


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
    keep: Literal["", "print", "view"] = ""
    """Whether its header is repeated on each printed page, or kept in view as well."""
    printed: bool = True
    """Whether it is printed; what stands below it is not, where it is not."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number inside a sentence: what it is computed from, and how the sentence writes it (without its unit).

    The value shown is the expression times `scale` (100 for percentages), its magnitude where `sign` is "none",
    half-up at `decimals`; `sign` is "minus" where only negative numbers show theirs, "both" where positive ones do too.
    """

    expression: Expression
    written: str
    decimals: int
    scale: Decimal = Decimal(1)
    sign: Literal["none", "minus", "both"] = "minus"
    quantity: str = ""
    """What it is, as in Value."""


#: words and numbers in reading order; joined, they are the sentence
Sentence = tuple[str | Number, ...]


def plain(text: str | Sentence) -> str:
    """Return a sentence as its reader sees it."""
    if isinstance(text, str):
        return text
    return "".join(part.written if isinstance(part, Number) else part for part in text)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line or paragraph of text across the sheet."""

    text: str | Sentence
    look: Literal["title", "subtitle", "heading", "body", "message", "legend"] = "body"


#: (first row, first column, last row, last column) inside a table's body; row -1 is its header
Area = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """One series of a chart: columns of a table over a run of its rows (0 = the first row below the header).

    Places count along that run, from 0.
    """

    name: str
    categories: Area
    values: Area
    number_format: str
    colour: str = ""
    """A colour of the theme's charts by its name ("total", "rest"), else the next of its series colours."""
    colours: tuple[tuple[int, str], ...] = ()
    """The same for single places."""
    unsettled: tuple[int, ...] = ()
    """Places of provisional and estimated figures, which look so."""
    labelled: tuple[int, ...] | None = None
    """Places whose value is written beside them; None: all."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A native chart over a table of the workbook.

    Kinds: columns side by side; bars across, first on top; lines; columns stacked, with the last series as marks
    above them (a total).
    """

    table: str
    kind: Literal["column", "bar", "line", "stacked"]
    title: str
    description: str
    series: tuple[ChartSeries, ...]
    axis_title: str
    axis_format: str
    axis_start: Decimal | None = Decimal(0)
    """Where the value axis of a line starts; columns and bars always start at zero."""


Block = Paragraph | Table | Chart | Link


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: blocks from top to bottom, and how it is printed."""

    name: str
    blocks: tuple[Block, ...]
    landscape: bool = False
    one_page: bool = False
    """Shrunk to one printed page; else one page wide and as long as it takes."""


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
    outline: str
    style: NumberStyle = "cldr"
    """How its numbers are written: see formats.Manner."""
    series: str = ""
    """The code of the series that it is about, where it is about one."""
    theme: str = "briefing"
    right_to_left: bool = False
    footer: str = ""
    absent: str | None = None
    """What the data sheet shows for a figure that is not published; None leaves the cell empty and grey."""
    nothing: str = ""
    """What it shows where there can be no figure."""
    ledger_sheet: str = ""
    """The sheet whose last, blank row gives way to the ledger; empty for a workbook that is not sealed."""
    settings: tuple[tuple[str, str], ...] = ()
    """What the briefing was made with, so that it can be made again."""
