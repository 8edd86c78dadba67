"""Admission: a release is checked, compared with the editions before it, and only then taken into the library."""

from __future__ import annotations

import datetime as dt
import getpass
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from nachra import __version__
from nachra.editions import rank, story_of
from nachra.errors import FileError
from nachra.figures import round_half_up
from nachra.findings import Finding, Severity, finding
from nachra.jobs import check_release
from nachra.library.contents import Contents, Held, hold, joined, load
from nachra.library.index import Index
from nachra.library.places import index_file
from nachra.library.store import Record, add, stored_name, sweep
from nachra.reading import Reading
from nachra.release import Release
from nachra.revisions import compare, revised_finals
from nachra.vintages import tracks, unusual


class Outcome(StrEnum):
    """What became of a release: taken in, there already (its very bytes), or refused for its findings."""

    ADMITTED = "admitted"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Admission:
    """The outcome of one import; `findings` are those of the checks, and what the editions before it bring to light."""

    path: Path
    outcome: Outcome
    release: Release
    findings: tuple[Finding, ...]
    is_newest: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that could not be imported, and why."""

    path: Path
    error: FileError


def import_releases(folder: Path, paths: list[Path], reason: str = "", by: str = "") -> Iterator[Admission | Unread]:
    """Import releases, the oldest edition first so that each is compared with those before it; yield each outcome.

    A finding of severity error refuses a release, unless a `reason` to accept it is given: that is recorded with it,
    as are the time, who imported it (`by`, else the user of this machine) and under which name. Importing the same
    bytes again changes nothing. What is refused or cannot be read keeps nothing else from being imported.
    """
    sweep(folder)
    index = Index(index_file(folder))
    contents = load(folder, index)
    readings: list[tuple[Path, Reading, tuple[Finding, ...]]] = []
    for path in paths:
        try:
            readings.append((path, *check_release(path)))
        except FileError as error:
            yield Unread(path, error)
    for path, reading, checked in sorted(readings, key=lambda one: rank(one[1].release)):
        release = reading.release
        known = next((one for one in contents.held if one.release.sha256 == release.sha256), None)
        if known and known.record:
            yield Admission(path, Outcome.KNOWN, release, checked, _is_newest(contents, release))
            continue
        findings = (*over_editions(contents, release), *checked)
        grave = tuple(sorted({one.code for one in findings if one.severity is Severity.ERROR}))
        if grave and not reason:
            yield Admission(path, Outcome.REFUSED, release, findings)
            continue
        record = Record(
            sha256=release.sha256,
            file=path.name,
            stored=stored_name(path.name),
            admitted=_now(),
            by=by or user(),
            nachra=__version__,
            reason=reason if grave else "",
            accepted=grave,
        )
        try:
            held = hold(folder, add(folder, reading.grid.file, record), record, index)
        except FileError as error:
            yield Unread(path, error)
            continue
        contents = joined(contents, held)
        yield Admission(path, Outcome.ADMITTED, release, findings, _is_newest(contents, release))


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")


def user() -> str:
    """Return the name of whoever is at this machine, empty where it has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _is_newest(contents: Contents, release: Release) -> bool:
    editions = contents.stories.get(story_of(release), ())
    return bool(editions) and editions[-1].release.sha256 == release.sha256


def over_editions(contents: Contents, release: Release) -> tuple[Finding, ...]:
    """Return what a release's place among the editions of its story brings to light."""
    others = [one for one in contents.stories.get(story_of(release), ()) if one.release.sha256 != release.sha256]
    earlier = [one for one in others if rank(one.release, one.admitted) < rank(release, _now())]
    later = others[len(earlier) :]
    twins = [one for one in others if release.edition and one.release.edition == release.edition]
    found = [_conflict(one, release) for one in twins[-1:]]
    if later and not twins:
        params = {"edition": later[-1].release.edition, "file": later[-1].release.file}
        found.append(finding("edition-late", **params))
    before = [one for one in earlier if one not in twins]
    if before:
        found.extend(_revised(before[-1], [one.release for one in before], release))
    return tuple(found)


def _conflict(twin: Held, release: Release) -> Finding:
    difference = compare(twin.release, release)
    count = len(difference.revisions) + len(difference.added) + len(difference.withdrawn)
    return finding("edition-conflict", edition=release.edition, file=twin.release.file, count=count)


def _revised(previous: Held, editions: list[Release], release: Release) -> Iterator[Finding]:
    difference = compare(previous.release, release)
    edition = previous.release.edition or "-"
    for one in revised_finals(difference):
        place = one.new.source
        params = {"series": one.new.series, "period": one.new.period, "old": one.old.figure, "new": one.new.figure}
        yield finding("final-revised", place.sheet, place.cell, edition=edition, **params)
    for one, largest, count in unusual(difference, tracks(editions)):
        place, percent = one.new.source, one.percent or largest
        yield finding(
            "revision-unusual",
            place.sheet,
            place.cell,
            series=one.new.series,
            period=one.new.period,
            edition=edition,
            percent=round_half_up(percent, 1),
            largest=round_half_up(largest, 1),
            count=count,
        )
