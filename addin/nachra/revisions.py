"""Revisions: what changed between two editions, observation by observation; a pure comparison of two releases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cached_property

from nachra.errors import UsageError
from nachra.figures import PRECISION, Figure
from nachra.periods import Period
from nachra.release import Measure, Observation, Release, Status
from nachra.texts import languages

Key = tuple[str, Period, Measure]


@dataclass(frozen=True, slots=True)
class Revision:
    """One figure of which both editions print another value; `value` is new - old in the new figure's unit."""

    old: Observation
    new: Observation
    value: Decimal
    """In the unit of the new figure; in points for growth and share."""
    percent: Decimal | None
    """`value` over the old figure, in percent; None for growth and share, and on a base that is not positive."""
    within_rounding: bool
    """Whether one true value may round to both: another precision, perhaps, and no revision at all."""

    @property
    def key(self) -> Key:
        return self.new.series, self.new.period, self.new.measure

    @property
    def before(self) -> Figure:
        """The old figure in the new one's unit."""
        assert self.old.figure and self.new.figure
        return self.old.figure.to(self.new.figure.unit)


@dataclass(frozen=True, slots=True)
class Change:
    """Something else that changed: `what` is a key of [revisions] in the texts, `what_<what>`.

    About a figure (series, period and measure are given): status, unit, currency, precision, methodology, remark.
    About a series: label. About the release: layout, publisher, title, note.
    """

    what: str
    old: str
    new: str
    series: str = ""
    period: Period | None = None
    measure: Measure | None = None


@dataclass(frozen=True)
class Difference:
    """Two editions compared; everything is in the order of the new release, what was withdrawn in that of the old."""

    old: Release
    new: Release
    revisions: tuple[Revision, ...]
    added: tuple[Observation, ...]
    """Figures that only the new edition prints."""
    withdrawn: tuple[Observation, ...]
    """Figures that only the old edition prints."""
    changed: tuple[Change, ...]
    compared: int
    """Figures that both editions print, in units that convert."""

    def __bool__(self) -> bool:
        return bool(self.revisions or self.added or self.withdrawn or self.changed)

    @cached_property
    def real(self) -> tuple[Revision, ...]:
        """The revisions that rounding alone does not explain."""
        return tuple(one for one in self.revisions if not one.within_rounding)

    @property
    def unchanged(self) -> int:
        """How many figures both editions print with the same value."""
        return self.compared - len(self.revisions)


def compare(old: Release, new: Release) -> Difference:
    """Compare two editions; UsageError where their methodologies differ, for then no figure is another's revision.

    Releases whose layouts name no methodology are comparable only within one layout.
    """
    both = (old.methodology, new.methodology)
    if both[0] != both[1]:
        raise UsageError("methodologies_differ", old=both[0], new=both[1])
    if old.layout != new.layout and "unspecified" in both:
        raise UsageError("methodology_unspecified", old=old.layout, new=new.layout)
    before = {_key(obs): obs for obs in old.observations}
    after = {_key(obs): obs for obs in new.observations}
    pairs = [(before[key], obs) for key, obs in after.items() if key in before]
    comparable = [(one, other) for one, other in pairs if one.figure and other.figure and _alike(one, other)]
    return Difference(
        old,
        new,
        revisions=tuple(found for one, other in comparable if (found := _revision(one, other))),
        added=tuple(obs for key, obs in after.items() if obs.figure and not _has_figure(before, key)),
        withdrawn=tuple(obs for key, obs in before.items() if obs.figure and not _has_figure(after, key)),
        changed=(*_changes(before, after), *_changes_of_release(old, new)),
        compared=len(comparable),
    )


def _key(obs: Observation) -> Key:
    return obs.series, obs.period, obs.measure


def _has_figure(observations: dict[Key, Observation], key: Key) -> bool:
    found = observations.get(key)
    return found is not None and found.figure is not None


def _alike(old: Observation, new: Observation) -> bool:
    """Tell whether two observations measure the same, in units of one dimension."""
    assert old.figure and new.figure
    return old.methodology == new.methodology and old.figure.unit.dimension == new.figure.unit.dimension


def _revision(old: Observation, new: Observation) -> Revision | None:
    assert old.figure and new.figure
    before, after = old.figure.to(new.figure.unit), new.figure
    value = after.value - before.value
    if not value:
        return None
    percent = None
    if new.measure in (Measure.LEVEL, Measure.OTHER_LEVEL) and before.value > 0:
        with localcontext(prec=PRECISION):
            percent = value * 100 / before.value
    first, second = before.interval, after.interval
    # 26.2 and 26.3 meet at 26.25 only: intervals that share no more than an end are two values
    within = first.low < second.high and second.low < first.high
    return Revision(old, new, value, percent, within)


def _changes(before: dict[Key, Observation], after: dict[Key, Observation]) -> Iterator[Change]:
    """What changed beside the values: status and, of figures that both print, unit, precision, methodology, remark."""
    for key, new in after.items():
        old = before.get(key)
        if old is None:
            if new.figure is None:
                yield Change("status", "", new.status.value, *key)
            continue
        if old.status is not new.status:
            yield Change("status", old.status.value, new.status.value, *key)
        if old.note != new.note:
            yield Change("remark", old.note, new.note, *key)
        if old.methodology != new.methodology:
            yield Change("methodology", old.methodology, new.methodology, *key)
        if old.figure and new.figure:
            one, other = old.figure.unit, new.figure.unit
            if one != other:
                # what does not convert is not compared, and said to be so
                yield Change("unit" if one.dimension == other.dimension else "currency", one.code, other.code, *key)
            elif old.figure.quantum != new.figure.quantum:
                yield Change("precision", _plain(old.figure.quantum), _plain(new.figure.quantum), *key)
    for key, old in before.items():
        if key not in after and old.figure is None:
            yield Change("status", old.status.value, "", *key)


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _changes_of_release(old: Release, new: Release) -> Iterator[Change]:
    for what in ("layout", "publisher", "title"):
        one, other = getattr(old, what), getattr(new, what)
        if one != other:
            yield Change(what, one, other)
    labels = {series.code: series for series in old.series}
    for series in new.series:
        before = labels.get(series.code)
        for language in languages():
            one, other = (found.label.get(language, "") if found else "" for found in (before, series))
            if before and one != other:
                yield Change("label", one, other, series.code)
    kept = set(old.notes) & set(new.notes)
    for note in old.notes:
        if note not in kept:
            yield Change("note", note, "")
    for note in new.notes:
        if note not in kept:
            yield Change("note", "", note)


def revised_finals(difference: Difference) -> tuple[Revision, ...]:
    """Return the figures that were final and have another value all the same, rounding allowed for."""
    return tuple(one for one in difference.real if one.old.status is Status.FINAL)
