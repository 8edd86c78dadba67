"""Whether what the publisher printed agrees with the levels, rounding allowed for."""

from __future__ import annotations

from collections.abc import Iterator

from nachra.figures import round_half_up
from nachra.findings import Finding, finding
from nachra.panel import Origin, Panel, Rate
from nachra.reading import Reading
from nachra.release import Measure, Observation


def _judge(reading: Reading, obs: Observation, rate: Rate | None, code: str, *levels: str) -> Iterator[Finding]:
    if obs.figure is None or rate is None or rate.printed is None:
        return
    if rate.origin is Origin.REFUSED:
        # one place more than was published, so that the two intervals do not seem to meet
        places = obs.figure.decimals + 1
        limits = rate.printed.interval
        yield finding(
            code,
            obs.source.sheet,
            obs.source.cell,
            *levels,
            series=obs.series,
            period=obs.period,
            published=obs.figure.value,
            published_low=obs.figure.interval.low,
            published_high=obs.figure.interval.high,
            low=round_half_up(limits.low * 100, places),
            high=round_half_up(limits.high * 100, places),
        )


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
