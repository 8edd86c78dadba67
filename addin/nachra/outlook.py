"""Where a year will land, from the part of it that is published: an estimate of nachra, with the interval it deserves.

The year is the known part times the ratio of whole years to the same part of them in the past (the geometric mean over
all past years of the same methodology, on the same side of every break). The interval is the prediction interval of a
mean: the ratios' logarithms ± t × s × √(1 + 1/n), Student's t with n - 1 degrees of freedom (R. J. Hyndman and
G. Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 5.5, "mean method"), widened by the rounding
of the known part.

Limits: past years are taken for alike and independent; with one of them there is a ratio and no interval, with two the
interval is very wide; a break in the year to come (a new client, a crisis) is in no ratio. Measured coverage:
tests/benchmarks/outlook.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext

from nachra.errors import IncomparableError
from nachra.figures import PRECISION, Figure, Interval
from nachra.history import History, Point
from nachra.indicators import growth
from nachra.periods import Period

#: the probability that an interval is made for
LEVEL = Decimal("0.8")
#: Student's t for LEVEL, both sides, by degrees of freedom (NIST/SEMATECH e-Handbook, table 1.3.6.7.2, column 0.90)
_T = (
    *(3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372),
    *(1.363, 1.356, 1.350, 1.345, 1.341, 1.337, 1.333, 1.330, 1.328, 1.325),
)
#: the normal quantile that t tends to
_NORMAL = 1.282


@dataclass(frozen=True, slots=True)
class Outlook:
    """A year estimated from its known part, in the unit of the known figure.

    `rounding` is what the rounding of the figures alone allows; `interval` (LEVEL) is None with fewer than two past
    years; `ratios` are whole year over the same part, by year; `points` are the figures it was computed from.
    """

    year: Period
    known: Period
    part: Figure
    value: Decimal
    rounding: Interval
    interval: Interval | None
    ratios: tuple[tuple[int, Decimal], ...]
    points: tuple[Point, ...]

    @property
    def decimals(self) -> int:
        """Decimals that the estimate is written with: no more than the known part's, and none from a thousand on."""
        return 0 if abs(self.value) >= 1000 else min(self.part.decimals, 2) or 1


def quantile(count: int) -> Decimal:
    """Return Student's t for LEVEL with `count` past years, two at least."""
    return Decimal(str(_T[count - 2] if count - 2 < len(_T) else _NORMAL))


def covering(history: History, period: Period) -> tuple[Figure, tuple[Point, ...]] | None:
    """Return the level of a period, published or made of the longest published periods inside it; None without.

    Flows are summed, indices averaged by their months.
    """
    found = _cover(history, period)
    if found is None:
        return None
    if len(found) == 1:
        return found[0].figure, tuple(found)
    unit = found[0].figure.unit
    figures = [one.figure.to(unit) for one in found]
    with localcontext(prec=PRECISION):
        weights = [
            Decimal(one.period.months) / period.months if unit.dimension == "index" else Decimal(1) for one in found
        ]
        value = sum((one.value * weight for one, weight in zip(figures, weights, strict=True)), Decimal(0))
        quantum = sum((one.quantum * weight for one, weight in zip(figures, weights, strict=True)), Decimal(0))
    return Figure(value, quantum, unit), tuple(found)


def _cover(history: History, period: Period) -> list[Point] | None:
    """The fewest published periods that make up a period without gap or overlap."""
    if period in history.points:
        return [history.points[period]]
    inside = sorted((one for one in history.points if one in period), key=lambda one: -one.months)
    return _filled(history, inside, period.first, period)


def _filled(history: History, inside: list[Period], month: int, period: Period) -> list[Point] | None:
    if month > period.last:
        return []
    for one in inside:
        if one.first == month:
            rest = _filled(history, inside, one.last + 1, period)
            if rest is not None:
                return [history.points[one], *rest]
    return None


def outlook(history: History, year: int) -> Outlook:
    """Return where a year will land, from the longest part since January that past years know too.

    Raises IncomparableError where the year is published already, where no part of it is known, or where no past year
    of the same methodology has both that part and the whole.
    """
    whole = Period(year)
    if covering(history, whole):
        raise IncomparableError("outlook_published", year=year)
    parts = [Period(year, last) for last in range(11, 0, -1)]
    known = [(part, found) for part in parts if (found := covering(history, part))]
    if not known:
        raise IncomparableError("outlook_no_part", year=year)
    for part, (figure, points) in known:
        ratios = list(_ratios(history, part, points))
        if ratios:
            return _estimated(whole, part, figure, points, ratios)
    raise IncomparableError("outlook_no_past", period=known[0][0].label(), year=year)


def _ratios(
    history: History, part: Period, known: tuple[Point, ...]
) -> Iterable[tuple[int, Decimal, Interval, tuple[Point, ...]]]:
    """The past years that have the part and the whole, on the known part's side of every break in the series."""
    for year in sorted({period.year for period in history.points if period.year < part.year}):
        before, whole = covering(history, Period(year, part.last, part.first)), covering(history, Period(year))
        if not before or not whole or {one.pieces for one in (*before[1], *whole[1], *known)} != {known[0].pieces}:
            continue
        if before[0].interval.low > 0 and whole[0].interval.low > 0:
            rate = growth(whole[0], before[0])
            limits = Interval(rate.interval.low + 1, rate.interval.high + 1)
            yield year, rate.value + 1, limits, (*whole[1], *before[1])


def _estimated(
    year: Period,
    known: Period,
    figure: Figure,
    points: tuple[Point, ...],
    ratios: list[tuple[int, Decimal, Interval, tuple[Point, ...]]],
) -> Outlook:
    count = len(ratios)
    with localcontext(prec=PRECISION):
        logs = [ratio.ln() for _, ratio, _, _ in ratios]
        middle = sum(logs, Decimal(0)) / count
        lows, highs = ([getattr(limits, end).ln() for _, _, limits, _ in ratios] for end in ("low", "high"))
        rounding = Interval(
            figure.interval.low * (sum(lows, Decimal(0)) / count).exp(),
            figure.interval.high * (sum(highs, Decimal(0)) / count).exp(),
        )
        limits = None
        if count > 1:
            spread = (sum(((one - middle) ** 2 for one in logs), Decimal(0)) / (count - 1)).sqrt()
            reach = quantile(count) * spread * Decimal(str(math.sqrt(1 + 1 / count)))
            # rounding can only add to what past years leave open
            limits = Interval(
                min(rounding.low, figure.interval.low * (middle - reach).exp()),
                max(rounding.high, figure.interval.high * (middle + reach).exp()),
            )
        return Outlook(
            year,
            known,
            figure,
            figure.value * middle.exp(),
            rounding,
            limits,
            tuple((past, ratio) for past, ratio, _, _ in ratios),
            tuple(dict.fromkeys((*points, *(one for _, _, _, behind in ratios for one in behind)))),
        )
