"""What a panel quotes as an expression over the data sheet: levels, growth, shares, changes, contributions.

Tables and sentences take their numbers from here, so that the same quantity is the same expression in both.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from nachra.expressions import Expression, Ref, minus, number, over, plus, times
from nachra.indicators import change as change_of
from nachra.indicators import contribution as contribution_of
from nachra.panel import Level, Origin, Panel, Rate
from nachra.periods import Period
from nachra.release import Measure, Observation, Series


def observation_key(obs: Observation) -> str:
    """Return the key of an observation's row in the data sheet."""
    return f"{obs.series}|{obs.period}|{obs.measure.value}"


def level_key(series: Series, period: Period, level: Level) -> str:
    """Return the data row that holds a level: the observation's, or that of the sum of the parts."""
    return f"{series.code}|{period}|{'sum' if level.is_sum else Measure.LEVEL.value}"


def name(measure: str, series: Series, period: Period) -> str:
    """Return what a quantity is called where tables and sentences must agree on it ("growth|ITO|2024")."""
    return f"{measure}|{series.code}|{period}"


def level_ref(panel: Panel, series: Series, period: Period) -> Ref | None:
    """Return the most precise level, in the briefing's unit."""
    level = panel.level(series, period)
    return Ref(level_key(series, period, level)) if level else None


def computed_growth(panel: Panel, series: Series, period: Period) -> Expression | None:
    """Return the growth as a formula, None where a level lacks or the two do not go together."""
    found = _pair(panel, (series, period), (series, period.before()))
    return minus(over(*found), number(1)) if found else None


def computed_share(panel: Panel, series: Series, period: Period) -> Expression | None:
    """Return the share of the total as a formula, None where a level lacks or the two do not go together."""
    total = panel.release.total
    found = _pair(panel, (series, period), (total, period)) if total else None
    return over(*found) if found else None


def _pair(panel: Panel, first: tuple[Series, Period], second: tuple[Series, Period]) -> tuple[Ref, Ref] | None:
    """Two levels to divide: the most precise in the briefing's unit, else as printed in another currency."""
    best = [level_ref(panel, *one) for one in (first, second)]
    if best[0] and best[1]:
        return best[0], best[1]
    printed = [panel.release.get(series.code, period) for series, period in (first, second)]
    units = {one.figure.unit.dimension for one in printed if one and one.figure}
    keys = [observation_key(one) for one in printed if one and one.figure]
    return (Ref(keys[0]), Ref(keys[1])) if len(keys) == 2 and len(units) == 1 else None


def quoted(rate: Rate, computed: Expression | None) -> Expression:
    """Return the published rate's cell where it is quoted, else the computed formula."""
    if rate.origin is Origin.PUBLISHED and rate.claim is not None:
        return Ref(observation_key(rate.claim))
    assert computed is not None
    return computed


def growth(panel: Panel, series: Series, period: Period) -> Expression | None:
    """Return the growth that the panel quotes, as a fraction."""
    rate = panel.growth(series, period)
    return quoted(rate, computed_growth(panel, series, period)) if rate else None


def share(panel: Panel, series: Series, period: Period) -> Expression | None:
    """Return the share that the panel quotes, as a fraction."""
    rate = panel.share(series, period)
    return quoted(rate, computed_share(panel, series, period)) if rate else None


def growth_bounds(panel: Panel, series: Series, period: Period) -> tuple[Expression, Expression] | None:
    """Return the ends of what the levels as printed allow for the growth; None where there is no such interval."""
    now, before = panel.release.figure(series.code, period), panel.release.figure(series.code, period.before())
    if now is None or before is None:
        return None
    top, bottom = (Ref(f"{series.code}|{when}|{Measure.LEVEL.value}") for when in (period, period.before()))
    # interval division: the end of a negative level goes with the other end of the base
    ends = ((-1, now.interval.low >= 0), (1, now.interval.high < 0))
    low, high = (minus(over(half_off(top, side), half_off(bottom, 1 if far else -1)), number(1)) for side, far in ends)
    return low, high


def half_off(ref: Ref, side: int) -> Expression:
    """Return an end of a figure's interval: the figure less (-1) or plus (+1) half its precision."""
    half = over(Ref(ref.key, "precision"), number(2))
    return plus(ref, half) if side > 0 else minus(ref, half)


@dataclass(frozen=True, slots=True)
class Amount:
    """A computed amount: its expression, its value, the decimals it deserves, and whether rounding leaves its sign."""

    expression: Expression
    value: Decimal
    decimals: int
    is_sure: bool


def change(panel: Panel, series: Series, period: Period) -> Amount | None:
    """Return the change over a year in the briefing's unit; a difference is as precise as the rougher figure."""
    levels = panel.compared(series, period)
    refs = level_ref(panel, series, period), level_ref(panel, series, period.before())
    if levels is None or refs[0] is None or refs[1] is None:
        return None
    now, before = (level.figure for level in levels)
    found = change_of(now, before)
    sure = Decimal(0) not in found.interval
    return Amount(minus(refs[0], refs[1]), found.value, min(now.decimals, before.decimals), sure)


def contribution(panel: Panel, part: Series, period: Period) -> Amount | None:
    """Return a part's contribution to the total's growth, in percentage points to one decimal; none in an index."""
    total = panel.release.total
    levels, whole = panel.compared(part, period), panel.compared(total, period) if total else None
    moved = change(panel, part, period)
    base = level_ref(panel, total, period.before()) if total else None
    if (
        not panel.release.additive
        or levels is None
        or whole is None
        or moved is None
        or base is None
        or whole[1].figure.interval.low <= 0
    ):
        return None
    now, before = (level.figure for level in levels)
    found = contribution_of(now, before, whole[1].figure)
    sure = Decimal(0) not in found.interval
    return Amount(over(times(moved.expression, number(100)), base), found.value, 1, sure)
