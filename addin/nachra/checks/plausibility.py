"""Whether figures can be what they say: signs, jumps, units that their display contradicts."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator

from nachra.figures import display_scale
from nachra.findings import Finding, finding
from nachra.grid import Kind
from nachra.reading import Reading
from nachra.release import Measure, Observation, Status
from nachra.units import find_units, unit

#: a year-on-year factor that is a jump in a series too short to have a habit of its own
SHORT_HISTORY_FACTOR = 3
#: distance from a series' usual change, in robust standard deviations, from which a change is a jump; Tukey's
#: far-out fence lies at 4.7, and 6 keeps volatile series quiet
FAR_OUT = 6
#: however calm a series, less than a doubling or a halving is no jump
LEAST_FACTOR = 2


def _levels(reading: Reading) -> list[Observation]:
    return [obs for obs in reading.release.observations if obs.measure is Measure.LEVEL and obs.figure]


def signs(reading: Reading) -> Iterator[Finding]:
    """Levels are positive: negative ones are errors, zeros are noted."""
    zeros = []
    for obs in _levels(reading):
        if obs.figure and obs.figure.value < 0:
            yield finding("not-positive", obs.source.sheet, obs.source.cell, series=obs.series, value=obs.figure)
        elif obs.figure and obs.figure.value == 0:
            zeros.append(obs.source.cell)
    if zeros:
        yield finding("zero", reading.table.title, *zeros, count=len(zeros))


def jumps(reading: Reading) -> Iterator[Finding]:
    """Changes on a year before that are far from the series' habit: a possible break, or a slip of unit."""
    release = reading.release
    for series in release.series:
        known = {obs.period: obs for obs in _levels(reading) if obs.series == series.code and obs.figure}
        changes = []
        for period, obs in sorted(known.items()):
            before = known.get(period.before())
            if not before or not before.figure or not obs.figure:
                continue
            alike = obs.figure.unit.dimension == before.figure.unit.dimension
            if alike and before.figure.value > 0 and obs.figure.value > 0:
                ratio = obs.figure.to(before.figure.unit).value / before.figure.value
                changes.append((math.log(ratio), before, obs))
        limit = _limit([change for change, _, _ in changes])
        for change, before, obs in changes:
            if abs(change) > limit and obs.status is not Status.BREAK:
                cells = (before.source.cell, obs.source.cell)
                factor = f"{math.exp(abs(change)):.0f}"
                params = {"series": obs.series, "period": obs.period, "factor": factor}
                yield finding("implausible-jump", obs.source.sheet, *cells, **params)


def _limit(changes: list[float]) -> float:
    if len(changes) < 6:
        return math.log(SHORT_HISTORY_FACTOR)
    middle = statistics.median(changes)
    deviation = 1.4826 * statistics.median(abs(change - middle) for change in changes)
    return max(math.log(LEAST_FACTOR), abs(middle) + FAR_OUT * deviation)


def unlike_units(reading: Reading) -> Iterator[Finding]:
    """Levels in units that no factor converts, dirhams and dollars: the rarer ones are the suspects."""
    by_dimension: dict[str, list[Observation]] = {}
    for obs in _levels(reading):
        if obs.figure:
            by_dimension.setdefault(obs.figure.unit.dimension, []).append(obs)
    usual = max(by_dimension.values(), key=len, default=[])
    suspects = [obs for found in by_dimension.values() if found is not usual for obs in found]
    if suspects:
        units = {obs.figure.unit.code: obs.figure.unit for obs in (*suspects, *usual) if obs.figure}
        cells = [obs.source.cell for obs in suspects]
        yield finding("unit-contradicted", reading.table.title, *cells, units=tuple(units.values()))


def units_in_formats(reading: Reading) -> Iterator[Finding]:
    """A number format that divides what it shows by a thousand, or names another unit than the cell's."""
    scaled: list[str] = []
    for obs in reading.release.observations:
        cell = reading.cell(obs)
        if cell is None or obs.figure is None or cell.kind is not Kind.NUMBER:
            continue
        if display_scale(cell.number_format):
            scaled.append(cell.address)
        named = find_units(cell.number_format.replace('"', " ").replace("\\", "")) - {"percent", obs.figure.unit.code}
        if named and obs.measure is Measure.LEVEL:
            units = tuple(unit(code) for code in sorted({*named, obs.figure.unit.code}))
            yield finding("unit-contradicted", obs.source.sheet, cell.address, units=units)
    if scaled:
        yield finding("display-scaled", reading.table.title, *scaled, count=len(scaled))
