"""Releases made for the tests of reading and checking: a small plain table, and the official template filled in."""

from __future__ import annotations

import dataclasses
import importlib.util
import io
import sys
import tomllib
import warnings
import zipfile
from functools import cache
from typing import Any

from office import REPOSITORY
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from nachra.checks import check
from nachra.findings import Finding
from nachra.grid import Grid, read_grid
from nachra.guard import admit_bytes, cell_position
from nachra.layouts import Layout, load_layouts
from nachra.reading import Reading, read_from_grid
from nachra.release import Status

#: the profile of `table()`
PROFILE = """
id = "essai"
name = "Essai"
publisher = "Office des Essais"

[recognise]
texts = ["Tableau d'essai"]

[table]
header = "Secteurs"
rows = "series"
columns = "periods"

[[series]]
code = "TOTAL"
role = "total"
label = { fr = "Total" }

[[series]]
code = "INDUSTRIE"
label = { fr = "Industrie", ar = "الصناعة" }
aliases = ["Industries manufacturières"]

[[series]]
code = "SERVICES"
label = { fr = "Services" }
"""

FIGURES = {"Total": (100, 110, 121), "Industrie": (60, 66, 73), "Services": (40, 44, 48)}


def layout(text: str = PROFILE) -> Layout:
    """Read a profile that states its series from its text."""
    return Layout.model_validate(tomllib.loads(text))


def turned(text: str = PROFILE) -> Layout:
    """Read a profile with periods below each other and series side by side."""
    rows, columns = 'rows = "series"\ncolumns = "periods"', 'rows = "periods"\ncolumns = "series"'
    assert rows in text
    return layout(text.replace(rows, columns))


def _build_script() -> Any:
    spec = importlib.util.spec_from_file_location("workbooks_build", REPOSITORY / "workbooks" / "build.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


#: the script that makes the official templates and the samples
script = _build_script()
Row, Book = script.Row, script.Book


def table(top: int = 1, left: int = 1, figures: dict[str, tuple[Any, ...]] = FIGURES) -> Workbook:
    """Make the small table, its title at (top, left); as a rule

       A                 B       C       D
    1  Tableau d'essai
    2                                    En millions de dirhams
    4  Secteurs          2022    2023    2024*
    5  Total             100     110     121
    6  Industrie         60      66      73
    7  Services          40      44      48
    9  * Chiffres provisoires
    """
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "Tableau"
    sheet.cell(top, left, "Tableau d'essai")
    sheet.cell(top + 1, left + 3, "    En millions de dirhams")
    for row, (label, *values) in enumerate([("Secteurs", 2022, 2023, "2024*"), *((k, *v) for k, v in figures.items())]):
        for column, value in enumerate((label, *values)):
            sheet.cell(top + 3 + row, left + column, value)
    sheet.cell(top + 8, left, "* Chiffres provisoires")
    return book


def with_cells(cells: dict[str, Any], book: Workbook | None = None) -> Workbook:
    """Make the small table with some cells changed; None empties one."""
    book = book or table()
    for address, value in cells.items():
        book.worksheets[0][address].value = value
    return book


def complete() -> list[Any]:
    """Return the rows of an official annual release with nothing to find: two years, shares and growth published."""
    final = Status.FINAL
    parts = {"ITO": ("8000", "9000", "40.9"), "CRM": ("6000", "6500", "29.5"), "ESO": ("3000", "3300", "15.0"),
             "BPO": ("2000", "2200", "10.0"), "KPO": ("1000", "1000", "4.5")}  # fmt: skip
    return [
        Row("2023", "TOTAL", "20.0", "Mds DH", final),
        *(Row("2023", code, before, "MDH", final) for code, (before, _, _) in parts.items()),
        Row("2024", "TOTAL", "22.0", "Mds DH", final, growth="10.0"),
        *(Row("2024", code, now, "MDH", final, share=share) for code, (_, now, share) in parts.items()),
    ]


def official(rows: list[Any] | None = None, kind: str = "annuel", **facts: Any) -> Workbook:
    """Fill the official template in, as `complete()` unless rows are given, and open it for changes."""
    if rows is None and kind == "annuel" and not facts:
        return opened(_complete_release())
    facts = {"title": "Exportations", "edition": "2025-10"} | facts
    return opened(script.build(Book(kind, rows=complete() if rows is None else rows, **facts)))


@cache
def _complete_release() -> bytes:
    data: bytes = script.build(Book("annuel", rows=complete(), title="Exportations", edition="2025-10"))
    return data


def opened(data: bytes) -> Workbook:
    """Open a workbook for changes; openpyxl announces what it would lose on saving."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
        return load_workbook(io.BytesIO(data))


def place(book: Workbook, code: str, period: str, header: str) -> Cell:
    """Return a cell of the official template by what its row and its column are about."""
    sheet = book["Publication"]
    head = next(row for row in sheet.iter_rows() if any(cell.value == "Code" for cell in row))
    columns = {str(cell.value): cell.column for cell in head if cell.value}
    assert head[0].row
    for row in range(head[0].row + 1, sheet.max_row + 1):
        if (str(sheet.cell(row, 1).value), sheet.cell(row, columns["Code"]).value) == (period, code):
            found = sheet.cell(row, columns[header])
            assert isinstance(found, Cell)
            return found
    raise KeyError((code, period))


def saved(book: Workbook | bytes) -> bytes:
    if isinstance(book, bytes):
        return book
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_part(book: Workbook, name: str, data: bytes) -> bytes:
    """Add a part to the package, as Excel writes it for links or macros."""
    stream = io.BytesIO(saved(book))
    with zipfile.ZipFile(stream, "a") as package:
        package.writestr(name, data)
    return stream.getvalue()


def grid(book: Workbook | bytes) -> Grid:
    """Lay a workbook out as typed cells, from memory."""
    return read_grid(admit_bytes("essai.xlsm", saved(book)))


def computed(cells: Grid, formulas: dict[str, str]) -> Grid:
    """Give cells of the first sheet a formula beside the value that they hold, as Excel saves them."""
    for address, formula in formulas.items():
        place = cell_position(address)
        assert place
        held = cells.sheets[0].cells[place]
        cells.sheets[0].cells[place] = dataclasses.replace(held, formula=formula)
    return cells


@cache
def known_layouts() -> tuple[Layout, ...]:
    return layout(), *load_layouts()


def read(book: Workbook | bytes | Grid, *layouts: Layout) -> Reading:
    """Read a made release with these layouts, else with the small table's and the shipped ones."""
    cells = book if isinstance(book, Grid) else grid(book)
    return read_from_grid(cells, layouts or known_layouts())


def found(reading: Reading, code: str) -> list[Finding]:
    """Return what checking finds under a code."""
    return [one for one in check(reading) if one.code == code]


def codes(findings: tuple[Finding, ...] | list[Finding]) -> list[str]:
    return sorted(one.code for one in findings)


def figures(reading: Reading) -> dict[tuple[str, str, str], str]:
    """Return every observation as "value unit ±quantum status" (or the status alone) by series, period, measure."""
    written = {}
    for obs in reading.release.observations:
        one = obs.figure
        shown = f"{one.value.normalize():f} {one.unit.code} ±{one.quantum.normalize():f} " if one else ""
        written[obs.series, str(obs.period), obs.measure.value] = f"{shown}{obs.status.value}"
    return written


def levels(reading: Reading) -> dict[str, str]:
    """Return the levels alone, by "SERIES period"."""
    return {
        f"{code} {period}": shown for (code, period, measure), shown in figures(reading).items() if measure == "level"
    }
