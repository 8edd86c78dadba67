"""Real revisions of official figures: two editions of a quarterly balance of payments.

Office for National Statistics, "Balance of payments, UK: January to March 2020" (30 June 2020), millions of pounds,
seasonally adjusted: Table B holds the levels, Table R2 the "revisions since last Balance of Payments Statistical
Bulletin" (31 March 2020). The earlier edition is the one less the other. Contains public sector information licensed
under the Open Government Licence v3.0. Morocco's own series has too few editions yet.
"""

from __future__ import annotations

from decimal import Decimal

from nachra.figures import Figure
from nachra.periods import Period
from nachra.release import Measure, Observation, Release, Series, Source, Status
from nachra.units import Unit

QUARTERS = [Period(2019, last, last - 2) for last in (3, 6, 9, 12)]
POUNDS = Unit("GBP_mn", "GBP", Decimal(1_000_000))
#: code: (name, levels of Table B, revisions of Table R2, revision of the year 2019 in Table R2)
SERIES = {
    "IKBB": ("Exports of services", (79408, 80657, 83739, 84038), (249, 729, 475, 235), 1688),
    "BOKG": ("Exports of goods", (89900, 86678, 94197, 101843), (-346, 1323, 114, -945), 146),
}
EDITIONS = ("2020-03-31", "2020-06-30")


def editions() -> tuple[Release, Release]:
    """Return the two editions of the four quarters of 2019, the earlier one first."""
    earlier, later = (_edition(edition, place) for place, edition in enumerate(EDITIONS))
    return earlier, later


def _edition(edition: str, place: int) -> Release:
    observations = []
    for column, (code, (_, levels, revisions, _)) in enumerate(SERIES.items()):
        for row, (period, level, revision) in enumerate(zip(QUARTERS, levels, revisions, strict=True), 1):
            value = Decimal(level if place else level - revision)
            observations.append(
                Observation(
                    series=code,
                    period=period,
                    measure=Measure.LEVEL,
                    figure=Figure(value, Decimal(1), POUNDS),
                    status=Status.REVISED if place else Status.PROVISIONAL,
                    methodology="bpm6",
                    source=Source(file="ons", sha256=str(place) * 64, sheet="Table B", cell=f"{'AB'[column]}{row}"),
                )
            )
    return Release(
        file=f"ons-{edition}",
        sha256=str(place) * 64,
        layout="ons",
        publisher="Office for National Statistics",
        title="Balance of payments, UK",
        edition=edition,
        methodology="bpm6",
        additive=True,
        series=tuple(Series(code=code, label={"fr": name}) for code, (name, *_) in SERIES.items()),
        observations=tuple(observations),
    )
