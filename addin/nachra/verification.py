"""Is a briefing as it was made? What was edited since, does its release still give it, is there a newer edition?

The ledger in the briefing tells an edit from a resave. It cannot stop a forger, who can write a new ledger: that
takes the release, from which the briefing is made again and compared whole.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nachra import __version__
from nachra.errors import FileError, NachraError, UnreadableError, UsageError
from nachra.grid import address, read_grid
from nachra.guard import Admitted, admit, digest_of
from nachra.periods import parse_period
from nachra.profiles import recipe
from nachra.release import Release
from nachra.sealing.ledger import (
    SHORT,
    FoundLedger,
    Ledger,
    digest,
    find_ledger,
    has_other_ledger,
    ledger_of,
    seal_cell,
)
from nachra.sealing.normal import number
from nachra.sealing.seal import is_sealed, is_untouched
from nachra.sealing.snapshot import Cell, Place, Snapshot, Thing, read_snapshot
from nachra.sealing.xml import Parts, read_parts
from nachra.texts import DEFAULT_LANGUAGE

if TYPE_CHECKING:
    from nachra.reading import Reading

State = Literal["untouched", "resaved", "edited", "not_reproduced"]
What = Literal["value", "formula", "cached_value", "label", "format", "hidden", "chart", "structure"]

#: the order in which changes are told: what a person did, before what followed from it
WHATS: tuple[What, ...] = ("value", "formula", "label", "hidden", "chart", "structure", "cached_value", "format")
#: topics of the ledger that are not plain structure
_KINDS: dict[str, What] = {
    "hidden": "hidden",
    "view": "hidden",
    "chart": "chart",
    "header": "label",
    "property": "label",
}
#: topics whose names are addresses
_AREAS = ("hidden", "merged", "link", "validation", "condition", "note")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: where, what, how it was (None where nobody knows) and is (empty where there is nothing)."""

    sheet: str
    cell: str
    what: What
    old: str | None
    new: str
    detail: str = ""
    """What has changed, where it is no cell: a topic and a name ("chart 1 series 2 values")."""


@dataclass(frozen=True, slots=True)
class Newer:
    """A release that has replaced the one a briefing was made from."""

    path: Path
    edition: str
    period: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What is to be said of a briefing."""

    path: Path
    state: State
    changes: tuple[Change, ...]
    settings: dict[str, str]
    release: Path | None
    """The release from which it was made again and compared; None where only the ledger speaks."""
    is_as_then: bool
    """Whether it was made with this version of nachra and these templates."""
    newer: Newer | None
    uncached: int
    """Formulas whose value the last program did not store: viewers show nothing there until it is recalculated."""

    @property
    def is_fine(self) -> bool:
        return self.state in ("untouched", "resaved")


def verify_briefing(path: Path, release: Path | None = None, releases: tuple[Path, ...] = ()) -> Verified:
    """Verify one briefing; with `release`, make it again and compare everything.

    Without it, the release is looked for, by its SHA-256, among `releases` and beside the briefing; what is found
    gives the old values, and the full comparison where this version made the briefing. `releases` also tell of newer
    editions. Raises FileError for what is no briefing of ours, and for a release that cannot be read.
    """
    admitted = admit(path)
    parts = _parts(admitted)
    snapshot, found = _read(admitted, parts)
    if found is None:
        if has_other_ledger(snapshot):
            raise UnreadableError("ledger_other", path=str(path))
        if not is_sealed(parts):
            raise UnreadableError("not_a_briefing", path=str(path))
        gone = Change("", "", "structure", None, "", "ledger")
        return Verified(path, "edited", (gone,), {}, None, True, None, 0)
    settings = found.ledger.settings
    source = release or _source(settings.get("sha256", ""), path, releases)
    known = _known(snapshot)
    try:
        again = _made_again(source, settings, path, releases) if source else None
    except NachraError:
        if release:
            raise
        # what was only found serves where it can: the briefing may be of an outline that is no more
        again = None
    if again:
        known |= _known(again)
    changes = _compare(found.ledger, snapshot, known, found)
    if not found.is_whole:
        changes.append(Change(found.sheet, "", "structure", None, "", "ledger"))
    # other templates than then say the same figures in other words: that is no alarm, unless it is asked for
    is_as_then = (settings.get("version"), settings.get("recipe")) == (__version__, recipe())
    is_compared = again is not None and (release is not None or is_as_then)
    others: list[Change] = []
    if again and source and is_compared:
        others = _not_reproduced(again, snapshot, known, found, changes)
        given = digest_of(source)
        if given != settings.get("sha256"):
            others.insert(0, Change("", "", "structure", given, settings.get("sha256", ""), "release"))
    state: State = "edited" if changes else "not_reproduced" if others else "resaved"
    if state == "resaved" and is_untouched(parts):
        state = "untouched"
    uncached = sum(1 for cell in snapshot.cells.values() if cell.formula and cell.value is None)
    told = sorted([*changes, *others], key=lambda one: (one.detail != "release", WHATS.index(one.what)))
    newer = _newer(settings, releases)
    return Verified(path, state, tuple(told), settings, source if is_compared else None, is_as_then, newer, uncached)


def _parts(admitted: Admitted) -> Parts:
    try:
        return read_parts(admitted.data)
    except Exception as error:  # zipfile raises a dozen foreign types
        raise UnreadableError("unreadable", path=str(admitted.path), reason=type(error).__name__) from None


def _read(admitted: Admitted, parts: Parts) -> tuple[Snapshot, FoundLedger | None]:
    """Read a workbook and its ledger, its sheets under the names that they had when it was sealed."""
    try:
        snapshot = read_snapshot(parts)
        found = find_ledger(snapshot)
        if found and (renamed := _renamed(found.ledger, snapshot.sheets)):
            snapshot = read_snapshot(parts, renamed)
            found = replace(found, sheet=renamed.get(found.sheet, found.sheet))
    except Exception as error:  # well-formed XML may still say anything: a row "x", a style 1.5, half a formula
        reason = f"{type(error).__name__}: {error}"[:200]
        raise UnreadableError("unreadable", path=str(admitted.path), reason=reason) from None
    return snapshot, found


# --- comparison -----------------------------------------------------------------------------------


def _sealed_sheets(ledger: Ledger) -> list[str]:
    """Return the sheets that were sealed, in their order then."""
    names = dict.fromkeys(sheet for sheet, _, _ in (*ledger.cells, *ledger.things) if sheet)
    places = {seen: int(called) for (_, topic, called), seen in ledger.things.items() if topic == "sheet"}
    return sorted(names, key=lambda name: places.get(digest(name), 0))


def _renamed(ledger: Ledger, now: list[str]) -> dict[str, str]:
    """Return the old names of sheets by their new ones: another name in the same place."""
    before = _sealed_sheets(ledger)
    pairs = zip(before, now, strict=False)
    return {new: old for old, new in pairs if old not in now and new not in before}


def _compare(ledger: Ledger, snapshot: Snapshot, known: dict[str, str], own: FoundLedger | None = None) -> list[Change]:
    """Return every difference between what was sealed and what is there; the ledger's own cells are left out."""
    before, now = _sealed_sheets(ledger), snapshot.sheets
    changes = [Change(sheet, "", "structure", sheet, "", "sheet removed") for sheet in before if sheet not in now]
    changes += [Change(sheet, "", "structure", "", sheet, "sheet added") for sheet in now if sheet not in before]
    kept = [sheet for sheet in before if sheet in now]
    orders = [", ".join(kept), ", ".join(sheet for sheet in now if sheet in kept)]
    if orders[0] != orders[1]:
        changes.append(Change("", "", "structure", orders[0], orders[1], "sheet order"))
    for place in sorted({*ledger.cells, *snapshot.cells}, key=lambda one: (one[0] not in kept, one)):
        if place[0] in kept and not (own and own.covers(place)):
            changes += _cell_changes(place, ledger, snapshot.cells.get(place), known)
    for thing in dict.fromkeys((*ledger.things, *snapshot.things)):
        changes += _thing_changes(thing, kept, ledger, snapshot, known)
    return changes


def _cell_changes(place: Place, ledger: Ledger, cell: Cell | None, known: dict[str, str]) -> list[Change]:
    sheet, row, column = place
    where = address(row, column)
    what: What
    sealed = ledger.cells.get(place)
    if sealed is None:
        found = seal_cell(cell) if cell else None
        return [Change(sheet, where, _kind(found.formula, found.kind), "", _shown(cell))] if found else []
    old = known.get(sealed.formula or sealed.value)
    if cell is None:
        return [Change(sheet, where, _kind(sealed.formula, sealed.kind), old, "")]
    if sealed.formula != (digest(cell.formula) if cell.formula else ""):
        # a formula written over by its value, a value by a formula, or another formula
        return [Change(sheet, where, "formula", old, _shown(cell))]
    changes = []
    if not sealed.holds(cell):
        what = "cached_value" if cell.formula else _kind("", sealed.kind)
        changes.append(Change(sheet, where, what, known.get(sealed.value), _value(cell.value)))
    looks = (
        ("number format", sealed.number_format, cell.look.number_format),
        ("look", sealed.dress, cell.look.dress),
    )
    for detail, was, seen in looks:
        if was != digest(seen, SHORT):
            changes.append(Change(sheet, where, "format", known.get(f"{detail} {was}"), seen, detail))
    return changes


def _kind(formula: str, kind: str) -> What:
    return "formula" if formula else "label" if kind == "t" else "value"


def _thing_changes(
    thing: Thing, kept: list[str], ledger: Ledger, snapshot: Snapshot, known: dict[str, str]
) -> list[Change]:
    sheet, topic, called = thing
    was, seen = ledger.things.get(thing), snapshot.things.get(thing)
    if topic == "sheet":
        renamed = seen is not None and seen not in snapshot.sheets
        before = snapshot.sheets[int(called) - 1] if renamed else ""
        return [Change(before, "", "structure", before, seen or "", "sheet renamed")] if renamed else []
    if (sheet and sheet not in kept) or (was == (digest(seen) if seen is not None else None)):
        return []
    # what a chart keeps of its cells may be left out; it is drawn anew from them
    if called.endswith("drawn") and (was is None or seen is None):
        return []
    what = _KINDS.get(topic, "structure")
    old = "" if was is None else known.get(was)
    cell = called if topic in _AREAS else ""
    return [Change(sheet, cell, what, old, seen or "", topic if cell else f"{topic} {called}".strip())]


def _shown(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return f"={cell.written}" if cell.formula else _value(cell.value)


def _value(value: float | str | None) -> str:
    return "" if value is None else value if isinstance(value, str) else number(value)


def _known(snapshot: Snapshot) -> dict[str, str]:
    """Return what can be named by its digest: everything that stands anywhere in a workbook."""
    known: dict[str, str] = {}
    for cell in snapshot.cells.values():
        if cell.value is not None:
            known[digest(_value(cell.value))] = _value(cell.value)
        if cell.formula:
            known[digest(cell.formula)] = f"={cell.written}"
        known["number format " + digest(cell.look.number_format, SHORT)] = cell.look.number_format
        known["look " + digest(cell.look.dress, SHORT)] = cell.look.dress
    return known | {digest(seen): seen for seen in snapshot.things.values()}


# --- the release ----------------------------------------------------------------------------------


def _not_reproduced(
    again: Snapshot, snapshot: Snapshot, known: dict[str, str], own: FoundLedger, told: list[Change]
) -> list[Change]:
    """Return what the release does not give, beside what is told already; the ledger's own cells count as one."""
    found = _compare(ledger_of(again, {}), snapshot, known)
    places = {(one.sheet, one.cell, one.what, one.detail) for one in told}
    others = [one for one in found if (one.sheet, one.cell, one.what, one.detail) not in places]
    cells = {address(row, column) for row in range(own.first, own.last + 1) for column in (1, 2)}
    kept = [one for one in others if one.sheet != own.sheet or one.cell not in cells]
    if len(kept) < len(others) and not any(one.detail == "ledger" for one in told):
        kept.append(Change(own.sheet, "", "structure", None, "", "ledger"))
    return kept


def _made_again(source: Path, settings: dict[str, str], briefing: Path, releases: tuple[Path, ...] = ()) -> Snapshot:
    """Make the briefing again from a release, and from earlier ones where it was, under the names that they had."""
    from nachra.checks import check
    from nachra.sheets import compose
    from nachra.workbook import write_workbook

    recorded: dict[str, Any] = {name: settings[name] for name in signature(compose).parameters if name in settings}
    try:
        reading = _read_as(source, settings.get("file", ""))
        past = tuple(_read_as(path, file).release for path, file in _history(settings, source, briefing, releases))
        again = compose(reading.release, check(reading), **recorded, past=past)
        return read_snapshot(read_parts(write_workbook(again)))
    except UsageError as error:
        # a language, an outline or a series that this version does not know
        raise UnreadableError("unreadable", path=str(briefing), reason=error.message(DEFAULT_LANGUAGE)) from error
    except NachraError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        raise UnreadableError("internal", path=str(source), reason=reason) from error


def _read_as(source: Path, file: str) -> Reading:
    """Read a release under the file name that it had."""
    from nachra.layouts import load_layouts
    from nachra.reading import read_from_grid

    called = replace(admit(source), path=source.with_name(Path(file or source.name).name))
    return read_from_grid(read_grid(called), load_layouts())


def _history(
    settings: dict[str, str], source: Path, briefing: Path, releases: tuple[Path, ...]
) -> Iterator[tuple[Path, str]]:
    """Yield the earlier releases that a briefing was made from, with their names; UnreadableError for one not found."""
    for sha256, file in json.loads(settings.get("history", "[]")):
        found = _source(sha256, briefing, (*releases, *sorted(source.absolute().parent.glob("*.xls[xm]"))))
        if found is None:
            raise UnreadableError("history_missing", path=str(briefing), file=file)
        yield found, file


def _source(sha256: str, briefing: Path, releases: tuple[Path, ...]) -> Path | None:
    """Find the release with that digest among those given, then beside the briefing."""
    beside = sorted(briefing.absolute().parent.glob("*.xls[xm]"))
    for one in itertools.chain(releases, beside):
        if not one.name.startswith("~$") and digest_of(one) == sha256:
            return one
    return None


def _newer(settings: dict[str, str], releases: Iterable[Path]) -> Newer | None:
    """Return the newest release of the same kind that says more or later than the one recorded."""
    period = parse_period(settings.get("period", ""))
    if period is None:
        return None
    found: list[tuple[str, str, Newer]] = []
    for path in releases:
        release, headline = _headline(path)
        if release is None or headline is None or release.sha256 == settings.get("sha256"):
            continue
        is_alike = (release.layout, release.methodology) == (settings.get("layout"), settings.get("methodology"))
        latest = parse_period(headline)
        if not is_alike or latest is None or latest.months != period.months:
            continue
        is_revised = release.edition > settings.get("edition", "") and period in release.periods
        if latest > period or is_revised:
            found.append((headline, release.edition, Newer(path, release.edition, headline)))
    return max(found, key=lambda one: one[:2])[2] if found else None


@cache
def _headline(path: Path) -> tuple[Release | None, str | None]:
    """Return a release and its latest period; (None, None) for a file that is no release."""
    from nachra.layouts import load_layouts
    from nachra.panel import Panel
    from nachra.reading import read_from_grid

    try:
        release = read_from_grid(read_grid(admit(path)), load_layouts()).release
    except FileError:
        return None, None
    headline = Panel(release).headline
    return release, str(headline) if headline else None
