"""Where everything in a briefing will stand: the rows of its blocks, the cells of its data and of its values.

The writer and the sentences that quote cells both ask here, before anything is written.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from nachra import charts
from nachra.briefing import Briefing, Chart, Link, Paragraph, Sheet, Table, Value
from nachra.expressions import Expression, Ref, Shown, evaluate
from nachra.texts import load_toml

#: places of the numbers in the data sheet, by the column a Ref names
DATA_COLUMNS = {"published": 4, "precision_published": 6, "value": 7, "precision": 8}
#: pixels of a row of standard height, and of a character, about
ROW_PIXELS, CHARACTER_PIXELS = 20, 7
#: width that a paragraph takes at least, in characters
MIN_TEXT_WIDTH = 90
#: that of the only column of a sheet of texts: a column wider than the page would be cut, not shrunk
ONE_COLUMN_WIDTH = 78.0


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A cell of the briefing; row and column from 0."""

    sheet: str
    row: int
    column: int

    @property
    def address(self) -> str:
        """Return the address without the sheet ("C7"); briefings have fewer than 26 columns beside a matrix's."""
        letters, rest = "", self.column
        while rest >= 0:
            letters, rest = chr(ord("A") + rest % 26) + letters, rest // 26 - 1
        return f"{letters}{self.row + 1}"

    @property
    def reference(self) -> str:
        """Return the reference as a formula writes it ("'Chiffres clés'!$C$7")."""
        letters = self.address.rstrip("0123456789")
        return f"'{self.sheet.replace(chr(39), chr(39) * 2)}'!${letters}${self.row + 1}"


@dataclass(frozen=True)
class Places:
    """The places of one briefing."""

    briefing: Briefing

    @cached_property
    def theme(self) -> dict[str, Any]:
        return load_toml(f"briefings/themes/{self.briefing.theme}.toml")

    def is_data(self, table: Table) -> bool:
        """Tell the table of data: it has no rows of its own, they are the briefing's."""
        return table.columns == self.briefing.data_columns

    def has_title(self, table: Table) -> bool:
        """Tell whether a table's title is written: alone on its sheet, a table needs no other."""
        return bool(table.title) and not self.theme["page"]["marked_tables"]

    def widths(self, sheet: Sheet) -> list[float]:
        """Return column widths that serve every table of a sheet, in characters."""
        widths: list[float] = []
        for block in sheet.blocks:
            for place, column in enumerate(block.columns if isinstance(block, Table) else ()):
                if place == len(widths):
                    widths.append(column.width)
                widths[place] = max(widths[place], column.width)
        widths = widths or [ONE_COLUMN_WIDTH]
        return [max(widths[0], self.theme["page"]["first_column"]), *widths[1:]]

    def chart_width(self, sheet: Sheet) -> float:
        """Return the pixels of a chart as wide as what stands above and below it."""
        return max(sum(self.widths(sheet)), MIN_TEXT_WIDTH) * CHARACTER_PIXELS

    def rows(self, sheet: Sheet) -> tuple[int, ...]:
        """Return the row of each block: of a paragraph's or a link's text, a table's header, a chart's top."""
        found, row = [], 0
        for block in sheet.blocks:
            match block:
                case Paragraph():
                    row += row > 0 and block.look == "heading"
                    found.append(row)
                    row += 1
                case Table():
                    row += 2 if self.has_title(block) else 1
                    found.append(row)
                    row += 2 + (len(self.briefing.data) if self.is_data(block) else len(block.rows))
                case Chart():
                    found.append(row + 1)
                    height = charts.height(block, self.theme, self.chart_width(sheet))
                    row += 2 + math.ceil(height / ROW_PIXELS)
                case Link():
                    found.append(row)
                    row += 1
        return tuple(found)

    # --- data -----------------------------------------------------------------------------------------

    @cached_property
    def _data(self) -> dict[str, Any]:
        return {row.key: row for row in self.briefing.data}

    @cached_property
    def _data_rows(self) -> dict[str, int]:
        sheet = next(sheet for sheet in self.briefing.sheets if sheet.name == self.briefing.data_sheet)
        header = next(
            row
            for row, block in zip(self.rows(sheet), sheet.blocks, strict=True)
            if isinstance(block, Table) and self.is_data(block)
        )
        return {row.key: header + 1 + place for place, row in enumerate(self.briefing.data)}

    def cell_of(self, ref: Ref) -> Cell:
        """Return the cell of the data sheet that a reference means."""
        return Cell(self.briefing.data_sheet, self._data_rows[ref.key], DATA_COLUMNS[ref.column])

    def address_of(self, ref: Ref | Shown) -> str:
        """Return a reference to the data sheet, or to the cell that shows an expression, as a formula writes it."""
        return (self.values[ref.expression] if isinstance(ref, Shown) else self.cell_of(ref)).reference

    def value_of(self, ref: Ref) -> Decimal:
        """Return the number in a cell of the data sheet."""
        row = self._data[ref.key]
        if row.terms:
            return sum((self.value_of(Ref(term, ref.column)) for term in row.terms), Decimal(0))
        number: Decimal | None = row.precision if ref.column == "precision" else row.published
        assert number is not None, ref
        return number if ref.column == "published" else number * row.factor

    def evaluate(self, expression: Expression) -> Decimal | str:
        """Return what a spreadsheet computes for an expression, exactly."""
        return evaluate(expression, self.value_of)

    # --- presentation ---------------------------------------------------------------------------------

    @cached_property
    def values(self) -> dict[Expression, Cell]:
        """The first cell that shows each expression."""
        found: dict[Expression, Cell] = {}
        for cell, value in self._shown():
            found.setdefault(value.expression, cell)
        return found

    @cached_property
    def quantities(self) -> dict[str, list[tuple[Cell, Value]]]:
        """The cells that show each quantity that sentences may quote."""
        found: dict[str, list[tuple[Cell, Value]]] = {}
        for cell, value in self._shown():
            if value.quantity:
                found.setdefault(value.quantity, []).append((cell, value))
        return found

    def _shown(self) -> Iterator[tuple[Cell, Value]]:
        for sheet in self.briefing.sheets:
            for top, block in zip(self.rows(sheet), sheet.blocks, strict=True):
                for row, body in enumerate(block.rows if isinstance(block, Table) else (), top + 1):
                    for column, content in enumerate(body.cells):
                        if isinstance(content, Value):
                            yield Cell(sheet.name, row, column), content
