"""What is seen in a workbook, as plain data that the rules judge: sheets, cells, looks, tables, objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from nachra.grid import address

Place = tuple[int, int]
"""Row and column, counted from 1."""


class Area(NamedTuple):
    """A rectangle of cells; its sides count from 1 and belong to it."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def address(self) -> str:
        first, last = address(self.top, self.left), address(self.bottom, self.right)
        return first if first == last else f"{first}:{last}"

    def covers(self, place: Place) -> bool:
        return self.top <= place[0] <= self.bottom and self.left <= place[1] <= self.right

    def rows(self) -> range:
        return range(self.top, self.bottom + 1)

    def columns(self) -> range:
        return range(self.left, self.right + 1)


class Kind(StrEnum):
    """What a filled cell shows; UNCACHED is a formula whose result was never stored."""

    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    OTHER = "other"
    UNCACHED = "uncached"


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell looks: sizes in points, colours as RRGGBB, `fill` None where there is none."""

    font: str = "Calibri"
    size: float = 11
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    ink: str = "000000"
    fill: str | None = None
    patterned: bool = False
    bordered: bool = False
    align: str = "general"
    rotated: bool = False
    wrap: bool = False
    shrink: bool = False
    raised: bool = False
    number_format: str = "General"


@dataclass(frozen=True, slots=True)
class Cell:
    """A filled cell: what it holds, how it looks, and where its link leads (None where it is no link)."""

    row: int
    column: int
    kind: Kind
    text: str
    look: Look
    value: float | None = None
    link: str | None = None
    raised: tuple[tuple[str, str], ...] = ()
    """Superscripts, each with the text before it."""
    inks: tuple[str, ...] = ()
    """Colours of parts of the text that differ from the cell's."""

    @property
    def place(self) -> Place:
        return self.row, self.column

    @property
    def is_quantity(self) -> bool:
        """Tell a figure from a label; a whole number like 2024 counts as the label of a year."""
        if self.kind is Kind.UNCACHED:
            return True
        return self.kind is Kind.NUMBER and not (self.value is not None and self.value in range(1900, 2101))


@dataclass(frozen=True, slots=True)
class Table:
    """A marked-up table, or a region that looks like one (`marked` false, no name)."""

    area: Area
    name: str = ""
    headers: int = 1
    style: str = ""
    striped: bool = False
    filtered: bool = False
    marked: bool = True

    @property
    def body(self) -> Area:
        return self.area._replace(top=self.area.top + self.headers)


@dataclass(frozen=True, slots=True)
class Object:
    """What floats above the cells: a picture, chart, shape, text, line or control; `text` is its alternative."""

    kind: str
    name: str
    text: str
    at: Place
    decorative: bool = False
    colour_only: bool = False
    """A chart whose series differ by nothing but their colour."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A conditional format: whether only its colour speaks, its colours (RRGGBB), the cells it looks after."""

    areas: tuple[Area, ...]
    colour_only: bool
    fills: tuple[str, ...] = ()
    ink: str | None = None


@dataclass
class Sheet:
    """One sheet; `blanks` are the looks of empty cells that have a fill or a border."""

    title: str
    visible: bool = True
    is_chart: bool = False
    cells: dict[Place, Cell] = field(default_factory=dict)
    blanks: dict[Place, Look] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    marked: list[Table] = field(default_factory=list)
    found: list[Table] = field(default_factory=list)
    objects: list[Object] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    widths: dict[int, float] = field(default_factory=dict)
    """Widths of columns in characters, as stored."""
    heights: dict[int, float] = field(default_factory=dict)
    """Heights that are stored, in points."""
    default_width: float = 9.14
    right_to_left: bool = False
    frozen: bool = False
    filter: str = ""
    has_header: bool = False
    has_background: bool = False
    active_cell: str = "A1"
    top_left: str = "A1"

    @cached_property
    def tables(self) -> list[Table]:
        """All tables, marked up or not, from top to bottom."""
        return sorted([*self.marked, *self.found], key=lambda one: one.area)

    @cached_property
    def used(self) -> Area | None:
        """The rectangle that holds every filled cell."""
        if not self.cells:
            return None
        rows, columns = [row for row, _ in self.cells], [column for _, column in self.cells]
        return Area(min(rows), min(columns), max(rows), max(columns))

    @cached_property
    def _table_of(self) -> dict[Place, Table]:
        # by row: a sheet may hold many cells, and a table may claim the whole sheet
        rows: dict[int, list[Table]] = {row: [] for row, _ in self.cells}
        for one in self.tables:
            for row, standing in rows.items():
                if one.area.top <= row <= one.area.bottom:
                    standing.append(one)
        return {
            place: table
            for place in self.cells
            if (table := next((one for one in rows[place[0]] if one.area.covers(place)), None))
        }

    @cached_property
    def _merge_of(self) -> dict[Place, Area]:
        return {(row, column): area for area in self.merged for row in area.rows() for column in area.columns()}

    def table_at(self, place: Place) -> Table | None:
        """Return the table that a filled cell belongs to."""
        return self._table_of.get(place)

    def outside(self) -> Iterator[Cell]:
        """Yield the filled cells that belong to no table."""
        return (cell for cell in self.cells.values() if cell.place not in self._table_of)

    def merged_at(self, place: Place) -> Area | None:
        return self._merge_of.get(place)

    def row(self, area: Area, row: int) -> list[Cell]:
        """Return the filled cells of a row of an area."""
        return [cell for column in area.columns() if (cell := self.cells.get((row, column)))]

    def column(self, area: Area, column: int) -> list[Cell]:
        """Return the filled cells of a column of an area."""
        return [cell for row in area.rows() if (cell := self.cells.get((row, column)))]

    def width(self, column: int) -> float:
        return self.widths.get(column, self.default_width)


@dataclass
class Workbook:
    """A whole workbook as seen; `outline` is the one it names, `active` the sheet that opens first."""

    path: str
    every: list[Sheet]
    title: str = ""
    language: str = ""
    outline: str = ""
    active: int = 0
    has_macros: bool = False
    base_size: float = 11
    """Size of the standard font, which widths are counted in."""

    @cached_property
    def sheets(self) -> list[Sheet]:
        """The sheets that a reader is shown; hidden ones are the matter of one rule alone."""
        return [sheet for sheet in self.every if sheet.visible]

    def cells(self) -> Iterator[tuple[Sheet, Cell]]:
        for sheet in self.sheets:
            for cell in sheet.cells.values():
                yield sheet, cell

    def tables(self) -> Iterator[tuple[Sheet, Table]]:
        for sheet in self.sheets:
            for table in sheet.tables:
                yield sheet, table
