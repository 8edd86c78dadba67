"""The answers that cell functions give: what a folder of releases says, looked up in microseconds.

Pure Python with no dependency, so that it also runs inside a spreadsheet's own interpreter. Answers are computed
once by `nachra.answering` (which applies the rules of `nachra.panel`) and travel as JSON.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import asdict, dataclass, field
from typing import Any

from nachra.periods import Period, parse_period

#: the form of the JSON; a reader of another form must not guess
FORM = 1
LEVEL, GROWTH, SHARE, CHANGE, CONTRIBUTION = "level", "growth", "share", "change", "contribution"
#: the status of the first level of a new series (`nachra.release.Status`)
BREAK = "break"


@dataclass(frozen=True, slots=True)
class Answer:
    """One figure with all that can be said of it; `reason` (a code) says why `value` is None."""

    value: float | None
    reason: str = ""
    unit: str = ""
    precise: float | None = None
    """The level to compute with, where the sum of the parts is more precise than the level printed."""
    low: float | None = None
    high: float | None = None
    origin: str = ""
    status: str = ""
    source: str = ""
    edition: str = ""
    text: dict[str, str] = field(default_factory=dict)
    """A finished sentence by language, on the level's answer."""
    remarks: dict[str, str] = field(default_factory=dict)
    """What the checks say of it, by language."""


@dataclass(slots=True)
class Book:
    """What is known of one methodology."""

    total: str
    headline: str
    series: dict[str, str]
    """Normalised label or alias → series code."""
    order: dict[str, list[str]]
    """Series code → its periods, oldest first."""
    answers: dict[tuple[str, str, str], list[Answer]]
    """(series, period, measure) → one answer an edition, oldest first."""

    def find(self, series: str, period: str, measure: str, edition: str = "") -> Answer | None:
        """Return the newest answer, or the newest known at an edition ("2025-10"); None where there is none."""
        found = self.answers.get((series, period, measure))
        if not found:
            return None
        if not edition:
            return found[-1]
        # "2025" and "2025-10" mean their last day
        place = bisect_right([answer.edition for answer in found], edition + "\uffff")
        return found[place - 1] if place else None

    def breaks_between(self, series: str, first: Period, last: Period, *, edition: str = "") -> bool:
        """Tell whether a series, as known at an edition, breaks between two periods (`Period.begins_between`)."""
        for written in self.order.get(series, []):
            found = self.find(series, written, LEVEL, edition)
            period = parse_period(written) if found and found.status == BREAK else None
            if period and period.begins_between(first, last):
                return True
        return False

    def headline_at(self, edition: str = "") -> str:
        """Return the period to answer for when none is asked: the latest, as it was known at an edition."""
        if not edition:
            return self.headline
        for measure in (GROWTH, LEVEL):
            for period in reversed(self.order.get(self.total, [])):
                found = self.find(self.total, period, measure, edition)
                if found and found.value is not None:
                    return period
        return self.headline


@dataclass(slots=True)
class Answers:
    """All books of a folder; `version` changes whenever an answer could."""

    version: str
    default: str
    books: dict[str, Book]
    aliases: dict[str, str]
    """Normalised name of a methodology → its code ("historique" → "historic")."""

    def to_json(self) -> str:
        """Write the answers for another process."""
        books = {
            name: {
                "total": book.total,
                "headline": book.headline,
                "series": book.series,
                "order": book.order,
                "answers": [[*key, [_sparse(answer) for answer in found]] for key, found in book.answers.items()],
            }
            for name, book in self.books.items()
        }
        content = {"form": FORM, "version": self.version, "default": self.default, "aliases": self.aliases}
        return json.dumps(content | {"books": books}, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Answers:
        """Read what `to_json` wrote; ValueError for anything else."""
        content = json.loads(text)
        if not isinstance(content, dict) or content.get("form") != FORM:
            raise ValueError("not a file of answers of this version of nachra")
        try:
            books = {
                name: Book(
                    book["total"],
                    book["headline"],
                    book["series"],
                    book["order"],
                    {(s, p, m): [Answer(**answer) for answer in found] for s, p, m, found in book["answers"]},
                )
                for name, book in content["books"].items()
            }
            return cls(content["version"], content["default"], books, content["aliases"])
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("a damaged file of answers") from error


def _sparse(answer: Answer) -> dict[str, Any]:
    return {"value": answer.value} | {
        name: value for name, value in asdict(answer).items() if value not in (None, "", {})
    }


def empty(version: str = "0") -> Answers:
    """Return answers that know nothing."""
    return Answers(version, "", {}, {})
