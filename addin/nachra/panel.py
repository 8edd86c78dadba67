"""A release seen as series × periods: the level, growth and share to quote, and where each comes from.

Two rules live here and nowhere else. The most precise level is used: where all parts are published and add up
more precisely than the printed total, the total to compute with is their sum. A published rate that the printed
levels allow wins over the computed one; outside their interval it is refused and the computed one shown.
"""

from __future__ import annotations

from collections.abc import Callable
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

#: from this width on (as a fraction), the first decimal of a computed percentage would be invented
BLURRED = Decimal("0.01")


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
    """A growth or a share to quote, as a fraction; `printed` is what the levels as printed give and allow."""

    value: Decimal
    origin: Origin
    printed: Indicator | None = None
    claim: Observation | None = None

    @property
    def decimals(self) -> int:
        """Decimals that the percentage deserves: those published; else one, or none where rounding blurs a point."""
        if self.origin is Origin.PUBLISHED and self.claim and self.claim.figure:
            return self.claim.figure.decimals
        return 0 if self.printed and self.printed.interval.width > BLURRED else 1


def _figure(level: Level | None) -> Figure | None:
    return level.figure if level else None


def _computed(
    indicator: Callable[[Figure, Figure], Indicator], first: Figure | None, second: Figure | None
) -> Indicator | None:
    if first is None or second is None:
        return None
    try:
        return indicator(first, second)
    except IndicatorError:
        return None


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
        return self._levels.get((series.code, period))

    @cached_property
    def _levels(self) -> dict[tuple[str, Period], Level]:
        pairs = [(series, period) for series in self.release.series for period in self.release.periods]
        found = {(series.code, period): self._most_precise(series, period) for series, period in pairs}
        return {key: level for key, level in found.items() if level}

    def _most_precise(self, series: Series, period: Period) -> Level | None:
        printed = self.release.figure(series.code, period)
        if printed is None or self.unit is None or printed.unit.dimension != self.unit.dimension:
            return None
        printed = printed.to(self.unit)
        added = self.sum_of_parts(period) if series.role == "total" else None
        # 22.06 is not what a printed 22.0 was rounded from, though the rounding of its parts would allow it
        if added and added.quantum < printed.quantum and added.value in printed.interval:
            return Level(added, is_sum=True)
        return Level(printed)

    def _printed(self, series: Series, period: Period) -> Figure | None:
        return self.release.figure(series.code, period)

    def _rate(self, claim: Observation | None, best: Indicator | None, printed: Indicator | None) -> Rate | None:
        if claim is not None and claim.figure is not None:
            if printed is None or indicators.allows(printed.interval, claim.figure):
                return Rate(claim.figure.value / 100, Origin.PUBLISHED, printed, claim)
            return Rate(best.value if best else printed.value, Origin.REFUSED, printed, claim)
        return Rate(best.value, Origin.COMPUTED, printed) if best else None

    def growth(self, series: Series, period: Period) -> Rate | None:
        """Growth on the same period a year before; None where neither published nor computable."""
        claim = self.release.get(series.code, period, Measure.GROWTH)
        if not self.is_alike(series, period):
            return self._rate(claim, None, None)
        current, previous = self.level(series, period), self.level(series, period.before())
        best = _computed(indicators.growth, _figure(current), _figure(previous))
        printed = _computed(indicators.growth, self._printed(series, period), self._printed(series, period.before()))
        return self._rate(claim, best, printed)

    def is_alike(self, series: Series, period: Period) -> bool:
        """Tell whether a level and that of a year before may be compared: one methodology, and no break between."""
        found = [self.release.get(series.code, one) for one in (period, period.before())]
        return len({one.methodology for one in found if one}) < 2 and not self.crosses_break(series, period)

    def crosses_break(self, series: Series, period: Period) -> bool:
        """Tell whether the series breaks between a period and the same a year before."""
        return self.breaks_between(series, period.before(), period)

    def breaks_between(self, series: Series, earlier: Period, later: Period) -> bool:
        """Tell whether the series breaks after the beginning of one period and before the end of another."""
        return any(one.begins_between(earlier, later) for one in self._breaks.get(series.code, ()))

    @cached_property
    def _breaks(self) -> dict[str, tuple[Period, ...]]:
        """The periods with which each series starts anew."""
        found: dict[str, tuple[Period, ...]] = {}
        for obs in self.release.observations:
            if obs.measure is Measure.LEVEL and obs.status is Status.BREAK:
                found[obs.series] = (*found.get(obs.series, ()), obs.period)
        return found

    def compared(self, series: Series, period: Period) -> tuple[Level, Level] | None:
        """The most precise levels of a period and of the same a year before, where they may be compared."""
        now, before = self.level(series, period), self.level(series, period.before())
        return (now, before) if now and before and self.is_alike(series, period) else None

    def obstacle(self, series: Series, period: Period) -> str:
        """Why no growth can be computed: the name of a reason ("series_break" …), or "" where one can."""
        now, before = (self.release.get(series.code, one) for one in (period, period.before()))
        if now is None or now.figure is None:
            return "level_missing"
        if before is None or before.figure is None:
            return "previous_missing"
        if self.crosses_break(series, period):
            return "series_break"
        if not self.is_alike(series, period):
            return "methodologies_differ"
        if now.figure.unit.dimension != before.figure.unit.dimension:
            return "units_differ"
        rate = _computed(indicators.growth, now.figure, before.figure)
        return "" if rate else "base_not_positive"

    def share(self, series: Series, period: Period) -> Rate | None:
        """Share of the total; None where neither published nor computable."""
        claim = self.release.get(series.code, period, Measure.SHARE)
        total = self.release.total
        if total is None or not self.release.additive:
            return self._rate(claim, None, None)
        if series.code == total.code:
            # a rounded total is still the whole of itself, unless it is nothing
            whole_share = Indicator(Decimal(1), Interval(Decimal(1), Decimal(1)))
            whole_level = self.level(total, period)
            exact = whole_share if whole_level and whole_level.figure.value else None
            return self._rate(claim, exact, exact)
        part, whole = self.level(series, period), self.level(total, period)
        best = _computed(indicators.share, _figure(part), _figure(whole))
        printed = _computed(indicators.share, self._printed(series, period), self._printed(total, period))
        return self._rate(claim, best, printed)

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
        # a break takes the growth away, not the interest
        grown = [period for period in known if self.growth(total, period) or self.crosses_break(total, period)]
        return grown[-1] if grown else known[-1] if known else None

    @cached_property
    def has_breakdown(self) -> bool:
        """Tell whether anything at all is published of a part."""
        parts = {part.code for part in self.release.parts}
        return any(obs.series in parts and obs.figure for obs in self.release.observations)

    def shared_parts(self, period: Period) -> tuple[Series, ...]:
        """The parts with a share in the period, largest first; parts alike in the order of their levels."""
        ranked = self.ranked_parts(period)
        parts = (*ranked, *(part for part in self.release.parts if part not in ranked))
        found = [(rate.value, part) for part in parts if (rate := self.share(part, period))]
        return tuple(part for _, part in sorted(found, key=lambda pair: -pair[0]))

    def ranked_parts(self, period: Period) -> tuple[Series, ...]:
        """The parts with a level in the period, largest first."""
        levels = [(self.level(part, period), part) for part in self.release.parts]
        known = [(level.figure.value, part) for level, part in levels if level]
        return tuple(part for _, part in sorted(known, key=lambda pair: -pair[0]))
