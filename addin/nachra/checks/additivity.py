"""Whether parts add up: series to the total, shares to 100, halves and quarters to the year."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from nachra.figures import Interval
from nachra.findings import Finding, finding
from nachra.guard import cell_position
from nachra.indicators import total_of
from nachra.periods import Period
from nachra.reading import Reading
from nachra.release import Measure, Observation

_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")


_ON_A_SHEET = re.compile(r"(?:'((?:[^']|'')*)'|([\w.]+))!(\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?)")


def _refers_to(formula: str | None, sheet: str, cells: set[str]) -> set[str]:
    """Return which of the given cells of a sheet a formula on it refers to, ranges included."""

    def own(match: re.Match[str]) -> str:
        return match[3] if (match[1] or match[2]).replace("''", "'") == sheet else ""

    found: set[str] = set()
    for match in _REFERENCE.finditer(_ON_A_SHEET.sub(own, formula or "")):
        start = cell_position(match[1] + match[2])
        end = cell_position((match[3] or match[1]) + (match[4] or match[2]))
        if start and end:
            for name in cells:
                place = cell_position(name)
                if place and start[0] <= place[0] <= end[0] and start[1] <= place[1] <= end[1]:
                    found.add(name)
    return found


def _levels(reading: Reading, period: Period) -> tuple[Observation | None, list[Observation]]:
    """The total's and the parts' level observations of a period that hold a figure."""
    release = reading.release
    total = release.get(release.total.code, period) if release.total else None
    parts = [obs for part in release.parts if (obs := release.get(part.code, period)) and obs.figure]
    return (total if total and total.figure else None), parts


def plug_rows(reading: Reading) -> Iterator[Finding]:
    """A part computed from the total: the sum check cannot fail in its column, and this says so."""
    plugged: dict[str, list[str]] = {}
    for period in reading.release.periods:
        total, parts = _levels(reading, period)
        for part in parts:
            cell = reading.cell(part)
            if total and cell and _refers_to(cell.formula, part.source.sheet, {total.source.cell}):
                plugged.setdefault(part.series, []).append(part.source.cell)
    for series, cells in plugged.items():
        plug = next(one for one in reading.release.series if one.code == series)
        yield finding("plug-row", reading.table.title, *cells, series=plug)


def total_formulas(reading: Reading) -> Iterator[Finding]:
    """Totals computed from all their parts: they agree by construction, which proves nothing about the parts."""
    cells = []
    for period in reading.release.periods:
        total, parts = _levels(reading, period)
        cell = reading.cell(total) if total else None
        if total and parts and cell:
            names = {part.source.cell for part in parts}
            if _refers_to(cell.formula, total.source.sheet, names) == names:
                cells.append(total.source.cell)
    if cells:
        yield finding("total-formula", reading.table.title, *cells)


def totals(reading: Reading) -> Iterator[Finding]:
    """The total is the sum of its parts within rounding; published parts never exceed it."""
    release = reading.release
    if not release.additive or not release.parts:
        return
    unchecked: list[Period] = []
    for period in release.periods:
        total, parts = _levels(reading, period)
        if total is None or total.figure is None or not parts:
            continue
        figures = [part.figure for part in parts if part.figure]
        if any(figure.unit.dimension != total.figure.unit.dimension for figure in figures):
            continue
        added, printed = total_of(figures, total.figure.unit), total.figure
        cells = (total.source.cell, *(part.source.cell for part in parts))
        params = {"period": period, "total": printed, "sum": added.value, "unit": printed.unit}
        if len(parts) == len(release.parts):
            if not added.interval.overlaps(printed.interval):
                gap = abs(added.value - printed.value)
                room = (added.quantum + printed.quantum) / 2
                yield finding("total-mismatch", reading.table.title, *cells, gap=gap, room=room, **params)
        elif added.interval.low > printed.interval.high:
            yield finding("total-exceeded", reading.table.title, *cells, **params)
        else:
            unchecked.append(period)
    if unchecked:
        yield finding("total-unchecked", reading.table.title, periods=tuple(unchecked))


def shares(reading: Reading) -> Iterator[Finding]:
    """Published shares of all parts sum to 100 within their rounding."""
    release = reading.release
    for period in release.periods:
        found = [release.get(part.code, period, Measure.SHARE) for part in release.parts]
        known = [(obs, obs.figure) for obs in found if obs and obs.figure]
        if not known or len(known) < len(release.parts):
            continue
        added = sum((figure.value for _, figure in known), Decimal(0))
        room = sum((figure.quantum for _, figure in known), Decimal(0)) / 2
        if Decimal(100) not in Interval(added - room, added + room):
            cells = [obs.source.cell for obs, _ in known]
            yield finding("shares-sum", reading.table.title, *cells, period=period, sum=added, room=room)


def subperiods(reading: Reading) -> Iterator[Finding]:
    """Halves, quarters or months that fill a year (or a half) add up to it within rounding."""
    release = reading.release
    if not release.additive:
        return
    for series in release.series:
        known = {
            obs.period: obs
            for obs in release.observations
            if obs.series == series.code and obs.measure is Measure.LEVEL and obs.figure
        }
        for whole, whole_obs in known.items():
            for months in {period.months for period in known if period in whole and period != whole}:
                inside = [obs for period, obs in known.items() if period in whole and period.months == months]
                if months * len(inside) != whole.months or whole_obs.figure is None:
                    continue
                figures = [obs.figure for obs in inside if obs.figure]
                if any(figure.unit.dimension != whole_obs.figure.unit.dimension for figure in figures):
                    continue
                added = total_of(figures, whole_obs.figure.unit)
                if not added.interval.overlaps(whole_obs.figure.interval):
                    cells = (whole_obs.source.cell, *(obs.source.cell for obs in inside))
                    yield finding(
                        "subperiods-mismatch",
                        reading.table.title,
                        *cells,
                        series=series.code,
                        period=whole,
                        total=whole_obs.figure,
                        sum=added,
                    )
