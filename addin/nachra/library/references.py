"""References: how people name a release, by its file or by its edition in the library.

A reference is a file, or words joined by ":" that must all be true of the edition: "dernière", "2025-10",
"annuel:2025-10", "historique", "semestriel:précédente", "3f09a1". Where several editions answer to it, it is the newest
of them that is meant; "précédente" is the edition of the same story just before that one.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from nachra.editions import Story, rank
from nachra.errors import UsageError
from nachra.jobs import SUFFIXES, check_release
from nachra.library.contents import Contents, Held, load
from nachra.library.places import library_folder
from nachra.periods import Period
from nachra.texts import load_toml
from nachra.units import normalise

_EDITION = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_DIGITS = re.compile(r"[0-9a-f]{6,64}")


def is_file(reference: str) -> bool:
    """Tell whether a reference names a file, there or not, rather than an edition."""
    path = Path(reference)
    return path.suffix.casefold() in SUFFIXES or path.parent != Path() or path.exists()


def required_library(folder: Path | None) -> Path:
    """Return the library asked for, else the usual one; UsageError where it is not there."""
    found = folder or library_folder()
    if found is None:
        raise UsageError("library_none")
    if not found.is_dir():
        raise UsageError("library_missing", folder=str(found))
    return found


def release_path(reference: str, folder: Path | None = None) -> tuple[Path, Held | None]:
    """Return the file that a reference means, and what the library knows of it where it comes from there.

    Raises UsageError for an edition that the library does not have.
    """
    if is_file(reference):
        return Path(reference), None
    if folder is None and library_folder() is None:
        raise UsageError("reference_alone", reference=reference)
    found = find(load(required_library(folder)), reference)
    return found.path, found


def pair(old: str, new: str, folder: Path | None = None) -> tuple[Held, Held]:
    """Return the two releases to compare, from files or from the library; there, the old one is of the new one's story.

    Raises FileError for a file that cannot be read, UsageError for an edition that the library does not have.
    """
    contents = None if is_file(old) and is_file(new) else load(required_library(folder))
    after = _held(new, contents, None)
    return _held(old, contents, after), after


def _held(reference: str, contents: Contents | None, against: Held | None) -> Held:
    if contents is None or is_file(reference):
        reading, findings = check_release(Path(reference))
        return Held(Path(reference), reading.release, findings)
    return find(contents, reference, against)


def find(contents: Contents, reference: str, against: Held | None = None) -> Held:
    """Return the newest edition that a reference is true of; where `against` is given, of its story if there is one.

    Raises UsageError where there is none, naming the editions that there are.
    """
    words = [word for word in reference.split(":") if word.strip()]
    before = any(normalise(word) in _words("previous") for word in words)
    asked = [word for word in words if normalise(word) not in _words("previous") | _words("latest")]
    found = [one for one in contents.held if all(_is_true(word, one) for word in asked)]
    if against is not None:
        own, others = ([one for one in found if (one.story == against.story) is same] for same in (True, False))
        # an edition of another story may be asked for by its name: that it does not compare is said later on; so is it
        # where the name is also that of the very edition to compare with
        is_itself = [one.release.sha256 for one in own] == [against.release.sha256]
        found = (others if is_itself else own) or own or (others if asked else [])
    if before and found:
        last = against or found[-1]
        others = [one for one in contents.held if one.release.sha256 != last.release.sha256]
        found = [one for one in others if one.story == last.story and _rank(one) < _rank(last)]
    if not found or not words:
        raise UsageError("reference", reference=reference, known=", ".join(known(contents)) or "-")
    return found[-1]


def _rank(held: Held) -> tuple[str, Period, str, str]:
    return rank(held.release, held.admitted)


def known(contents: Contents) -> list[str]:
    """Return how each edition of a library may be named so that no other is meant, newest first."""
    return [_shortest(contents, one) for one in reversed(contents.held)]


def _shortest(contents: Contents, held: Held) -> str:
    release = held.release
    methodology = load_toml("nomenclature.toml")["methodology"].get(release.methodology, {})
    words = [word for word in methodology.get("words", ()) if not _EDITION.fullmatch(word)]
    parts = [release.layout, *([release.edition] if release.edition else [])]
    for names in (parts, *([word, *parts] for word in words)):
        if [one for one in contents.held if all(_is_true(name, one) for name in names)][-1:] == [held]:
            return ":".join(names)
    return release.sha256[:8]


def _is_true(word: str, held: Held) -> bool:
    release, plain = held.release, normalise(word)
    if _EDITION.fullmatch(plain):
        return release.edition == plain or release.edition.startswith(f"{plain}-")
    if _DIGITS.fullmatch(plain):
        return release.sha256.startswith(plain)
    return plain in _names(held.story)


@cache
def _words(entry: str) -> frozenset[str]:
    return frozenset(normalise(word) for word in load_toml("library.toml")[entry]["words"])


@cache
def _names(story: Story) -> frozenset[str]:
    methodology = load_toml("nomenclature.toml")["methodology"].get(story.methodology, {})
    frequency = load_toml("library.toml")["frequency"][story.frequency]
    words = (story.layout, story.methodology, *methodology.get("words", ()), *frequency["words"])
    return frozenset(normalise(word) for word in words)
