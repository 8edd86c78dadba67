"""Vintages: one figure through the editions, the revision triangle and what it tells of a series' habits.

Statistics follow Eurostat's and the OECD's practice for revisions analysis (R. McKenzie and M. Gamba, "Interpreting
the results of revision analyses", OECD 2008): the revision of a period is its latest value less its first one, in
percent of the first; mean revision, mean absolute revision, range and direction are those of the periods.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import pairwise

from nachra.figures import PRECISION, Figure
from nachra.periods import Period
from nachra.release import Measure, Observation, Release, Status
from nachra.revisions import Difference, Revision

#: periods, or earlier revisions, below which a habit is not spoken of
ENOUGH = 3


@dataclass(frozen=True, slots=True)
class Vintage:
    """What one edition says of a figure."""

    edition: str
    file: str
    observation: Observation


@dataclass(frozen=True, slots=True)
class Track:
    """One row of the triangle: the level of a series in a period through the editions, oldest first."""

    methodology: str
    series: str
    period: Period
    vintages: tuple[Vintage, ...]

    @property
    def steps(self) -> tuple[Decimal, ...]:
        """The revision from each edition to the next, in percent; 0 where rounding explains the difference."""
        found = [one.observation for one in self.vintages]
        return tuple(_step(one, other) for one, other in pairwise(found))

    @property
    def total(self) -> Decimal:
        """The revision from the first edition to the latest, in percent."""
        return _step(self.vintages[0].observation, self.vintages[-1].observation)


@dataclass(frozen=True, slots=True)
class Habit:
    """How a series is usually revised, in percent of the first value; `periods` of them, over `editions` editions."""

    methodology: str
    series: str
    editions: int
    periods: int
    mean: Decimal
    mean_absolute: Decimal
    low: Decimal
    high: Decimal
    upward: int
    downward: int

    @property
    def is_enough(self) -> bool:
        """Whether there are enough periods to speak of a habit."""
        return self.periods >= ENOUGH


def tracks(editions: Iterable[Release]) -> tuple[Track, ...]:
    """Return the triangle of levels: every figure that at least two editions print, given the editions oldest first.

    Never across methodologies or currencies (a figure in another currency than the newest is left out), nor across
    a break. Editions of several stories may be mixed: an annual and a half-year release revise each other's years.
    """
    found: dict[tuple[str, str, Period], list[Vintage]] = {}
    for release in editions:
        for obs in release.observations:
            if obs.measure is Measure.LEVEL and obs.figure:
                track = found.setdefault((obs.methodology, obs.series, obs.period), [])
                if obs.status is Status.BREAK:
                    track.clear()
                track.append(Vintage(release.edition, release.file, obs))
    made = (Track(*key, _of_one_currency(vintages)) for key, vintages in sorted(found.items()))
    return tuple(track for track in made if len(track.vintages) > 1)


def _of_one_currency(vintages: list[Vintage]) -> tuple[Vintage, ...]:
    newest = _figure(vintages[-1].observation)
    return tuple(one for one in vintages if _figure(one.observation).unit.dimension == newest.unit.dimension)


def _figure(obs: Observation) -> Figure:
    assert obs.figure
    return obs.figure


def _step(old: Observation, new: Observation) -> Decimal:
    """The revision in percent of the old value; 0 where rounding explains it, or the base is not positive."""
    after = _figure(new)
    before = _figure(old).to(after.unit)
    first, second = before.interval, after.interval
    if before.value <= 0 or (first.low < second.high and second.low < first.high):
        return Decimal(0)
    with localcontext(prec=PRECISION):
        return (after.value - before.value) * 100 / before.value


def habits(triangle: Iterable[Track]) -> tuple[Habit, ...]:
    """Return each series' habit; one with fewer than ENOUGH periods is there too, and `is_enough` says so."""
    by_series: dict[tuple[str, str], list[Track]] = {}
    for track in triangle:
        by_series.setdefault((track.methodology, track.series), []).append(track)
    return tuple(_habit(*key, found) for key, found in by_series.items())


def _habit(methodology: str, series: str, found: list[Track]) -> Habit:
    totals = [track.total for track in found]
    editions = {(one.edition, one.file) for track in found for one in track.vintages}
    with localcontext(prec=PRECISION):
        return Habit(
            methodology,
            series,
            editions=len(editions),
            periods=len(totals),
            mean=sum(totals, Decimal(0)) / len(totals),
            mean_absolute=sum(map(abs, totals), Decimal(0)) / len(totals),
            low=min(totals),
            high=max(totals),
            upward=sum(one > 0 for one in totals),
            downward=sum(one < 0 for one in totals),
        )


def unusual(difference: Difference, triangle: Iterable[Track]) -> tuple[tuple[Revision, Decimal, int], ...]:
    """Return the revised levels that moved more than that series ever did between two editions of the triangle.

    With each, the largest earlier step in percent, and how many steps other than 0 there were; a series with fewer
    than ENOUGH of them has no habit to depart from.
    """
    steps: dict[tuple[str, str], list[Decimal]] = {}
    for track in triangle:
        steps.setdefault((track.methodology, track.series), []).extend(abs(one) for one in track.steps if one)
    found = []
    for one in difference.real:
        earlier = steps.get((one.new.methodology, one.new.series), [])
        if one.new.measure is Measure.LEVEL and one.percent is not None and len(earlier) >= ENOUGH:
            largest = max(earlier)
            if abs(one.percent) > largest:
                found.append((one, largest, len(earlier)))
    return tuple(found)


def may_be_revised_away(rate: Decimal, habit: Habit | None) -> bool | None:
    """Tell whether a revision as usual could undo a growth: for whoever hedges a sentence about it.

    `rate` is a fraction (0.035); it could be undone where it is below the series' mean absolute revision. None where
    there are too few editions to tell: then nothing may be said, neither that it is firm nor that it is fragile.
    """
    if habit is None or not habit.is_enough:
        return None
    return abs(rate) * 100 < habit.mean_absolute
