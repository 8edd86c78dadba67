"""What is asked about years to come: names of measures, the basis and the year that are meant where none is named.

Pure Python, as it also runs inside a spreadsheet's own interpreter; `nachra.estimating` computes what is answered.
"""

from __future__ import annotations

from functools import cache

from nachra.answers import Answer, Book
from nachra.texts import DEFAULT_LANGUAGE, load_toml, text
from nachra.units import normalise

TARGET, DISTANCE, ATTAINED, PROGRESS = "target", "target_distance", "target_attained", "target_progress"
REQUIRED, PROJECTION, OUTLOOK = "required_growth", "projection", "outlook"
#: what is said of a series and a target's year
TARGET_MEASURES = (TARGET, DISTANCE, ATTAINED, PROGRESS, PROJECTION)
AHEAD = (*TARGET_MEASURES, REQUIRED, OUTLOOK)
#: the origin of an answer that nachra estimates: neither published nor computed from one published series
ESTIMATE = "estimate"


@cache
def measures_ahead() -> dict[str, str]:
    """Return the measure behind every word for one."""
    words = load_toml("functions.toml")["ahead"]
    return {name: name for name in AHEAD} | {
        normalise(word): measure for measure, names in words.items() for word in names
    }


def on_own_basis(series: str) -> str:
    """Return a series as it is meant beside a target: of the methodology that the targets were set on."""
    return series if "@" in series else f"{series}@{load_toml('targets.toml')['strategy']['methodology']}"


def target_year() -> str:
    """Return the year of the last target."""
    return max(str(entry["period"]) for entry in load_toml("targets.toml")["target"])


def outlook_year(book: Book, series: str) -> str:
    """Return the year that a series is in: that of its latest period."""
    periods = book.order.get(series) or [book.headline]
    return periods[-1][:4]


def status_words(answer: Answer, language: str = DEFAULT_LANGUAGE) -> str:
    """Return an answer's status in words; an estimate of nachra is called so, whatever it was computed from."""
    if answer.origin == ESTIMATE:
        return text("ahead.status", language)
    return str(load_toml("statuses.toml")[answer.status]["label"][language]) if answer.status else ""
