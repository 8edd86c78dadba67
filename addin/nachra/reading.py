"""Lay a grid out as a Release: every figure with its period, status and source cell, every doubt as a finding."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from nachra import facts
from nachra.errors import LayoutError
from nachra.figures import Figure, ParsedNumber, decimal_of_float, parse_number, published_quantum
from nachra.findings import Finding, finding
from nachra.grid import Cell, Grid, Kind, Sheet, address, read_grid
from nachra.guard import admit, cell_position
from nachra.layouts import Layout, LayoutSeries, load_layouts
from nachra.periods import Period, parse_period, split_marker
from nachra.recognition import find_header, recognise
from nachra.release import Measure, Observation, Release, Series, Source, Status
from nachra.texts import TURNING
from nachra.units import Unit, find_units, normalise, unit

#: what a row or column heading resolves to: series code or period, note mark, its row or column number
Key = tuple[str | Period, str, int]

_RATES = (Measure.GROWTH, Measure.SHARE)
_ABSENT = (Status.MISSING, Status.CONFIDENTIAL)
#: columns that may not lack where the layout has them: a value without its unit would be read in another
_NEEDED = ("period", "series", "level", "unit", "status")
#: what a number format shows as it is: a "%" in there does not multiply by a hundred
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|;.*')


@dataclass(slots=True)
class Reading:
    """What came of reading one file: its cells, the layout found, the release, and what was met on the way."""

    grid: Grid
    layout: Layout
    release: Release
    table: Sheet
    findings: list[Finding]
    looked_at: set[tuple[int, int]]
    """Cells of the table's sheet that were taken as a label, a heading, a fact or a figure."""

    def cell(self, observation: Observation) -> Cell | None:
        """Return the cell that an observation was read from, None where it is blank."""
        position = cell_position(observation.source.cell)
        return self.grid.sheet(observation.source.sheet).get(*position) if position else None


def read_release(path: Path | str, layouts: tuple[Layout, ...] | None = None) -> Reading:
    """Read an official workbook: guard, grid, layout, release. FileError where that cannot be done."""
    grid = read_grid(admit(path))
    return read_from_grid(grid, load_layouts() if layouts is None else layouts)


def read_from_grid(grid: Grid, layouts: tuple[Layout, ...]) -> Reading:
    """Lay out a grid, wherever it came from; LayoutError where no layout, or more than one, fits."""
    layout = recognise(grid, layouts)
    _refuse_turned(grid)
    return _Reader(grid, layout).read()


def _refuse_turned(grid: Grid) -> None:
    """Refuse texts that show something else than they say: a label may look like that of another series."""
    path = str(grid.file.path)
    for sheet in grid.sheets:
        if TURNING.search(sheet.title):
            raise LayoutError("turned_text", path=path, sheet=sheet.title)
    for sheet, cell in grid.texts():
        if TURNING.search(str(cell.value)):
            raise LayoutError("turned_text", path=path, sheet=sheet.title, cell=cell.address)


@dataclass
class _Reader:
    grid: Grid
    layout: Layout
    findings: list[Finding] = field(default_factory=list)
    observations: dict[tuple[str, Period, Measure], Observation] = field(default_factory=dict)
    looked_at: set[tuple[int, int]] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sheet, self.header = find_header(self.grid, self.layout)
        self.facts = facts.find_facts(self.grid, self.layout, self.sheet, self.header)
        self.findings.extend(self.facts.findings)
        self.looked_at.update(self.facts.looked_at)
        self.looked_at.add((self.header.row, self.header.column))
        self.footnotes = facts.footnotes(self.grid, self.sheet)

    @cached_property
    def labels(self) -> dict[str, LayoutSeries]:
        return {
            normalise(label): series
            for series in self.layout.series
            for label in (series.code, *series.label.values(), *series.aliases)
        }

    def note(self, code: str, *cells: str, **params: object) -> None:
        self.findings.append(finding(code, self.sheet.title, *cells, **params))

    def read(self) -> Reading:
        if self.layout.table.rows == "observations":
            self.read_observations()
        else:
            self.read_matrix()
        used = {observation.series for observation in self.observations.values()}
        parts = {series.code for series in self.layout.series if series.role == "part"}
        if used & parts:
            # a part that has no line at all is one that is not published: without it the others are not the total
            used |= parts
        release = Release(
            file=self.grid.file.name,
            sha256=self.grid.file.sha256,
            layout=self.layout.id,
            publisher=self.facts.publisher,
            title=self.facts.title,
            edition=self.facts.edition,
            methodology=self.facts.methodology,
            additive=self.layout.additive,
            series=tuple(
                Series(
                    code=series.code,
                    label=(self.facts.total_label if series.role == "total" else {}) or series.label,
                    short=series.short,
                    role=series.role,
                )
                for series in self.layout.series
                if series.code in used
            ),
            observations=tuple(self.observations.values()),
            notes=(*self.notes, *self.facts.notes),
            subject=self.facts.subject or self.layout.subject,
        )
        return Reading(self.grid, self.layout, release, self.sheet, self.findings, self.looked_at)

    # --- a table of series by periods, either way round -------------------------------------------

    def read_matrix(self) -> None:
        across = self.layout.table.columns == "periods"
        columns = {}
        for column in range(self.header.column + 1, self.sheet.last_column + 1):
            key = self.heading(self.header.row, column, across, range(self.header.row + 1, self.sheet.last_row + 1))
            if key:
                columns[column] = key
        self.report_twice(columns, across)
        rows = {}
        for row in range(self.header.row + 1, self.sheet.last_row + 1):
            values = any(self.holds_value(row, column) for column in columns)
            label = self.label_cell(row)
            if label is None:
                if values:
                    cell = next(address(row, column) for column in columns if self.holds_value(row, column))
                    self.note("missing-label", cell)
                continue
            self.looked_at.add((label.row, label.column))
            key = self.resolve(label, not across)
            if key:
                rows[row] = key
            elif values:
                self.note("unknown-period" if across is False else "unknown-series", label.address, label=label.text)
            else:
                self.notes.append(label.text.strip())
        self.report_twice(rows, not across)
        for row, row_key in rows.items():
            for column, column_key in columns.items():
                keys = (row_key, column_key) if across else (column_key, row_key)
                self.matrix_cell(row, column, *keys)

    def heading(self, row: int, column: int, is_period: bool, below: range) -> Key | None:
        cell = self.sheet.get(row, column)
        if cell is not None:
            self.looked_at.add((row, column))
            if key := self.resolve(cell, is_period):
                return key
        if any(self.holds_value(line, column) for line in below):
            shown = cell.text if cell else ""
            self.note("unknown-period" if is_period else "unknown-series", address(row, column), label=shown)
        return None

    def label_cell(self, row: int) -> Cell | None:
        """The label of a row: the nearest filled cell at or left of the header's column."""
        for column in range(self.header.column, 0, -1):
            cell = self.sheet.get(row, column)
            if cell is not None and cell.text.strip():
                return cell
        return None

    def resolve(self, cell: Cell, is_period: bool) -> Key | None:
        """Return (series code or period, note mark, its row or column number as a place for messages)."""
        body, marker = split_marker(cell.text)
        place = cell.column if cell.row == self.header.row else cell.row
        if is_period:
            period = parse_period(cell.value if cell.kind is Kind.NUMBER else body)
            return (period, marker, place) if period else None
        series = self.labels.get(normalise(body))
        return (series.code, marker, place) if series else None

    def report_twice(self, keys: dict[int, Key], is_period: bool) -> None:
        first: dict[str | Period, int] = {}
        for place, (key, _, _) in list(keys.items()):
            if key in first:
                horizontal = is_period == (self.layout.table.columns == "periods")
                cells = [
                    address(self.header.row, line) if horizontal else address(line, self.header.column)
                    for line in (first[key], place)
                ]
                self.note("duplicate-period" if is_period else "duplicate-series", *cells, label=key)
                del keys[place]
            first.setdefault(key, place)

    def holds_value(self, row: int, column: int) -> bool:
        cell = self.sheet.get(row, column)
        if cell is None or cell.kind is not Kind.TEXT:
            return cell is not None
        # a sentence or a label that names a year is no figure
        return bool(re.match(r"\W*\d", cell.text)) and not facts.is_footnote(cell.text)

    def matrix_cell(self, row: int, column: int, series_key: Key, period_key: Key) -> None:
        (code, series_mark, _), (period, period_mark, _) = series_key, period_key
        assert isinstance(code, str) and isinstance(period, Period)
        status = self.layout.default_status
        for marker in (series_mark, period_mark):
            status = self.marker_status(marker, self.sheet.title, address(row, column)) or status
        self.observe(code, period, Measure.LEVEL, row, column, self.facts.unit, status, required=True)

    def marker_status(self, marker: str, sheet: str, cell: str) -> Status | None:
        """Return the status a note mark stands for, by its footnote; doubtful figures count as provisional."""
        if not marker:
            return None
        sign = facts.bare_mark(marker)
        if sign in self.footnotes:
            return facts.status_in(self.footnotes[sign])
        marks = {status.mark: status for status in Status if status.mark and status not in _ABSENT}
        status = marks.get(sign, Status.PROVISIONAL)
        if not any(item.code == "unexplained-marker" and item.params["marker"] == marker for item in self.findings):
            self.findings.append(finding("unexplained-marker", sheet, cell, marker=marker, status=status))
        return status

    # --- a list of observations -------------------------------------------------------------------

    def read_observations(self) -> None:
        roles = self.roles()
        for row in range(self.header.row + 1, self.sheet.last_row + 1):
            self.read_row(
                row, roles, {role: cell for role, column in roles.items() if (cell := self.sheet.get(row, column))}
            )

    def roles(self) -> dict[str, int]:
        """Return the column of each role; LayoutError where one that is needed is missing, or one stands twice."""
        roles: dict[str, int] = {}
        wanted = {normalise(text): role for text, role in self.layout.columns.items()}
        where = {"path": str(self.grid.file.path), "sheet": self.sheet.title}
        for column in range(1, self.sheet.last_column + 1):
            cell = self.sheet.get(self.header.row, column)
            role = wanted.get(normalise(cell.text)) if cell is not None else None
            if cell is None or role is None:
                continue
            if role in roles:
                cells = f"{address(cell.row, roles[role])}, {cell.address}"
                raise LayoutError("header_several", **where, header=cell.text, cells=cells, layout=self.layout.id)
            roles[role] = column
            self.looked_at.add((self.header.row, column))
        needed = [text for text, role in self.layout.columns.items() if role in _NEEDED and role not in roles]
        if needed:
            params = {"columns": ", ".join(needed), "layout": self.layout.id}
            raise LayoutError("columns_missing", **where, cell=self.header.address, **params)
        return roles

    def read_row(self, row: int, roles: dict[str, int], cells: dict[str, Cell]) -> None:
        values = [role for role in ("level", "growth", "share", "other_level") if role in cells]
        self.looked_at.update((cell.row, cell.column) for role, cell in cells.items() if role not in values)
        if "series" not in cells and not values:
            # a note below the table, or a line that is not filled in yet
            texts = [cell.text.strip() for cell in cells.values()]
            self.notes.extend(text for text in texts if text and not parse_period(split_marker(text)[0]))
            return
        where = {role: address(row, column) for role, column in roles.items()}
        period_cell, series_cell = cells.get("period"), cells.get("series")
        body, marker = split_marker(period_cell.text) if period_cell else ("", "")
        code, code_marker = split_marker(series_cell.text) if series_cell else ("", "")
        period, series = parse_period(body), self.labels.get(normalise(code))
        if period is None:
            if values or period_cell:
                self.note("unknown-period", where["period"], label=body)
            return
        if series is None:
            self.note("unknown-series", where["series"], label=series_cell.text if series_cell else "")
            return
        status = self.row_status(cells.get("status"), where.get("status", where["level"]), bool(values))
        for one, cell in ((code_marker, where["series"]), (marker, where["period"])):
            status = status if status in _ABSENT else self.marker_status(one, self.sheet.title, cell) or status
        level_unit = self.row_unit(cells.get("unit"), where.get("unit", where["level"]), bool(values))
        note = cells["note"].text.strip() if "note" in cells else ""
        for role in ("level", "other_level", "growth", "share"):
            if role in roles:
                measure = Measure(role)
                required = measure is Measure.LEVEL
                # the status is that of the level: a rate may be published without it
                own = status if required or status not in _ABSENT else Status.PROVISIONAL
                self.observe(series.code, period, measure, row, roles[role], level_unit, own, required, note)

    def row_status(self, cell: Cell | None, where: str, filled: bool) -> Status:
        if cell is None:
            if filled:
                self.note("status-missing", where)
            return Status.PROVISIONAL
        status = facts.status_in(cell.text)
        if status is None:
            self.note("status-unknown", where, label=cell.text)
        return status or Status.PROVISIONAL

    def row_unit(self, cell: Cell | None, where: str, filled: bool) -> Unit | None:
        if cell is None:
            if self.facts.unit is None and filled:
                self.note("unit-missing", where)
            return self.facts.unit
        found = find_units(cell.text) - {"percent"}
        if len(found) == 1:
            return unit(next(iter(found)))
        if found:
            self.note("unit-contradicted", where, units=tuple(unit(code) for code in sorted(found)))
        else:
            self.note("unit-missing", where)
        return None

    # --- one cell ---------------------------------------------------------------------------------

    def observe(
        self,
        series: str,
        period: Period,
        measure: Measure,
        row: int,
        column: int,
        level_unit: Unit | None,
        status: Status,
        required: bool,
        note: str = "",
    ) -> None:
        """Take one cell as an observation; blanks, errors and unreadable texts are kept as not published."""
        self.looked_at.add((row, column))
        cell = self.sheet.get(row, column)
        where = address(row, column)
        if cell is None and not required:
            return
        figure_unit = unit("percent") if measure in _RATES else level_unit
        figure, status = self.figure(cell, where, figure_unit, measure, status)
        key = (series, period, measure)
        if key in self.observations:
            earlier = self.observations[key].source.cell
            self.note("duplicate-observation", earlier, where, series=series, period=period)
            return
        source = Source(file=self.grid.file.name, sha256=self.grid.file.sha256, sheet=self.sheet.title, cell=where)
        self.observations[key] = Observation(
            series=series,
            period=period,
            measure=measure,
            figure=figure,
            status=status,
            methodology=self.facts.methodology,
            source=source,
            note=note,
        )

    def figure(
        self, cell: Cell | None, where: str, figure_unit: Unit | None, measure: Measure, status: Status
    ) -> tuple[Figure | None, Status]:
        if cell is None:
            if status in _ABSENT:
                return None, status
            self.note("unexplained-blank", where)
            return None, Status.MISSING
        parsed: ParsedNumber | None = None
        if cell.kind is Kind.NUMBER:
            value = decimal_of_float(cell.value)
            quantum = published_quantum(value, cell.number_format)
            parsed = ParsedNumber(value, quantum)
            if measure in _RATES and "%" in _QUOTED.sub("", cell.number_format):
                parsed = ParsedNumber(value * 100, quantum * 100)
        elif cell.kind is Kind.TEXT:
            absent = facts.absence_in(cell.text)
            if absent:
                return None, absent
            parsed, status = self.number_in_text(cell, where, measure, status)
        else:
            codes = {Kind.ERROR: "error-cell", Kind.UNCACHED: "uncached-formula"}
            self.note(codes.get(cell.kind, "not-a-number"), where, text=str(cell.value or cell.formula or ""))
        if parsed is None or figure_unit is None:
            return None, Status.MISSING
        if status in _ABSENT:
            self.note("status-contradicted", where, status=status)
            status = Status.PROVISIONAL
        return Figure(parsed.value, parsed.quantum, figure_unit), status

    def number_in_text(
        self, cell: Cell, where: str, measure: Measure, status: Status
    ) -> tuple[ParsedNumber | None, Status]:
        numbers = self.layout.numbers
        body, marker = split_marker(cell.text)
        parsed = parse_number(body, numbers.decimal, numbers.group)
        if parsed is None or (parsed.percent and measure not in _RATES):
            self.note("not-a-number", where, text=cell.text.strip()[:40])
            return None, status
        self.note(
            "ambiguous-number" if parsed.ambiguous else "number-as-text", where, text=cell.text, value=parsed.value
        )
        return parsed, self.marker_status(marker, self.sheet.title, where) or status
