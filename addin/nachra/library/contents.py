"""What a library holds: every release of its folder, imported or merely put there, oldest edition first."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path

from nachra.answering import answers_of_releases
from nachra.answers import Answers
from nachra.editions import Story, rank, story_of
from nachra.errors import FileError, UnreadableError
from nachra.findings import Finding
from nachra.jobs import check_release, find_releases
from nachra.library.index import Index, packed, stamp, unpacked
from nachra.library.places import index_file
from nachra.library.store import Entry, Record, entries, is_stored
from nachra.release import Release


@dataclass(frozen=True, slots=True)
class Held:
    """A release of the library; `record` says how it was imported, None for a file that was put in the folder."""

    path: Path
    release: Release
    findings: tuple[Finding, ...]
    record: Record | None = None

    @property
    def admitted(self) -> str:
        return self.record.admitted if self.record else ""

    @property
    def story(self) -> Story:
        return story_of(self.release)


@dataclass(frozen=True)
class Contents:
    """The releases of a library, oldest edition first, and what is wrong with it."""

    folder: Path
    held: tuple[Held, ...]
    problems: tuple[FileError, ...]
    """Files that cannot be read, and imported releases that are no longer the bytes that were imported."""

    @cached_property
    def stories(self) -> dict[Story, tuple[Held, ...]]:
        """The editions of each story, oldest first."""
        found: dict[Story, list[Held]] = {}
        for one in self.held:
            found.setdefault(one.story, []).append(one)
        return {story: tuple(found[story]) for story in sorted(found)}

    @cached_property
    def conflicts(self) -> tuple[tuple[Held, ...], ...]:
        """Releases of one story and edition with different bytes, the one that answers last.

        Those that were imported for a reason are not among them.
        """
        groups = (
            tuple(same)
            for editions in self.stories.values()
            for edition, same in groupby(
                (one for one in editions if not one.record or "edition-conflict" not in one.record.accepted),
                key=lambda one: one.release.edition,
            )
            if edition
        )
        return tuple(group for group in groups if len(group) > 1)

    def answers(self) -> Answers:
        """Return the answers to every question that a cell can ask."""
        return answers_of_releases(
            [(one.release, one.findings) for one in self.held], {one.release.sha256: one.admitted for one in self.held}
        )


def signature(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what tells whether the releases of a folder changed: names, sizes, times."""
    found = []
    for path in _files(folder):
        with suppress(OSError):  # gone since it was listed
            stat = path.stat()
            found.append((str(path), stat.st_size, stat.st_mtime_ns))
    return tuple(found)


def _files(folder: Path) -> list[Path]:
    """What is asked for a folder that is not there yet is that folder, as if it were a file."""
    return [path for path in find_releases([folder]) if path != folder]


def load(folder: Path, index: Index | None = None) -> Contents:
    """Read the library in a folder, what is new in it from its files and the rest from the index.

    A file that cannot be read takes nothing from the others; nor does one whose bytes are no longer those imported.
    Of equal bytes in several files one counts: the imported one, else the first by name.
    """
    index = Index(index_file(folder)) if index is None else index
    known, fresh, seen = index.releases(), {}, set()
    stored = {entry.path: entry for entry in entries(folder)}
    held: dict[str, Held] = {}
    problems: list[FileError] = []
    loose = [path for path in _files(folder) if path not in stored and not is_stored(path, folder)]
    for path in (*stored, *loose):
        name = path.relative_to(folder).as_posix()
        try:
            mark = stamp(path.stat())
        except OSError:
            continue
        seen.add(name)
        try:
            release, findings = _read(path, *known.get(name, ("", "")), mark)
            if name not in known or known[name][0] != mark:
                fresh[name] = (mark, packed(release, findings))
            entry = stored.get(path)
            if entry:
                _require_unaltered(entry, release)
            held.setdefault(release.sha256, Held(path, release, findings, entry.record if entry else None))
        except FileError as error:
            problems.append(error)
    index.keep(fresh, set(known) - seen)
    return Contents(folder, _ordered(held.values()), tuple(problems))


def _ordered(held: Iterable[Held]) -> tuple[Held, ...]:
    return tuple(sorted(held, key=lambda one: rank(one.release, one.admitted)))


def hold(folder: Path, path: Path, record: Record, index: Index) -> Held:
    """Read back a release that was just stored, as everyone will find it; FileError where it is not what it was."""
    mark = stamp(path.stat())
    release, findings = _read(path, "", "", mark)
    _require_unaltered(Entry(path, path.parent.name, record), release)
    index.keep({path.relative_to(folder).as_posix(): (mark, packed(release, findings))}, set())
    return Held(path, release, findings, record)


def joined(contents: Contents, held: Held) -> Contents:
    """Return the contents with one release more, in place of a copy of it that was merely put in the folder."""
    others = [one for one in contents.held if one.release.sha256 != held.release.sha256]
    return Contents(contents.folder, _ordered([*others, held]), contents.problems)


def _read(path: Path, kept: str, content: str, mark: str) -> tuple[Release, tuple[Finding, ...]]:
    if kept == mark:
        with suppress(ValueError):
            return unpacked(content)
    reading, findings = check_release(path)
    return reading.release, findings


def _require_unaltered(entry: Entry, release: Release) -> None:
    imported = entry.record.sha256 if entry.record else entry.digits
    if not release.sha256.startswith(imported):
        raise UnreadableError(
            "library_altered", path=str(entry.path), expected=imported[:12], found=release.sha256[:12]
        )


def answers_of_folder(folder: Path) -> Answers:
    """Return the answers of the library in a folder, kept by the index as long as its releases stay the same."""
    index = Index(index_file(folder))
    contents = load(folder, index)
    marks = "\n".join(f"{one.release.sha256} {one.release.file} {one.admitted}" for one in contents.held)
    key = hashlib.sha256(marks.encode("utf-8", "surrogatepass")).hexdigest()
    kept = index.answers(key)
    if kept:
        with suppress(ValueError):
            return Answers.from_json(kept)
    made = contents.answers()
    index.keep_answers(key, made.to_json())
    return made
