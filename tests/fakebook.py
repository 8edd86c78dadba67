"""A stand-in for Excel behind xlwings' own Book, Sheet and Range: workbooks in memory, read by openpyxl.

Real: xlwings.main (slicing, sizes, conversions, checks of arguments). Stood in for: the application. It keeps what
Excel would keep (raw values as COM gives them, formulas, formats, notes, colours, merged and hidden cells) and
calculates nothing; a test puts the value of a formula beside it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import openpyxl
import xlwings
from openpyxl.utils.cell import coordinate_to_tuple, get_column_letter, range_boundaries
from xlwings import base_classes

from nachra.cells import CellError
from nachra.hosts.values import ERROR_NUMBERS, FIRST_ERROR

CODES = {error.value: FIRST_ERROR + number for number, error in ERROR_NUMBERS.items()}


@dataclass
class Content:
    """One cell as Excel keeps it."""

    value: Any = None
    formula: str = ""
    number_format: str = "General"
    color: tuple[int, int, int] | None = None
    note: str = ""
    link: str = ""
    bold: bool = False
    wrap: bool = False


class Engine:
    """The engine that xlwings' conversions ask; COM's rules for what goes in and out."""

    name, type = "excel", "desktop"
    #: the running applications, the one in front first
    apps: ClassVar[list[Any]] = []

    @staticmethod
    def clean_value_data(data: Any, dates: Any, empty: Any, numbers: Any, err_to_str: bool) -> Any:
        errors = {code: name if err_to_str else None for name, code in CODES.items()}
        return [
            [errors[one] if type(one) is int else empty if one in ("", None) else one for one in row] for row in data
        ]

    @staticmethod
    def prepare_xl_data_element(value: Any, _: Any) -> Any:
        return "" if value is None else value


class App(base_classes.App):
    engine = Engine()
    pid, version, api, status_bar = 1, "16.0", True, None
    screen_updating = display_alerts = True  # type: ignore[assignment]

    def __init__(self) -> None:
        self.opened: list[Book] = []
        self.alerts: list[str] = []
        self.chosen: Range | None = None
        self.calculated = 0
        Engine.apps[:] = [self]

    @property
    def books(self) -> Any:
        return Books(self)

    @property
    def selection(self) -> Any:
        return self.chosen

    def open(self, fullname: str, *_: Any, **__: Any) -> Book:
        book = Book(self, Path(fullname))
        self.opened.append(book)
        return book

    def activate(self, steal_focus: bool = False) -> None:
        pass

    def alert(self, prompt: str, *_: Any) -> str:
        self.alerts.append(prompt)
        return "ok"

    def calculate(self) -> None:
        self.calculated += 1


class Books(base_classes.Books):
    def __init__(self, app: App):
        self.app = app

    def __iter__(self) -> Iterator[Any]:
        return iter(self.app.opened)

    def __len__(self) -> int:
        return len(self.app.opened)

    def __call__(self, name: Any) -> Any:
        for one in self.app.opened:
            if one.name == name:
                return one
        raise KeyError(name)

    def open(self, fullname: str, *_: Any, **__: Any) -> Any:
        return self.app.open(fullname)


class Book(base_classes.Book):
    api = True

    def __init__(self, app: App, path: Path):
        self._app, self.path = app, path
        values = openpyxl.load_workbook(path, data_only=True)
        formulas = openpyxl.load_workbook(path)
        self.pages = [Sheet(self, one) for one in values.worksheets]
        for page, written in zip(self.pages, formulas.worksheets, strict=True):
            page.fill(written)
        scopes = [formulas.defined_names, *(one.defined_names for one in formulas.worksheets)]
        # a file numbers the books it links to, Excel names them
        self.defined = {
            name: "=" + re.sub(r"\[(\d+)\]", r"[other\1.xlsx]", one.attr_text or "")
            for scope in scopes
            for name, one in scope.items()
        }
        self.active = self.pages[0]

    @property
    def app(self) -> App:
        return self._app

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def fullname(self) -> str:
        return str(self.path)

    @property
    def sheets(self) -> Sheets:
        return Sheets(self)

    @property
    def names(self) -> Any:
        made = [(name, SimpleNamespace(name=name, refers_to=target)) for name, target in self.defined.items()]
        return SimpleNamespace(snapshot=lambda: made)

    def activate(self) -> None:
        pass

    def close(self) -> None:
        self._app.opened.remove(self)


class Sheets(base_classes.Sheets):
    def __init__(self, book: Book):
        self.book = book

    def __iter__(self) -> Iterator[Any]:
        return iter(self.book.pages)

    def __len__(self) -> int:
        return len(self.book.pages)

    @property
    def active(self) -> Any:
        return self.book.active

    def __call__(self, which: Any) -> Any:
        if isinstance(which, int):
            return self.book.pages[which - 1]
        for one in self.book.pages:
            if one.name == which:
                return one
        raise KeyError(which)

    def add(self, before: Any = None, after: Any = None, name: str | None = None) -> Any:
        made = Sheet(self.book)
        made.name = name or f"Feuil{len(self) + 1}"
        place = self.book.pages.index(before) if before else self.book.pages.index(after or self.book.active) + 1
        self.book.pages.insert(place, made)
        self.book.active = made
        return made


class Sheet(base_classes.Sheet):
    api = True
    visible: Any = True

    def __init__(self, book: Book, source: Any = None):
        self._book = book
        self._name = source.title if source else ""
        self.contents: dict[tuple[int, int], Content] = {}
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.areas: list[tuple[int, int, int, int]] = []
        self.widths: dict[int, float] = {}
        self.frozen = ""
        if source is not None:
            self.visible = source.sheet_state == "visible"
            for place, cell in source._cells.items():
                self.contents[place] = Content(_as_com(cell), number_format=cell.number_format)
            self.hidden_rows = {row for row, one in source.row_dimensions.items() if one.hidden}
            for one in source.column_dimensions.values():
                if one.hidden:
                    self.hidden_columns.update(range(one.min, one.max + 1))
            self.areas = [(a.min_row, a.min_col, a.max_row, a.max_col) for a in source.merged_cells.ranges]

    def fill(self, source: Any) -> None:
        for place, cell in source._cells.items():
            if cell.data_type == "f":
                written = cell.value
                self.contents[place].formula = written if isinstance(written, str) else written.text
                if self.contents[place].value is None:
                    self.contents[place].value = ""

    @property
    def name(self) -> str:
        return self._name

    @name.setter
    def name(self, value: str) -> None:
        self._name = value

    @property
    def book(self) -> Book:
        return self._book

    @property
    def index(self) -> int:
        return self._book.pages.index(self) + 1

    @property
    def freeze_panes(self) -> Any:
        return SimpleNamespace(freeze_at=lambda where: setattr(self, "frozen", where))

    def activate(self) -> None:
        self._book.active = self

    def delete(self) -> None:
        self._book.pages.remove(self)

    def copy(self, before: Any, after: Any) -> None:
        """Copy as Excel does: names stay unique, and references to other sheets lead back to the first book."""
        target: Book = (before or after).book
        made = Sheet(target)
        made.name, number = self.name, 2
        while any(one.name == made.name for one in target.pages):
            made.name, number = f"{self.name} ({number})", number + 1
        for place, content in self.contents.items():
            formula = re.sub(r"'?([\w ]+)'?!", rf"'[{self._book.name}]\1'!", content.formula)
            made.contents[place] = replace(content, formula=formula)
        made.areas = list(self.areas)
        target.pages.insert(target.pages.index(before or after) + (0 if before else 1), made)

    @property
    def used_range(self) -> Range:
        rows = [row for row, _ in self.contents] or [1]
        columns = [column for _, column in self.contents] or [1]
        return Range(self, min(rows), min(columns), max(rows), max(columns))

    @property
    def cells(self) -> Range:
        return Range(self, 1, 1, 1_048_576, 16_384)

    def range(self, first: Any, last: Any = None) -> Range:
        if isinstance(first, str):
            left, top, right, bottom = range_boundaries(first)
            return Range(self, top, left, bottom, right)
        if isinstance(first, tuple) and len(first) == 4:
            row, column, rows, columns = first
            return Range(self, row, column, row + rows - 1, column + columns - 1)
        start = (first.row, first.column) if isinstance(first, Range) else first
        end = start if last is None else (last.bottom, last.right) if isinstance(last, Range) else last
        return Range(self, *start, *end)


def _as_com(cell: Any) -> Any:
    value = cell.value
    if cell.data_type == "e":
        return CODES.get(value, CODES[CellError.VALUE.value])
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)
    return value


def _common(values: list[Any]) -> Any:
    """One value for a whole range, None where it is mixed, as COM answers."""
    return values[0] if all(one == values[0] for one in values) else None


@dataclass
class Range(base_classes.Range):
    page: Sheet
    row: int = 0  # type: ignore[assignment]
    column: int = 0  # type: ignore[assignment]
    bottom: int = 0
    right: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    asked: int = 0
    api = True
    max_cells_per_read = max_cells_per_write = None  # type: ignore[assignment]

    @property
    def sheet(self) -> Sheet:
        return self.page

    @property
    def shape(self) -> tuple[int, int]:
        return self.bottom - self.row + 1, self.right - self.column + 1

    def __len__(self) -> int:
        return self.shape[0] * self.shape[1]

    def __call__(self, *place: int) -> Range:
        if len(place) == 1:
            place = ((place[0] - 1) // self.shape[1] + 1, (place[0] - 1) % self.shape[1] + 1)
        row, column = self.row + place[0] - 1, self.column + place[1] - 1
        return Range(self.page, row, column, row, column)

    def places(self) -> list[tuple[int, int]]:
        return [(r, c) for r in range(self.row, self.bottom + 1) for c in range(self.column, self.right + 1)]

    def contents(self) -> list[Content]:
        return [self.page.contents.get(place, Content()) for place in self.places()]

    def change(self, **changes: Any) -> None:
        for place in self.places():
            content = self.page.contents.setdefault(place, Content())
            for name, value in changes.items():
                setattr(content, name, value)

    def table(self, values: list[Any]) -> Any:
        rows, columns = self.shape
        return (
            values[0]
            if len(values) == 1
            else tuple(tuple(values[row * columns : (row + 1) * columns]) for row in range(rows))
        )

    @property
    def address(self) -> str:
        first, last = (f"${get_column_letter(c)}${r}" for r, c in ((self.row, self.column), (self.bottom, self.right)))
        return first if first == last else f"{first}:{last}"

    def get_address(self, *_: Any) -> str:
        return self.address

    @property
    def raw_value(self) -> Any:
        return self.table([one.value for one in self.contents()])

    @raw_value.setter
    def raw_value(self, values: Any) -> None:
        rows = values if isinstance(values, list | tuple) else [[values] * self.shape[1]] * self.shape[0]
        for down, row in enumerate(rows):
            for right, value in enumerate(row):
                content = self.page.contents.setdefault((self.row + down, self.column + right), Content())
                content.formula = value if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else ""
                # Excel keeps a text after an apostrophe as it is, and takes any other entry for what it looks like
                content.value = value[1:] if isinstance(value, str) and value.startswith("'") else value
                if value == "":
                    content.value = None

    @property
    def formula(self) -> Any:
        return self.table([one.formula or ("" if one.value is None else str(one.value)) for one in self.contents()])

    @formula.setter
    def formula(self, value: str) -> None:
        self.change(formula=value, value=0.0)

    formula2 = formula

    @property
    def number_format(self) -> Any:
        return _common([one.number_format for one in self.contents()])

    @number_format.setter
    def number_format(self, value: str) -> None:
        self.change(number_format=value)

    @property
    def row_hidden(self) -> Any:
        return _common([row in self.page.hidden_rows for row in range(self.row, self.bottom + 1)])

    @property
    def column_hidden(self) -> Any:
        return _common([one in self.page.hidden_columns for one in range(self.column, self.right + 1)])

    def area(self, place: tuple[int, int]) -> tuple[int, int, int, int] | None:
        for top, left, bottom, right in self.page.areas:
            if top <= place[0] <= bottom and left <= place[1] <= right:
                return top, left, bottom, right
        return None

    @property
    def merge_cells(self) -> Any:
        return _common([self.area(place) is not None for place in self.places()])

    @property
    def merge_area(self) -> Range:
        found = self.area((self.row, self.column))
        return Range(self.page, *found) if found else Range(self.page, self.row, self.column, self.row, self.column)

    @property
    def color(self) -> Any:
        return _common([one.color for one in self.contents()])

    @color.setter
    def color(self, value: Any) -> None:
        if isinstance(value, str):
            value = tuple(int(value[place : place + 2], 16) for place in (1, 3, 5))
        self.change(color=value)

    @property
    def column_width(self) -> float:
        return self.page.widths.get(self.column, 8.43)

    @column_width.setter
    def column_width(self, value: float) -> None:
        self.page.widths[self.column] = value

    @property
    def wrap_text(self) -> Any:
        return _common([one.wrap for one in self.contents()])

    @wrap_text.setter
    def wrap_text(self, value: bool) -> None:
        self.change(wrap=value)

    @property
    def font(self) -> Any:
        return _Font(self)

    @property
    def note(self) -> Any:
        return _Note(self) if self.contents()[0].note else None

    def add_note(self, text: str) -> Any:
        self.change(note=text)
        return _Note(self)

    def add_hyperlink(self, address: str, *_: Any) -> None:
        self.change(link=address)

    def select(self) -> None:
        self.page.book.app.chosen = self


class _Note(base_classes.Note):
    def __init__(self, cell: Range):
        self.cell = cell

    @property
    def text(self) -> str:
        return self.cell.contents()[0].note

    @text.setter
    def text(self, value: str) -> None:
        self.cell.change(note=value)

    def delete(self) -> None:
        self.cell.change(note="")


class _Font(base_classes.Font):
    def __init__(self, cells: Range):
        self.cells = cells

    @property
    def bold(self) -> Any:
        return _common([one.bold for one in self.cells.contents()])

    @bold.setter
    def bold(self, value: bool) -> None:
        self.cells.change(bold=value)

    @property
    def color(self) -> Any:
        return None

    @color.setter
    def color(self, value: Any) -> None:
        pass


def open_book(path: Path) -> xlwings.Book:
    """Open a workbook in a fresh application, as xlwings' own Book."""
    return xlwings.Book(impl=App().open(str(path)))


def content(book: xlwings.Book, sheet: str, address: str) -> Content:
    """What Excel keeps of a cell."""
    page: Sheet = book.sheets[sheet].impl
    return page.contents.setdefault(coordinate_to_tuple(address), Content())
