"""A release seen as series × periods: the level, growth and share to quote, and where each comes from.

Two rules live here and nowhere else. The most precise level is used: where all parts are published and add up
more precisely than the printed total, the total to compute with is their sum. A published rate that its levels
allow wins over the computed one; outside its interval it is refused and the computed one shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from nachra import indicators
from nachra.errors import IndicatorError
from nachra.figures import Figure, Interval
from nachra.indicators import Indicator
from nachra.periods import Period
from nachra.release import Measure, Observation, Release, Series, Status
from nachra.units import Unit


class Origin(StrEnum):
    """Where a quoted rate comes from; REFUSED is a published rate its levels do not allow (the computed one stands)."""

    PUBLISHED = "published"
    COMPUTED = "computed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Level:
    """A level to compute with; `is_sum` where it is the sum of the published parts."""

    figure: Figure
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class Rate:
    """A growth or a share to quote, as a fraction, with what the levels allow (None where they are missing)."""

    value: Decimal
    origin: Origin
    computed: Indicator | None = None
    claim: Observation | None = None

    @property
    def decimals(self) -> int:
        """Decimals of the percentage: those published, or one."""
        published = self.origin is Origin.PUBLISHED and self.claim and self.claim.figure
        return published.decimals if published else 1

    @property
    def limits(self) -> Interval | None:
        """What rounding allows for the true rate: the levels' interval, met with the published one's."""
        allowed = self.computed.interval if self.computed else None
        if self.origin is not Origin.PUBLISHED or self.claim is None or self.claim.figure is None:
            return allowed
        printed = self.claim.figure.interval
        printed = Interval(printed.low / 100, printed.high / 100)
        if allowed is None:
            return printed
        return Interval(max(allowed.low, printed.low), min(allowed.high, printed.high))


@dataclass(frozen=True)
class Panel:
    """Answers about one release."""

    release: Release

    @cached_property
    def unit(self) -> Unit | None:
        """The unit to show levels in: that of the latest published total, else of the latest level."""
        total = self.release.total
        for period in reversed(self.release.periods):
            found = self.release.figure(total.code, period) if total else None
            if found:
                return found.unit
        levels = [obs.figure for obs in self.release.observations if obs.measure is Measure.LEVEL and obs.figure]
        return levels[-1].unit if levels else None

    def sum_of_parts(self, period: Period) -> Figure | None:
        """The sum of the parts in the panel's unit, where every part is published."""
        figures = [self.release.figure(part.code, period) for part in self.release.parts]
        known = [figure for figure in figures if figure is not None]
        if not self.release.additive or self.unit is None or not figures or len(known) < len(figures):
            return None
        if len({figure.unit.dimension for figure in known} | {self.unit.dimension}) > 1:
            return None
        return indicators.total_of(known, self.unit)

    def level(self, series: Series, period: Period) -> Level | None:
        """The most precise level of a series in a period, in the panel's unit."""
        printed = self.release.figure(series.code, period)
        if printed is None or self.unit is None or printed.unit.dimension != self.unit.dimension:
            return None
        printed = printed.to(self.unit)
        added = self.sum_of_parts(period) if series.role == "total" else None
        if added and added.quantum < printed.quantum and added.interval.overlaps(printed.interval):
            return Level(added, is_sum=True)
        return Level(printed)

    def _rate(self, claim: Observation | None, computed: Indicator | None) -> Rate | None:
        if claim is not None and claim.figure is not None:
            if computed is None or indicators.allows(computed.interval, claim.figure):
                return Rate(claim.figure.value / 100, Origin.PUBLISHED, computed, claim)
            return Rate(computed.value, Origin.REFUSED, computed, claim)
        return Rate(computed.value, Origin.COMPUTED, computed) if computed else None

    def growth(self, series: Series, period: Period) -> Rate | None:
        """Growth on the same period a year before; None where neither published nor computable."""
        current, previous = self.level(series, period), self.level(series, period.before())
        computed = None
        if current and previous:
            try:
                computed = indicators.growth(current.figure, previous.figure)
            except IndicatorError:
                computed = None
        return self._rate(self.release.get(series.code, period, Measure.GROWTH), computed)

    def share(self, series: Series, period: Period) -> Rate | None:
        """Share of the total; None where neither published nor computable."""
        claim = self.release.get(series.code, period, Measure.SHARE)
        total = self.release.total
        if total is None or not self.release.additive:
            return self._rate(claim, None)
        part, whole = self.level(series, period), self.level(total, period)
        computed = None
        if part and whole:
            try:
                computed = indicators.share(part.figure, whole.figure)
            except IndicatorError:
                computed = None
        return self._rate(claim, computed)

    def status(self, series: Series, period: Period) -> Status | None:
        found = self.release.get(series.code, period)
        return found.status if found else None

    @cached_property
    def headline(self) -> Period | None:
        """The period to write about: the latest whose total has a growth; else the latest with a total."""
        total = self.release.total
        if total is None:
            return self.release.periods[-1] if self.release.periods else None
        known = [period for period in self.release.periods if self.release.figure(total.code, period)]
        grown = [period for period in known if self.growth(total, period)]
        return (grown or known or [None])[-1]

    def ranked_parts(self, period: Period) -> tuple[Series, ...]:
        """The parts with a level in the period, largest first."""
        levels = [(self.level(part, period), part) for part in self.release.parts]
        known = [(level.figure.value, part) for level, part in levels if level]
        return tuple(part for _, part in sorted(known, key=lambda pair: -pair[0]))

