"""Where a series stands towards the targets of Digital Morocco 2030, on one basis at a time.

The targets were set on the historic series (17.9 billion dirhams in 2023). Read on another basis they are a reading of
nachra, and say so: the bar is then either the same amount, or, on a linked series, the amount times the link's factor.
Both ends of every comparison are of one methodology; targets and sources are in `templates/targets.toml`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from functools import cache

from nachra import indicators
from nachra.errors import IncomparableError, IndicatorError
from nachra.figures import PRECISION, Figure, Interval
from nachra.history import History, Point, require_one_methodology
from nachra.history import growth as growth_between
from nachra.indicators import Indicator
from nachra.linking import carried, links
from nachra.periods import Period, parse_period
from nachra.texts import DEFAULT_LANGUAGE, load_toml
from nachra.units import unit


class Reading(StrEnum):
    """How a target is read: on its own series, on another one as it stands, or carried over by a link's factor."""

    OWN = "own"
    OTHER = "other"
    LINKED = "linked"


@dataclass(frozen=True, slots=True)
class Target:
    """A level to reach in a year; exact, for it is a decision and not a measure."""

    period: Period
    figure: Figure
    series: str
    methodology: str
    source: str


@dataclass(frozen=True, slots=True)
class Position:
    """Where a series stands towards a target on one basis; what cannot be computed is None.

    `distance` is in the unit of `aim`, the others are fractions; `path` is the series year by year at its current pace,
    from the latest figure to the target's year.
    """

    target: Target
    reading: Reading
    basis: str
    aim: Figure
    baseline: Point | None
    latest: Point
    distance: Indicator
    attained: Indicator
    progress: Indicator | None
    required: Indicator | None
    pace: Decimal | None
    path: tuple[tuple[Period, Decimal], ...]


def may_be_read(methodology: str) -> bool:
    """Tell whether targets apply: they are for exports of digital services, not for whatever has a series TOTAL."""
    return methodology in load_toml("nomenclature.toml")["methodology"] or methodology in links()


def strategy_name(language: str = DEFAULT_LANGUAGE) -> str:
    """Return the strategy's name."""
    return str(load_toml("targets.toml")["strategy"]["name"][language])


def _year(written: str) -> Period:
    period = parse_period(written)
    assert period and period.kind == "year", f"targets.toml: {written}"
    return period


@cache
def targets() -> tuple[Target, ...]:
    """Return the targets, earliest first."""
    content = load_toml("targets.toml")
    strategy = content["strategy"]
    found = [
        Target(
            _year(entry["period"]),
            Figure(Decimal(entry["value"]), Decimal(0), unit(strategy["unit"])),
            strategy["series"],
            strategy["methodology"],
            entry["source"],
        )
        for entry in content["target"]
    ]
    return tuple(sorted(found, key=lambda one: one.period))


@cache
def own_baseline() -> Point:
    """Return the level that the targets were set from, with the methodology that it belongs to."""
    content = load_toml("targets.toml")
    strategy, entry = content["strategy"], content["baseline"]
    level = Figure(Decimal(entry["value"]), Decimal(entry["precision"]), unit(strategy["unit"]))
    return Point(strategy["series"], strategy["methodology"], _year(entry["period"]), level)


def baseline_source() -> str:
    """Return where the level that the targets were set from was published."""
    return str(load_toml("targets.toml")["baseline"]["source"])


def progress(latest: Point, baseline: Point, aim: Figure) -> Indicator:
    """Share of the way from the baseline to the aim, as a fraction: (latest - baseline) / (aim - baseline).

    Raises IncomparableError where latest and baseline are of two methodologies (26.2 against 17.9), UndefinedError
    where the aim does not lie above the baseline.
    """
    require_one_methodology(latest, baseline)
    start, now, end = (one.to(aim.unit) for one in (baseline.figure, latest.figure, aim))
    way = indicators.change(end, start)
    indicators.require_positive(Figure(way.value, way.interval.width, aim.unit))
    with localcontext(prec=PRECISION):
        share = (now.value - start.value) / way.value
        if latest.period == baseline.period:
            # the same figure twice: its rounding cancels out
            return Indicator(share, Interval(share, share))
        ends = [
            (top - low) / (goal - low)
            for top in (now.interval.low, now.interval.high)
            for low in (start.interval.low, start.interval.high)
            for goal in (end.interval.low, end.interval.high)
        ]
        return Indicator(share, Interval(min(ends), max(ends)))


def position(history: History, target: Target) -> Position:
    """Return where a series stands towards a target, on the history's own basis.

    Raises IncomparableError for another series than the target's, or for a series without a whole year.
    """
    if history.series != target.series:
        raise IncomparableError("target_series", series=history.series, target=target.series)
    if not history.years:
        raise IncomparableError("target_no_year", series=history.series)
    latest = history.years[-1]
    aim, reading = target.figure, Reading.OWN
    if history.factor:
        aim, reading = carried(target.figure, history.factor.ratio, target.figure), Reading.LINKED
    elif history.methodology != target.methodology:
        reading = Reading.OTHER
    first = history.points.get(own_baseline().period)
    baseline = first or (own_baseline() if reading is Reading.OWN else None)
    years = target.period.year - latest.period.year
    pace = _pace(history, latest)
    return Position(
        target=target,
        reading=reading,
        basis=history.methodology,
        aim=aim,
        baseline=baseline,
        latest=latest,
        distance=indicators.change(aim, latest.figure),
        attained=indicators.share(latest.figure, aim),
        progress=_or_none(lambda: progress(latest, baseline, aim)) if baseline else None,
        required=_or_none(lambda: indicators.required_growth(latest.figure, aim, years)),
        pace=pace,
        path=_path(latest, pace, years, aim),
    )


def _or_none(compute: Callable[[], Indicator]) -> Indicator | None:
    try:
        return compute()
    except IndicatorError:
        return None


def _pace(history: History, latest: Point) -> Decimal | None:
    """The growth of the latest year: the one to quote, else the one its levels give."""
    if latest.growth:
        return latest.growth.value
    before = history.points.get(latest.period.before())
    found = _or_none(lambda: growth_between(latest, before)) if before else None
    return found.value if found else None


def _path(latest: Point, pace: Decimal | None, years: int, aim: Figure) -> tuple[tuple[Period, Decimal], ...]:
    level = latest.figure.to(aim.unit).value
    if pace is None or years < 1:
        return ()
    with localcontext(prec=PRECISION):
        return tuple((Period(latest.period.year + year), level * (1 + pace) ** year) for year in range(years + 1))
