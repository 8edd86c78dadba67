"""How the workbook is made: readers, links, macros, hidden and merged cells, numbers nobody read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nachra.findings import Finding, finding
from nachra.grid import Kind, address
from nachra.guard import cell_position
from nachra.reading import Reading

#: what the guard met that leads elsewhere, and the finding it becomes; links to workbooks have their own list
_OUTSIDE = {"dde": "dde-link", "image": "web-image", "connection": "data-connection"}
#: functions that fetch from the web or start other programs, and the old way to do so: =program|'topic'!item
_CALL = re.compile(
    r"\b(?:WEBSERVICE|IMAGE|RTD|CALL|REGISTER(?:\.ID)?|STOCKHISTORY|SQL\.REQUEST|EXEC)\s*\(", re.IGNORECASE
)
_DDE = re.compile(r"=[+-]?[A-Za-z][\w.]*\|")
_QUOTED = re.compile(r'"[^"]*"')


def readers_disagree(reading: Reading) -> Iterator[Finding]:
    """The two readers see a cell differently: an error where a figure stands, a warning elsewhere."""
    figures = {(obs.source.sheet, obs.source.cell) for obs in reading.release.observations}
    for item in reading.grid.disagreements:
        code = "readers-disagree" if (item.sheet, item.cell) in figures else "readers-disagree-outside"
        yield finding(code, item.sheet, item.cell, first=item.first[:40] or "-", second=item.second[:40] or "-")


def external_links(reading: Reading) -> Iterator[Finding]:
    """The workbook refers to other files, programs or addresses, which nachra never opens."""
    for target in reading.grid.external_links:
        yield finding("external-link", target=target[:120])
    for kind, target in reading.grid.file.outside:
        if kind in _OUTSIDE:
            yield finding(_OUTSIDE[kind], target=target[:120])
    for sheet in reading.grid.sheets:
        calling = [cell for _, cell in sorted(sheet.cells.items()) if cell.formula and _calls_outside(cell.formula)]
        if calling:
            formula = (calling[0].formula or "")[:60]
            yield finding(
                "outside-formula", sheet.title, *(cell.address for cell in calling), formula=formula, count=len(calling)
            )


def _calls_outside(formula: str) -> bool:
    return bool(_DDE.match(formula) or _CALL.search(_QUOTED.sub("", formula)))


def broken_names(reading: Reading) -> Iterator[Finding]:
    """Defined names that lead nowhere."""
    names = reading.grid.broken_names
    if names:
        yield finding("broken-name", count=len(names), names=", ".join(names[:5]) + ("…" if len(names) > 5 else ""))


def macros(reading: Reading) -> Iterator[Finding]:
    """The workbook carries macros; they are neither run nor kept."""
    if reading.grid.has_macros:
        yield finding("macros")
    if reading.grid.file.embedded:
        yield finding("embedded-object", count=reading.grid.file.embedded)


def hidden_figures(reading: Reading) -> Iterator[Finding]:
    """Figures stand in hidden rows or columns, or on a hidden sheet."""
    by_sheet: dict[str, list[str]] = {}
    for obs in reading.release.observations:
        sheet = reading.grid.sheet(obs.source.sheet)
        position = cell_position(obs.source.cell)
        if position and sheet.is_hidden(*position):
            by_sheet.setdefault(sheet.title, []).append(obs.source.cell)
    for title, cells in by_sheet.items():
        yield finding("hidden-figures", title, *cells, count=len(cells))


def merged_data(reading: Reading) -> Iterator[Finding]:
    """A figure's cell is merged with others: which series or period it belongs to is uncertain."""
    figures = {obs.source.cell for obs in reading.release.observations if obs.source.sheet == reading.table.title}
    for top, left, bottom, right in reading.table.merged:
        inside = {address(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)}
        if inside & figures:
            area = f"{address(top, left)}:{address(bottom, right)}"
            yield finding("merged-data", reading.table.title, *sorted(inside & figures), area=area)


def unread_numbers(reading: Reading) -> Iterator[Finding]:
    """Numbers on the table's sheet, at or below its header, that no observation holds."""
    table = reading.table
    first = min((row for row, _ in reading.looked_at), default=1)
    cells = [
        cell.address
        for (row, column), cell in sorted(table.cells.items())
        if cell.kind is Kind.NUMBER and row >= first and (row, column) not in reading.looked_at
    ]
    if cells:
        yield finding("unread-number", table.title, *cells, count=len(cells))


def unread_sheets(reading: Reading) -> Iterator[Finding]:
    """Other sheets that hold numbers: this layout does not read them."""
    for sheet in reading.grid.sheets:
        count = sum(cell.kind is Kind.NUMBER for cell in sheet.cells.values())
        if sheet is not reading.table and sheet.title != reading.layout.where.notes and count:
            yield finding("unread-sheet", sheet.title, count=count)
