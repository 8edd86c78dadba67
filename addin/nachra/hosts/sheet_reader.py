"""The workbook that is open in Excel as the same grid as a file's bytes, through xlwings' Book, Sheet and Range.

Each question to Excel costs about a millisecond, so a property is asked of a whole range, and of its halves only
where Excel answers that it is mixed (None).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from nachra.cells import CellError
from nachra.errors import FileError, RefusedError
from nachra.grid import Cell, Grid, Kind, Sheet
from nachra.guard import MAX_CELLS, Admitted, admit
from nachra.hosts.values import scalar

if TYPE_CHECKING:
    import xlwings as xw

_NAME_TARGET = re.compile(r"=(?:'((?:[^']|'')+)'|([^'!]+))!\$?([A-Z]+)\$?(\d+)")
_OTHER_BOOK = re.compile(r"\[([^\[\]]+\.xl\w+)\]")


def read_book(book: xw.Book, passed_over: tuple[str, ...] = ()) -> Grid:
    """Read an open workbook, saved or not, without the sheets named in `passed_over`.

    There is one reader only, hence no disagreements, and `file.sha256` is that of the cells, not of a file. Raises
    RefusedError for a sheet that is too large.
    """
    path = Path(book.fullname)
    sheets = [_read_sheet(one, path) for one in book.sheets if one.name not in passed_over]
    digest = hashlib.sha256(repr([(one.title, sorted(one.cells.items())) for one in sheets]).encode()).hexdigest()
    grid = Grid(Admitted(path, b"", digest), sheets, has_macros=path.suffix.casefold() in (".xlsm", ".xlsb"))
    grid.modified = _last_saved(path)
    _read_names(grid, book)
    formulas = {cell.formula for sheet in sheets for cell in sheet.cells.values() if cell.formula}
    grid.external_links.extend(sorted({name for one in formulas for name in _OTHER_BOOK.findall(one)}))
    return grid


def _last_saved(path: Path) -> dt.datetime | None:
    """Return when the workbook was last saved, which some releases are dated by; None for one never saved here."""
    try:
        with zipfile.ZipFile(io.BytesIO(admit(path).data)) as package:
            core = ElementTree.fromstring(package.read("docProps/core.xml"))
        saved = core.findtext("{http://purl.org/dc/terms/}modified") or ""
        return dt.datetime.fromisoformat(saved[:19])
    except (FileError, KeyError, ValueError):
        return None


def _read_sheet(sheet: xw.Sheet, path: Path) -> Sheet:
    used = sheet.used_range
    if used.size > MAX_CELLS:
        raise RefusedError("too_many_cells", path=str(path), part=sheet.name, limit=MAX_CELLS)
    read = Sheet(sheet.name, bool(sheet.visible))
    values, formulas = (rows_of(one, used.shape) for one in (used.raw_value, used.formula))
    found: dict[tuple[int, int], tuple[Any, str | None]] = {}
    for down, (row, written) in enumerate(zip(values, formulas, strict=True)):
        for right, (value, formula) in enumerate(zip(row, written, strict=True)):
            if value not in (None, ""):
                # a text that starts with "=" is its own formula
                is_formula = isinstance(formula, str) and formula.startswith("=") and formula != value
                found[used.row + down, used.column + right] = scalar(value), formula if is_formula else None
    formats: dict[tuple[int, int], str] = {}
    if found:
        for block, number_format in _uniform(used, lambda one: one.number_format):
            formats |= dict.fromkeys(_places(block) & found.keys(), number_format)
    read.cells = {place: _typed(place, *found[place], formats[place]) for place in sorted(found)}
    for block, hidden in _uniform(used[:, 0], lambda one: one.rows.hidden):
        if hidden:
            read.hidden_rows |= {row for row, _ in _places(block)}
    for block, hidden in _uniform(used[0, :], lambda one: one.columns.hidden):
        if hidden:
            read.hidden_columns |= {column for _, column in _places(block)}
    read.merged = sorted(_merged(used))
    return read


def rows_of(values: Any, shape: tuple[int, int]) -> list[Any]:
    """Lay a range's values out as rows: Excel gives one cell as it is, and one row or column may come flat."""
    if shape == (1, 1):
        while isinstance(values, tuple | list):
            values = values[0]
        return [[values]]
    if not isinstance(values[0], tuple | list):
        return [values] if shape[0] == 1 else [[one] for one in values]
    return list(values)


def _typed(place: tuple[int, int], value: Any, formula: str | None, number_format: str) -> Cell:
    if isinstance(value, CellError):
        return Cell(*place, Kind.ERROR, value.value, number_format, formula)
    kinds = {bool: Kind.BOOLEAN, float: Kind.NUMBER, str: Kind.TEXT, dt.datetime: Kind.DATE}
    return Cell(*place, kinds[type(value)], value, number_format, formula)


def _uniform(block: xw.Range, ask: Callable[[xw.Range], Any]) -> Iterator[tuple[xw.Range, Any]]:
    """Yield blocks that a property is uniform in, with its value."""
    answer = ask(block)
    if answer is not None or block.size == 1:
        yield block, answer
    else:
        for half in _halves(block):
            yield from _uniform(half, ask)


def _halves(block: xw.Range) -> tuple[xw.Range, xw.Range]:
    rows, columns = block.shape
    if rows >= columns:
        return block[: rows // 2, :], block[rows // 2 :, :]
    return block[:, : columns // 2], block[:, columns // 2 :]


def _places(block: xw.Range) -> set[tuple[int, int]]:
    rows, columns = block.shape
    return {(block.row + down, block.column + right) for down in range(rows) for right in range(columns)}


def _merged(block: xw.Range) -> set[tuple[int, int, int, int]]:
    """Return the merged ranges that reach into a block, as (top, left, bottom, right)."""
    joined = block.merge_cells
    if joined is False:
        return set()
    area = block[0, 0].merge_area
    if block.size == 1 or (joined and _places(block) <= _places(area)):
        rows, columns = area.shape
        return {(area.row, area.column, area.row + rows - 1, area.column + columns - 1)}
    return {one for half in _halves(block) for one in _merged(half)}


def _read_names(grid: Grid, book: xw.Book) -> None:
    broken = set()
    for one in book.names:
        name, target = one.name.rpartition("!")[2], str(one.refers_to)
        if "#REF!" in target or _OTHER_BOOK.search(target):
            broken.add(name)
        elif found := _NAME_TARGET.fullmatch(target):
            grid.names[name] = ((found[1] or found[2]).replace("''", "'"), found[3] + found[4])
    grid.broken_names.extend(sorted(broken))
