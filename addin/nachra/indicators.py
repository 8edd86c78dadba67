"""Growth, share, contribution and their kin: pure functions on figures, each with the interval rounding allows.

Every result is a fraction (0.035 for +3.5 %) or an amount in the figures' unit, unrounded. The interval holds the
result of any true values that round to the given figures. Formulas are those of the System of National Accounts
2008, chapter 15 (growth, index) and Eurostat's glossary (contribution to growth in percentage points).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

from nachra.errors import IncomparableError, UndefinedError
from nachra.figures import PRECISION, Figure, Interval
from nachra.periods import Period
from nachra.units import Unit


@dataclass(frozen=True, slots=True)
class Indicator:
    """A computed value and the interval that the rounding of its inputs allows."""

    value: Decimal
    interval: Interval


def _levels(first: Figure, *others: Figure) -> tuple[Figure, ...]:
    """Bring figures to the first one's unit; IncomparableError across dimensions."""
    try:
        return (first, *(other.to(first.unit) for other in others))
    except ValueError:
        units = ", ".join(sorted({figure.unit.label() for figure in (first, *others)}))
        raise IncomparableError("units_differ", units=units) from None


def require_positive(base: Figure) -> None:
    """Raise UndefinedError for a base that is zero or negative, or could be within its rounding."""
    if base.value <= 0 or base.interval.low <= 0:
        raise UndefinedError("base_not_positive", value=base.value)


def _quotient(numerator: Interval, denominator: Interval) -> Interval:
    """Interval division by a positive interval."""
    ends = [top / bottom for top in (numerator.low, numerator.high) for bottom in (denominator.low, denominator.high)]
    return Interval(min(ends), max(ends))


def require_comparable(current: Period, previous: Period) -> None:
    """Raise IncomparableError unless both periods have the same length and position in their years."""
    if not current.is_like(previous):
        raise IncomparableError("periods_differ", current=current.label(), previous=previous.label())


def growth(current: Figure, previous: Figure) -> Indicator:
    """Growth of `current` over `previous`, as a fraction: current / previous - 1.

    Raises UndefinedError where the base is zero or negative (or could be, within its rounding).
    """
    current, previous = _levels(current, previous)
    require_positive(previous)
    with localcontext(prec=PRECISION):
        rate = current.value / previous.value - 1
        ratios = _quotient(current.interval, previous.interval)
        return Indicator(rate, Interval(ratios.low - 1, ratios.high - 1))


def change(current: Figure, previous: Figure) -> Indicator:
    """Change in the current figure's unit: current - previous."""
    current, previous = _levels(current, previous)
    return Indicator(current.value - previous.value, current.interval - previous.interval)


def share(part: Figure, total: Figure) -> Indicator:
    """Share of `part` in `total`, as a fraction. UndefinedError for a total that is not positive."""
    total, part = _levels(total, part)
    require_positive(total)
    with localcontext(prec=PRECISION):
        return Indicator(part.value / total.value, _quotient(part.interval, total.interval))


def share_change(current: Indicator, previous: Indicator) -> Indicator:
    """Change of a share in percentage points: 0.012 as a fraction is 1.2 points."""
    points = (current.value - previous.value) * 100
    limits = current.interval - previous.interval
    return Indicator(points, Interval(limits.low * 100, limits.high * 100))


def contribution(current: Figure, previous: Figure, total_before: Figure) -> Indicator:
    """Contribution of a part to the total's growth, in percentage points: 100 × (current - previous) / total before."""
    total_before, current, previous = _levels(total_before, current, previous)
    require_positive(total_before)
    with localcontext(prec=PRECISION):
        points = (current.value - previous.value) * 100 / total_before.value
        limits = _quotient(current.interval - previous.interval, total_before.interval)
        return Indicator(points, Interval(limits.low * 100, limits.high * 100))


#: contributions are kept to this place, so that they can sum to the growth exactly
_CONTRIBUTION_PLACE = Decimal("1e-24")


def contributions(
    current: Mapping[str, Figure], previous: Mapping[str, Figure], total: Figure, total_before: Figure
) -> tuple[dict[str, Decimal], Decimal]:
    """Contributions of the parts in percentage points, and the remainder, which together are the growth exactly.

    The remainder is what the parts leave of the total's change: rounding, and parts not published in both
    periods. It is exactly zero where the parts add up to the totals.
    """
    total_before, total = _levels(total_before, total)
    require_positive(total_before)
    pairs = {code: _levels(total_before, current[code], previous[code])[1:] for code in current if code in previous}
    # enough digits before the place that is kept: levels of 1 and 1e15 must not end in InvalidOperation
    levels = [total_before, total, *(level for pair in pairs.values() for level in pair)]
    room = max(abs(level.value) for level in levels).adjusted() - total_before.value.adjusted()
    with localcontext(prec=PRECISION + room):
        whole = ((total.value - total_before.value) * 100 / total_before.value).quantize(_CONTRIBUTION_PLACE)
        changes = {code: now.value - before.value for code, (now, before) in pairs.items()}
        shares = {
            code: (change * 100 / total_before.value).quantize(_CONTRIBUTION_PLACE) for code, change in changes.items()
        }
        left = total.value - total_before.value - sum(changes.values(), Decimal(0))
        remainder = (left * 100 / total_before.value).quantize(_CONTRIBUTION_PLACE)
        # the last place of the divisions goes to the largest contribution
        slack = whole - remainder - sum(shares.values(), Decimal(0))
        if shares:
            shares[max(sorted(shares), key=lambda code: abs(shares[code]))] += slack
        else:
            remainder += slack
    return shares, remainder


def cagr(last: Figure, first: Figure, years: int) -> Indicator:
    """Compound annual growth rate over `years` years, as a fraction: (last / first)^(1/years) - 1.

    Raises UndefinedError where either figure is not positive, IncomparableError for less than one year.
    """
    if years < 1:
        raise IncomparableError("years_too_few", years=years)
    last, first = _levels(last, first)
    require_positive(first)
    require_positive(last)
    with localcontext(prec=PRECISION):
        root = Decimal(1) / years
        ratios = _quotient(last.interval, first.interval)
        rate = (last.value / first.value) ** root - 1
        return Indicator(rate, Interval(ratios.low**root - 1, ratios.high**root - 1))


def index(current: Figure, base: Figure) -> Indicator:
    """Index of `current` with `base` = 100."""
    rate = growth(current, base)
    return Indicator((rate.value + 1) * 100, Interval((rate.interval.low + 1) * 100, (rate.interval.high + 1) * 100))


def implied_second_half(year: Figure, first_half: Figure) -> Indicator:
    """The second half implied by a year and its first half, in the year's unit: year - first half."""
    return change(year, first_half)


def required_growth(current: Figure, target: Figure, years: int) -> Indicator:
    """Yearly growth needed to reach `target` in `years` years, as a fraction."""
    return cagr(target, current, years)


def total_of(parts: list[Figure], unit: Unit) -> Figure:
    """Sum of figures in `unit`; its quantum is the sum of theirs, so that the interval holds every true sum."""
    figures = [part.to(unit) for part in parts]
    zero = Decimal(0)
    return Figure(sum((one.value for one in figures), zero), sum((one.quantum for one in figures), zero), unit)


def allows(limits: Interval, published: Figure) -> bool:
    """Tell whether a rate published in percent may come from levels that allow `limits` (fractions)."""
    return Interval(limits.low * 100, limits.high * 100).overlaps(published.interval)
