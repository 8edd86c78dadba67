"""Editions of a story: what makes two releases editions of one another, and which of them is the newest."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from nachra.periods import Period
from nachra.release import Measure, Release
from nachra.texts import text

#: the lengths of a year's regular periods by SDMX code (CL_FREQ), longest first; U is none of them
FREQUENCIES = {"year": "A", "half": "S", "quarter": "Q", "month": "M"}
IRREGULAR = "U"
#: the locales of dates in words
_LOCALES = {"fr": "fr_MA", "ar": "ar_MA"}
#: sorts before every period of a release
_NEVER = Period(1000)


@dataclass(frozen=True, slots=True, order=True)
class Story:
    """The identity of a story: releases with an equal one are editions of it, each revising those before.

    `layout` is the kind of workbook, `methodology` what its figures measure ("2025" and "historic" are never one
    story), `frequency` the length of its periods (A, S, Q, M or U): an annual and a half-year release stand beside
    each other, and both answer. Titles are not part of it, since they name the period and are typed by hand.
    """

    layout: str
    methodology: str
    frequency: str

    def __str__(self) -> str:
        return f"{self.layout}@{self.methodology}/{self.frequency}"


def frequency(release: Release) -> str:
    """Return the length that most levels' periods have; the shorter one where two are as frequent.

    A year to date ("January to September") beside full years does not count, unless there is nothing else.
    """
    kinds = Counter(obs.period.kind for obs in release.observations if obs.measure is Measure.LEVEL)
    regular = [kind for kind in reversed(FREQUENCIES) if kinds[kind]]
    return FREQUENCIES[max(regular, key=lambda kind: kinds[kind])] if regular else IRREGULAR


def story_of(release: Release) -> Story:
    """Return the story that a release is an edition of."""
    return Story(release.layout, release.methodology, frequency(release))


def last_period(release: Release) -> Period | None:
    """Return the latest period with a figure, None where nothing is published."""
    return max((obs.period for obs in release.observations if obs.figure), default=None)


def rank(release: Release, admitted: str = "") -> tuple[str, Period, str, str]:
    """Return what editions are ordered by, the newest last.

    By the edition date that the release itself names (none comes first; "2025" comes before "2025-10"), then by the
    latest period covered, then by time of import (`admitted`, ISO 8601 in UTC; a file that was merely put in the
    folder comes before one that was imported). The hash makes the order the same on every machine.
    """
    return release.edition, last_period(release) or _NEVER, admitted, release.sha256


def edition_name(edition: str, language: str) -> str:
    """Return an edition date in words ("octobre 2025", "12 janvier 2026"); the text for none where there is none."""
    if not edition:
        return text("briefing.edition_unknown", language)
    from babel.dates import format_date

    year, month, day = ([int(part) for part in edition.split("-")] + [1, 1])[:3]
    pattern = {4: "y", 7: "MMMM y"}.get(len(edition), "d MMMM y")
    return format_date(dt.date(year, month, day), pattern, locale=_LOCALES.get(language, language))
