"""Which observations are there: series and periods that lack, partial years beside full ones."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from nachra.findings import Finding, finding
from nachra.grid import Kind
from nachra.periods import Period
from nachra.reading import Reading
from nachra.release import Measure


def missing_series(reading: Reading) -> Iterator[Finding]:
    """Series of the layout that have no row at all, in the whole release or in one period."""
    release = reading.release
    expected = {series.code for series in reading.layout.series}
    parts = {series.code for series in reading.layout.series if series.role == "part"}
    present = {obs.series for obs in release.observations}
    if parts and not parts & present:
        yield finding("no-breakdown", reading.table.title)
        expected -= parts
    for code in sorted(expected - present):
        yield finding("missing-series", reading.table.title, series=code, period="-")
    for period in release.periods:
        here = {obs.series for obs in release.observations if obs.period == period}
        for code in sorted((expected & present) - here):
            yield finding("missing-series", reading.table.title, series=code, period=period)


def missing_periods(reading: Reading) -> Iterator[Finding]:
    """Holes in the run of years, half-years, quarters or months."""
    by_length: dict[int, list[Period]] = {}
    for period in reading.release.periods:
        if period.kind != "span":
            by_length.setdefault(period.months, []).append(period)
    for months, periods in by_length.items():
        # half-years are also published alone, one a year: a run then steps by twelve months
        ends = [period.year * 12 + period.last for period in periods]
        steps = [later - earlier for earlier, later in pairwise(ends)]
        usual = 12 if steps and all(step % 12 == 0 for step in steps) else months
        for (earlier, later), step in zip(pairwise(periods), steps, strict=True):
            if step > usual:
                yield finding("missing-period", reading.table.title, after=earlier, before=later)


def not_published(reading: Reading) -> Iterator[Finding]:
    """Levels that the release itself marks as not published or confidential, in one finding."""
    told = {cell for item in reading.findings for cell in item.cells}
    cells = [
        obs.source.cell
        for obs in reading.release.observations
        if obs.measure is Measure.LEVEL
        and obs.figure is None
        and obs.source.cell not in told
        # a number without a known unit is no figure, but it was not declared absent either
        and not ((cell := reading.cell(obs)) and cell.kind is Kind.NUMBER)
    ]
    if cells:
        yield finding("not-published", reading.table.title, *cells, count=len(cells))


def partial_years(reading: Reading) -> Iterator[Finding]:
    """A part of a year stands beside full years, its own not among them: the two must not be compared."""
    periods = reading.release.periods
    full = {period.year for period in periods if period.kind == "year"}
    for period in periods:
        if full and period.kind != "year" and (period.kind == "span" or period.year not in full):
            cells = [obs.source.cell for obs in reading.release.observations if obs.period == period]
            yield finding("partial-year", reading.table.title, *cells, period=period, months=period.months)
