"""A series over several releases: one figure a period, the newest edition's, and its methodology as part of its name.

2023 is 17.9 billion dirhams in one methodology and 26.17 in another: a figure travels here with its methodology, and
what compares two of them refuses a pair that a break in the series lies between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from nachra import editions, indicators
from nachra.errors import IncomparableError
from nachra.figures import Figure
from nachra.indicators import Indicator
from nachra.panel import Panel, Rate
from nachra.periods import Period
from nachra.release import Observation, Release, Status


@dataclass(frozen=True, slots=True)
class Point:
    """A level of a series in a period; `cells` are the observations that it was read from or is the sum of."""

    series: str
    methodology: str
    period: Period
    figure: Figure
    edition: str = ""
    cells: tuple[Observation, ...] = ()
    growth: Rate | None = None
    """The growth to quote on a year before, as a fraction."""
    pieces: tuple[int, int] = (0, 0)
    """In which unbroken piece of the series it begins and ends: how many of its breaks lie before."""


@dataclass(frozen=True, slots=True)
class Factor:
    """What the old series of a link was multiplied by, and the two figures that make it."""

    link: str
    ratio: Indicator
    old: Point
    new: Point


@dataclass(frozen=True, slots=True)
class History:
    """A series in one methodology: its points by period, oldest first. `factor` is there where it is a linked one."""

    series: str
    methodology: str
    points: Mapping[Period, Point] = field(default_factory=dict)
    factor: Factor | None = None

    @property
    def years(self) -> list[Point]:
        """The whole years, oldest first."""
        return [point for period, point in self.points.items() if period.kind == "year"]


def require_one_methodology(*points: Point) -> None:
    """Raise IncomparableError where points are of several methodologies or series, or a break lies between them."""
    methodologies = list(dict.fromkeys(one.methodology for one in points))
    if len(methodologies) > 1:
        raise IncomparableError("two_methodologies", methodologies=", ".join(methodologies))
    series = list(dict.fromkeys(one.series for one in points))
    if len(series) > 1:
        raise IncomparableError("series_differ", series=", ".join(series))
    first, last = (pick(points, key=lambda one: one.period) for pick in (min, max))
    if first.pieces[0] != last.pieces[1]:
        raise IncomparableError("series_break", period=first.period.label(), other=last.period.label())


def growth(last: Point, first: Point) -> Indicator:
    """Growth between two like periods, as a fraction, however many years apart.

    Raises IncomparableError across methodologies, breaks, series or unlike periods, UndefinedError for a base not
    positive.
    """
    require_one_methodology(last, first)
    indicators.require_comparable(last.period, first.period)
    return indicators.growth(last.figure, first.figure)


def cagr(last: Point, first: Point) -> Indicator:
    """Compound annual growth rate between two like periods, as a fraction; raises as `growth` does."""
    require_one_methodology(last, first)
    indicators.require_comparable(last.period, first.period)
    return indicators.cagr(last.figure, first.figure, last.period.year - first.period.year)


def histories(releases: Iterable[Release], *, is_ordered: bool = False) -> dict[tuple[str, str], History]:
    """Return every series of the releases by (methodology, code); later editions replace what earlier ones said.

    `is_ordered` where who asks has put earlier editions first, and may know more of them than their dates.
    """
    found: dict[tuple[str, str], dict[Period, Point]] = {}
    breaks: dict[tuple[str, str], dict[Period, bool]] = {}
    for release in releases if is_ordered else sorted(releases, key=editions.rank):
        panel = Panel(release)
        for series in release.series:
            for period in release.periods:
                level, own = panel.level(series, period), release.get(series.code, period)
                if own:
                    breaks.setdefault((own.methodology, series.code), {})[period] = own.status is Status.BREAK
                if level is None or own is None:
                    continue
                codes = [part.code for part in release.parts] if level.is_sum else [series.code]
                cells = [release.get(code, period) for code in codes]
                point = Point(
                    series.code,
                    own.methodology,
                    period,
                    level.figure,
                    release.edition,
                    tuple(one for one in cells if one and one.figure),
                    panel.growth(series, period),
                )
                found.setdefault((own.methodology, series.code), {})[period] = point
    return {
        key: History(key[1], key[0], _in_pieces(points, [one for one, is_break in breaks[key].items() if is_break]))
        for key, points in found.items()
    }


def _in_pieces(points: Mapping[Period, Point], breaks: list[Period]) -> dict[Period, Point]:
    """The points oldest first, each with its place among the series' breaks."""

    def piece(period: Period, month: int) -> int:
        return sum((one.year, one.first) <= (period.year, month) for one in breaks)

    return {
        period: replace(point, pieces=(piece(period, period.first), piece(period, period.last)))
        for period, point in sorted(points.items())
    }
