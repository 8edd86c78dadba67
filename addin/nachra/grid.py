"""From admitted bytes to typed cells with addresses, read twice.

openpyxl gives values, formulas, number formats, hidden and merged cells; python-calamine reads the same bytes as
a second opinion. What one of them loses in silence shows as a disagreement.
"""

from __future__ import annotations

import datetime as dt
import gc
import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from nachra.diagnosis import LARGEST, explain, find_fault
from nachra.errors import UnreadableError
from nachra.essentials import essentials, last_saved
from nachra.guard import Admitted
from nachra.walking import LAST_COLUMN

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet


class Kind(StrEnum):
    """What a cell holds; UNCACHED is a formula whose result was never stored."""

    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"
    ERROR = "error"
    UNCACHED = "uncached"


@dataclass(frozen=True, slots=True)
class Cell:
    """One filled cell; `value` is float, str, bool, datetime or the error's name, None when uncached."""

    row: int
    column: int
    kind: Kind
    value: Any
    number_format: str = "General"
    formula: str | None = None

    @property
    def address(self) -> str:
        return address(self.row, self.column)

    @property
    def text(self) -> str:
        """Return a text cell's text, a whole number's digits, and nothing for the rest."""
        if self.kind is Kind.TEXT:
            return str(self.value)
        if self.kind is Kind.NUMBER and self.value == int(self.value):
            return str(int(self.value))
        return ""


def address(row: int, column: int) -> str:
    """Return the A1 address of a row and a column counted from 1."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


@dataclass(slots=True)
class Sheet:
    """One worksheet: its filled cells by (row, column), and what hides or joins them."""

    title: str
    visible: bool = True
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Merged ranges as (top, left, bottom, right)."""

    def get(self, row: int, column: int) -> Cell | None:
        return self.cells.get((row, column))

    def is_hidden(self, row: int, column: int) -> bool:
        return not self.visible or row in self.hidden_rows or column in self.hidden_columns

    def merged_at(self, row: int, column: int) -> tuple[int, int, int, int] | None:
        """Return the merged range that covers a cell."""
        for top, left, bottom, right in self.merged:
            if top <= row <= bottom and left <= column <= right:
                return top, left, bottom, right
        return None

    @property
    def last_row(self) -> int:
        return max((row for row, _ in self.cells), default=0)

    @property
    def last_column(self) -> int:
        return max((column for _, column in self.cells), default=0)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A cell that the two readers see differently, each side as it would be shown."""

    sheet: str
    cell: str
    first: str
    second: str


@dataclass(slots=True)
class Grid:
    """A whole workbook as typed cells, with the file it was read from."""

    file: Admitted
    sheets: list[Sheet]
    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Defined names that point at one cell: name → (sheet, address)."""
    broken_names: list[str] = field(default_factory=list)
    external_links: list[str] = field(default_factory=list)
    has_macros: bool = False
    modified: dt.datetime | None = None
    disagreements: list[Disagreement] = field(default_factory=list)

    def sheet(self, title: str) -> Sheet:
        return next(sheet for sheet in self.sheets if sheet.title == title)

    def texts(self) -> Iterator[tuple[Sheet, Cell]]:
        """Yield every text cell, sheet by sheet."""
        for sheet in self.sheets:
            for cell in sheet.cells.values():
                if cell.kind is Kind.TEXT:
                    yield sheet, cell


def read_grid(file: Admitted) -> Grid:
    """Read admitted bytes with both readers; UnreadableError where either cannot."""
    # a workbook is a million objects that all stay: looking for garbage among them takes a third of the time
    collects = gc.isenabled()
    gc.disable()
    try:
        return _read(file)
    finally:
        if collects:
            gc.enable()


def _read(file: Admitted) -> Grid:
    try:
        package = essentials(file)
    except Exception as error:  # parts in an encoding that only the guard's parser knows
        raise UnreadableError("unreadable", path=str(file.path), reason=type(error).__name__) from error
    grid = _read_openpyxl(file, package)
    grid.external_links.extend(target for kind, target in file.outside if kind == "link")
    grid.has_macros = file.has_macros
    grid.modified = last_saved(file)
    grid.disagreements.extend(_second_opinion(grid, package))
    # where the readers disagree, one of them may have made sense of nonsense
    if grid.disagreements and (fault := find_fault(str(file.path), package)):
        raise fault
    return grid


def _read_openpyxl(file: Admitted, package: bytes) -> Grid:
    try:
        with warnings.catch_warnings():
            # openpyxl warns of features that it drops (conditional formats, extensions): none holds a figure
            warnings.simplefilter("ignore")
            return _load(file, package)
    except UnreadableError:
        raise
    except Exception as error:  # a bad file makes openpyxl raise a dozen foreign types, some only when asked
        raise explain(str(file.path), package, f"openpyxl, {type(error).__name__}") from error


def _load(file: Admitted, package: bytes) -> Grid:
    import openpyxl

    formulas = values = openpyxl.load_workbook(io.BytesIO(package), keep_links=False)
    if _has_formula(formulas):
        values = openpyxl.load_workbook(io.BytesIO(package), data_only=True, keep_links=False)
    if not values.worksheets:
        # openpyxl shows Strict Open XML as a workbook without sheets
        raise UnreadableError("no_sheets", path=str(file.path))
    sheets = [
        _read_sheet(file, ours, theirs) for ours, theirs in zip(values.worksheets, formulas.worksheets, strict=True)
    ]
    names, broken = _read_names(formulas)
    return Grid(file, sheets, names, broken)


def _has_formula(workbook: Workbook) -> bool:
    """Tell whether a second load, for the stored results, is worth its time."""
    # the public iterator would create every cell of the used box
    return any(cell.data_type == "f" for sheet in workbook.worksheets for cell in sheet._cells.values())


def _read_sheet(file: Admitted, values: Worksheet, formulas: Worksheet) -> Sheet:
    sheet = Sheet(values.title, values.sheet_state == "visible")
    sheet.hidden_rows = {row for row, dimension in values.row_dimensions.items() if dimension.hidden}
    hidden = [(one.min or 1, one.max or one.min or 1) for one in values.column_dimensions.values() if one.hidden]
    reached = 0  # ranges that overlap are walked once
    for first, last in sorted(hidden):
        sheet.hidden_columns.update(range(max(first, reached + 1), min(last, LAST_COLUMN) + 1))
        reached = max(reached, last)
    sheet.merged = [(area.min_row, area.min_col, area.max_row, area.max_col) for area in values.merged_cells.ranges]
    # `iter_rows` would create every cell of the rectangle; the dictionary holds those that are there
    for place, cell in sorted(formulas._cells.items()):
        if cell.value is None:
            continue
        stored = values._cells[place] if cell.data_type == "f" else cell
        if stored.value is None and stored.data_type == "str":
            continue  # a formula whose stored result is an empty text: the cell shows nothing
        if isinstance(stored.value, int | float) and not abs(stored.value) < LARGEST:
            raise UnreadableError("not_finite", path=str(file.path), sheet=sheet.title, cell=address(*place))
        sheet.cells[place] = _typed(cell, stored)
    return sheet


_ESCAPED = re.compile(r"_x(000[9ADad]|005[Ff])_")


def _typed(cell: Any, stored: Any) -> Cell:
    formula = None
    if cell.data_type == "f":  # arrays and data tables are objects, the latter without a text
        formula = cell.value if isinstance(cell.value, str) else getattr(cell.value, "text", None) or "="
    value = stored.value
    if value is None:
        kind = Kind.UNCACHED
    elif stored.data_type == "e":
        kind = Kind.ERROR
    elif isinstance(value, bool):
        kind = Kind.BOOLEAN
    elif isinstance(value, int | float):
        kind, value = Kind.NUMBER, float(value)
    elif isinstance(value, dt.datetime | dt.date | dt.time | dt.timedelta):
        kind = Kind.DATE
    else:
        # openpyxl leaves the escapes of ECMA-376 (18.4.1) in texts
        kind, value = Kind.TEXT, _ESCAPED.sub(lambda match: chr(int(match[1], 16)), str(value))
    return Cell(cell.row, cell.column, kind, value, cell.number_format or "General", formula)


def _read_names(workbook: Workbook) -> tuple[dict[str, tuple[str, str]], list[str]]:
    names: dict[str, tuple[str, str]] = {}
    broken: list[str] = []
    for defined_names in (workbook.defined_names, *(sheet.defined_names for sheet in workbook.worksheets)):
        for name, defined in defined_names.items():
            target = defined.attr_text or ""
            if "#REF!" in target or re.search(r"\[\d+\]", target):
                broken.append(name)
            elif match := re.fullmatch(r"(?:'((?:[^']|'')+)'|([^'!]+))!\$?([A-Z]+)\$?(\d+)", target):
                names[name] = ((match[1] or match[2]).replace("''", "'"), match[3] + match[4])
    return names, sorted(set(broken))


def _second_opinion(grid: Grid, package: bytes) -> Iterator[Disagreement]:
    """Yield each cell on which calamine disagrees with openpyxl about being filled, or about its content.

    Raises UnreadableError where calamine fails, or knows a sheet that openpyxl passed over.
    """
    import python_calamine

    path = str(grid.file.path)
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(package))
        listed = [one.name for one in workbook.sheets_metadata if one.typ == python_calamine.SheetTypeEnum.WorkSheet]
        seen = {sheet.title: _filled(workbook.get_sheet_by_name(sheet.title)) for sheet in grid.sheets}
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic in Rust arrives as a BaseException
        raise explain(path, package, f"calamine, {type(error).__name__}") from error
    for title in listed:
        if title not in seen:
            raise UnreadableError("sheet_lost", path=path, sheet=title)
    for sheet in grid.sheets:
        yield from _compare(sheet, seen[sheet.title])


def _filled(sheet: Any) -> dict[tuple[int, int], Any]:
    """Return a sheet's filled cells by (row, column) as calamine sees them."""
    left = sheet.start[1] + 1 if sheet.start else 1  # rows are yielded from the first on, columns from the first filled
    return {
        (row, column): value
        for row, values in enumerate(sheet.iter_rows(), 1)
        for column, value in enumerate(values, left)
        if value != ""
    }


def _compare(sheet: Sheet, second: dict[tuple[int, int], Any]) -> Iterator[Disagreement]:
    for place in sorted(sheet.cells.keys() | second.keys()):
        cell, other = sheet.cells.get(place), second.get(place)
        if cell is not None and _same(cell, other):
            continue
        yield Disagreement(
            sheet.title, address(*place), *("" if one is None else str(one) for one in (cell and cell.value, other))
        )


def _same(cell: Cell, other: Any) -> bool:
    match cell.kind:
        case Kind.ERROR | Kind.UNCACHED:
            # calamine has no error cells (its issue 105) and drops formulas without a value
            return other is None or other in (0, 0.0) or (cell.kind is Kind.ERROR and str(other).startswith("#"))
        case Kind.NUMBER:
            return isinstance(other, int | float) and not isinstance(other, bool) and bool(float(other) == cell.value)
        case Kind.DATE:
            return bool(_moment(other) == _moment(cell.value))
        case Kind.TEXT:
            return not cell.text.strip() if other is None else _lines(other) == _lines(cell.value)
    return bool(other == cell.value)


def _lines(value: Any) -> str:
    # readers keep or drop outer spaces, and each has its own line ends
    return str(value).replace("\r\n", "\n").replace("\r", "\n").strip()


def _moment(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value
    return dt.datetime.combine(value, dt.time()) if isinstance(value, dt.date) else value
