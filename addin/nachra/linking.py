"""A linked series across a break: an estimate of nachra, never the Office's, and only where it is asked for by name.

The old series is multiplied by what the new one says over what the old one says of the period that both publish.
This keeps the old growth rates; it supposes that what the new methodology adds had always been as large in
proportion. Method: retropolation over an overlap, as in Á. de la Fuente, "A mixed splicing procedure for economic time
series", Estadística Española 56 (2014), which also shows its weakness: the whole gap is taken for old.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import localcontext
from functools import cache

from nachra import indicators
from nachra.errors import IncomparableError
from nachra.figures import PRECISION, Figure, Interval
from nachra.history import Factor, History, Point
from nachra.indicators import Indicator
from nachra.periods import Period, parse_period
from nachra.texts import DEFAULT_LANGUAGE, load_toml


@dataclass(frozen=True, slots=True)
class Link:
    """A link that `templates/nomenclature.toml` offers: between which methodologies, over which period."""

    id: str
    old: str
    new: str
    period: Period

    def label(self, language: str = DEFAULT_LANGUAGE) -> str:
        """Return what a linked series is called, which says that it is an estimate."""
        return str(load_toml("nomenclature.toml")["link"][self.id]["label"][language])


@cache
def links() -> dict[str, Link]:
    """Return every link that may be asked for, by its id."""
    found = {}
    for name, entry in load_toml("nomenclature.toml")["link"].items():
        period = parse_period(entry["period"])
        assert period, f"nomenclature.toml: the period of link {name}"
        found[name] = Link(name, entry["old"], entry["new"], period)
    return found


def link_series(old: History, new: History, link: str) -> History:
    """Return the series in whole years: the old one carried over up to the link's period, from there on the new one.

    The result's methodology is the link's id, so that nothing compares it with a published series unawares. Raises
    IncomparableError for an unknown link, series it is not made for, or where the overlap is not published by both.
    """
    chosen = links().get(link)
    if chosen is None:
        raise IncomparableError("link_unknown", link=link, known=", ".join(links()))
    if (old.methodology, new.methodology, old.series) != (chosen.old, chosen.new, new.series):
        raise IncomparableError("link_other", link=link, old=chosen.old, new=chosen.new)
    before, after = old.points.get(chosen.period), new.points.get(chosen.period)
    if before is None or after is None:
        raise IncomparableError("link_no_overlap", period=chosen.period.label())
    share = indicators.growth(after.figure, before.figure)
    ratio = Indicator(share.value + 1, Interval(share.interval.low + 1, share.interval.high + 1))
    factor = Factor(link, ratio, before, after)
    points = {
        point.period: replace(_joined(point, before, link), figure=carried(point.figure, ratio, after.figure))
        for point in old.years
        if point.period < chosen.period
    }
    points |= {point.period: _joined(point, after, link) for point in new.years if point.period >= chosen.period}
    # the overlap's own growth is the old series': the new one has no year before
    if after.growth is None:
        points[chosen.period] = replace(points[chosen.period], growth=before.growth)
    return History(old.series, link, points, factor)


def _joined(point: Point, overlap: Point, link: str) -> Point:
    """A point of the linked series: both series are one piece at the overlap, their other breaks stay."""
    begins, ends = (piece - joint for piece, joint in zip(point.pieces, overlap.pieces, strict=True))
    return replace(point, methodology=link, pieces=(begins, ends))


def carried(figure: Figure, ratio: Indicator, like: Figure) -> Figure:
    """Return a figure carried over a break, in the unit of `like`; its quantum holds all that both roundings allow."""
    with localcontext(prec=PRECISION):
        here = figure.to(like.unit)
        value = here.value * ratio.value
        low, high = here.interval.low * ratio.interval.low, here.interval.high * ratio.interval.high
        return Figure(value, 2 * max(high - value, value - low), like.unit)
