"""Whether what the publisher printed agrees with the levels, rounding allowed for."""

from __future__ import annotations

from collections.abc import Iterator

from nachra import indicators
from nachra.errors import IndicatorError
from nachra.figures import Interval, round_half_up
from nachra.findings import Finding, finding
from nachra.panel import Level, Origin, Panel, Rate
from nachra.reading import Reading
from nachra.release import Measure, Observation, Series


def _judge(reading: Reading, obs: Observation, rate: Rate | None, code: str, *levels: str) -> Iterator[Finding]:
    if obs.figure is None or rate is None or rate.printed is None:
        return
    if rate.origin is Origin.REFUSED:
        yield _contradicted(obs, rate.printed.interval, code, *levels)


def _contradicted(obs: Observation, limits: Interval, code: str, *cells: str) -> Finding:
    assert obs.figure is not None
    # one place more than was published, so that the two intervals do not seem to meet
    places = obs.figure.decimals + 1
    return finding(
        code,
        obs.source.sheet,
        obs.source.cell,
        *cells,
        series=obs.series,
        period=obs.period,
        published=obs.figure.value,
        published_low=obs.figure.interval.low,
        published_high=obs.figure.interval.high,
        low=round_half_up(limits.low * 100, places),
        high=round_half_up(limits.high * 100, places),
    )


def claims_on_sums(reading: Reading) -> Iterator[Finding]:
    """A published rate that the rounded total allows is also allowed by the parts, where they say more than it does."""
    release = reading.release
    panel = Panel(release)
    by_code = {series.code: series for series in release.series}
    for obs in release.observations:
        if obs.figure is None or obs.measure not in (Measure.GROWTH, Measure.SHARE):
            continue
        series = by_code[obs.series]
        is_growth = obs.measure is Measure.GROWTH
        rate = panel.growth(series, obs.period) if is_growth else panel.share(series, obs.period)
        levels = _most_precise(panel, series, obs)
        if rate is None or rate.origin is not Origin.PUBLISHED or not levels or not any(one.is_sum for one in levels):
            continue
        try:
            limits = (indicators.growth if is_growth else indicators.share)(*(one.figure for one in levels)).interval
        except IndicatorError:
            continue
        if not indicators.allows(limits, obs.figure):
            periods = (obs.period, obs.period.before()) if is_growth else (obs.period,)
            summed = [period for period, one in zip(periods, levels[-len(periods) :], strict=True) if one.is_sum]
            parts = [release.get(part.code, period) for period in summed for part in release.parts]
            cells = [part.source.cell for part in parts if part]
            yield _contradicted(obs, limits, "claim-unlike-parts", *cells)


def _most_precise(panel: Panel, series: Series, obs: Observation) -> tuple[Level, Level] | None:
    """The levels that a rate is about, a sum of parts in the place of a rounder total."""
    total = panel.release.total
    if obs.measure is Measure.GROWTH:
        return panel.compared(series, obs.period)
    if total is None or series.code == total.code or not panel.release.additive:
        return None
    part, whole = panel.level(series, obs.period), panel.level(total, obs.period)
    return (part, whole) if part and whole else None


def growth_claims(reading: Reading) -> Iterator[Finding]:
    """A published growth lies within what the two levels allow; where a level lacks, it is said to be unchecked."""
    yield from _claims(reading, Measure.GROWTH, "growth-mismatch")


def share_claims(reading: Reading) -> Iterator[Finding]:
    """A published share lies within what the part and the total allow."""
    yield from _claims(reading, Measure.SHARE, "share-mismatch")


def _claims(reading: Reading, measure: Measure, code: str) -> Iterator[Finding]:
    release = reading.release
    panel = Panel(release)
    by_code = {series.code: series for series in release.series}
    for obs in release.observations:
        if obs.measure is not measure or obs.figure is None:
            continue
        series = by_code[obs.series]
        if measure is Measure.GROWTH:
            rate = panel.growth(series, obs.period)
            against = release.get(obs.series, obs.period.before())
        else:
            rate = panel.share(series, obs.period)
            against = release.get(release.total.code, obs.period) if release.total else None
        level = release.get(obs.series, obs.period)
        cells = [one.source.cell for one in (level, against) if one and one.figure]
        if rate is None or rate.printed is None:
            yield finding(
                "claim-unchecked",
                obs.source.sheet,
                obs.source.cell,
                series=obs.series,
                period=obs.period,
                published=obs.figure.value,
            )
        yield from _judge(reading, obs, rate, code, *cells)


def other_levels(reading: Reading) -> Iterator[Finding]:
    """A second published level for the same series and period: rounder than the first, or in conflict with it."""
    for obs in reading.release.observations:
        kept = reading.release.get(obs.series, obs.period)
        if obs.measure is not Measure.OTHER_LEVEL or obs.figure is None or kept is None or kept.figure is None:
            continue
        first, second = kept.figure.interval, obs.figure.to(kept.figure.unit).interval
        # 13 and 14 meet at 13.5 only: intervals that share no more than an end are a conflict
        agree = first.low < second.high and second.low < first.high
        yield finding(
            "rounder-level" if agree else "conflicting-level",
            obs.source.sheet,
            kept.source.cell,
            obs.source.cell,
            series=obs.series,
            period=obs.period,
            kept=kept.figure,
            other=obs.figure,
        )
