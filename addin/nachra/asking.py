"""Questions to the library: series, period, edition, measure and language as people write them."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from nachra.ahead import AHEAD, OUTLOOK, TARGET_MEASURES, measures_ahead, on_own_basis, outlook_year, target_year
from nachra.answers import CHANGE, CONTRIBUTION, GROWTH, LEVEL, SHARE, Answer, Answers, Book, empty
from nachra.cells import BLANK, Cell, CellError, Rectangle, Scalar, Stop, single
from nachra.periods import Period, parse_period
from nachra.texts import DEFAULT_LANGUAGE, languages, load_toml
from nachra.units import normalise

#: the numbers that spreadsheets store for 1927 to 2173: no period is written so
_DATES = range(10_000, 100_000)
_FIRST_DAY = dt.date(1899, 12, 30)


class Provider:
    """What a host sets so that functions can answer; this one knows nothing."""

    #: why nothing is known, where that is more than an empty folder: a key of [reasons]
    reason: str = ""

    def answers(self) -> Answers:
        """Return the library's answers, fresh ones when the library changed."""
        return empty()

    def answers_of_range(self, cells: Rectangle) -> Answers | None:
        """Return the answers of a release sheet given as a range; None where it is not one."""
        return None


_provider = Provider()


def provider() -> Provider:
    """Return where answers come from."""
    return _provider


def set_provider(provider: Provider) -> None:
    """Set where answers come from, for every function."""
    global _provider
    _provider = provider


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to the library, understood."""

    book: Book
    series: str
    period: str
    edition: str


def ask(series: Scalar, period: Scalar, edition: Cell = None) -> Asked:
    """Understand series, period and edition; ends in #VALUE! for what cannot be, #N/A where nothing is known."""
    is_range = isinstance(edition, tuple) and (len(edition) > 1 or len(edition[0]) > 1)
    for given in (series, period, None if is_range else single(edition)):
        if isinstance(given, CellError):
            raise Stop(given)
        if given is BLANK:
            raise Stop(CellError.NA, "blank")
    answers = _provider.answers()
    known_on = ""
    if isinstance(edition, tuple) and is_range:
        found = _provider.answers_of_range(edition)
        if found is None:
            raise Stop(CellError.VALUE, "range_not_a_release")
        answers = found
    elif (asked := single(edition)) not in (None, ""):
        known_on = _edition(asked)
    code, book = _series(series, answers)
    when = book.headline_at(known_on) if period in (None, "") else str(period_of(period))
    return Asked(book, code, when, known_on)


def _series(asked: Scalar, answers: Answers) -> tuple[str, Book]:
    """Return (code, book) for "CRM", "centres d'appels", "TOTAL@historique" or nothing (the default's total)."""
    if asked is not None and not isinstance(asked, str):
        raise Stop(CellError.VALUE, "unknown_series")
    if not answers.books:
        raise Stop(CellError.NA, _provider.reason or "library_empty")
    name, _, methodology = (asked or "").partition("@")
    code = answers.aliases.get(normalise(methodology)) if methodology else answers.default
    if code is None:
        raise Stop(CellError.VALUE, "unknown_methodology")
    book = answers.books.get(code)
    if book is None:
        raise Stop(CellError.NA, "series_unpublished")
    if not name.strip():
        return book.total, book
    found = book.series.get(normalise(name))
    if found is None:
        raise Stop(CellError.VALUE, "unknown_series")
    return found, book


def _dated(asked: Scalar) -> Scalar:
    """A date that reached us as the number a spreadsheet stores (Calc knows no other) is a date again."""
    is_date = isinstance(asked, int | float) and not isinstance(asked, bool) and int(asked) in _DATES
    return _FIRST_DAY + dt.timedelta(days=int(asked)) if is_date else asked  # type: ignore[arg-type]


def period_of(asked: Scalar) -> Period:
    """Return the period that a cell names; ends in #VALUE! where it names none."""
    if isinstance(asked, CellError):
        raise Stop(asked)
    asked = _dated(asked)
    if isinstance(asked, dt.date):
        # a date stands for its month: a cell that shows "mai 2025" often holds the first of May
        return Period(asked.year, asked.month, asked.month)
    parsed = parse_period(asked)
    if parsed is None:
        raise Stop(CellError.VALUE, "unknown_period")
    return parsed


def _edition(asked: Scalar) -> str:
    asked = _dated(asked)
    if isinstance(asked, str) and len(asked) == 10:
        with suppress(ValueError):
            asked = dt.date.fromisoformat(asked)
    if isinstance(asked, dt.date):
        return asked.isoformat()[:10]
    parsed = parse_period(asked)
    if parsed is None or parsed.kind not in ("year", "month"):
        raise Stop(CellError.VALUE, "unknown_edition")
    return str(parsed)


def ask_ahead(series: Scalar, year: Scalar, measure: str) -> Asked:
    """Understand a question about a target or a year's outlook; without a basis, a target's is its own.

    Without a year, a target is the last one, and an outlook that of the year which the series is in.
    """
    is_target = measure != OUTLOOK
    if is_target and (series is None or isinstance(series, str)):
        plain, named = series, "@" in (series or "")
        try:
            asked = ask(on_own_basis(series or ""), None)
        except Stop as stop:
            # a library without the historic series: the reason says what to do
            if named or stop.reason not in ("series_unpublished", "unknown_series"):
                raise
            ask(plain, None)  # a series that nobody knows ends here
            unpublished = stop.reason == "series_unpublished"
            raise Stop(CellError.NA, "target_basis_missing" if unpublished else "target_unknown") from None
    else:
        asked = ask(series, None)
    if isinstance(year, CellError) or year is BLANK:
        ask(None, year)  # ends as every question with such an argument does
    if year in (None, ""):
        when = target_year() if is_target else outlook_year(asked.book, asked.series)
    else:
        wanted = period_of(year)
        if wanted.kind != "year":
            raise Stop(CellError.VALUE, "year_wanted")
        when = str(wanted)
    return Asked(asked.book, asked.series, when, "")


def question(series: Scalar, period: Scalar, measure: str, edition: Cell = None) -> Asked:
    """Understand a question, whichever measure it is about."""
    return ask_ahead(series, period, measure) if measure in AHEAD else ask(series, period, edition)


def answer(asked: Asked, measure: str) -> Answer:
    """Return the answer, a figure or a reason; ends in #N/A where the library has nothing."""
    found = asked.book.find(asked.series, asked.period, measure, asked.edition)
    if found is None:
        raise Stop(CellError.NA, _why_nothing(asked, measure))
    return found


def _why_nothing(asked: Asked, measure: str) -> str:
    if measure in AHEAD:
        return "outlook_unknown" if measure == OUTLOOK else "target_unknown"
    if asked.series not in asked.book.order:
        return "series_unpublished"
    if asked.edition and asked.book.find(asked.series, asked.period, measure):
        return "edition_earlier"
    books = _provider.answers().books.values()
    if not any(one is asked.book for one in books):
        return "range_without_period"
    others = [one for one in books if one is not asked.book]
    elsewhere = any(one.find(asked.series, asked.period, LEVEL, asked.edition) for one in others)
    return "crosses_break" if elsewhere else "period_unknown"


def lookup(series: Cell = None, period: Cell = None, measure: Cell = None, edition: Cell = None) -> Answer | None:
    """Return the whole answer behind a figure, for who must say where it comes from; None where there is none."""
    try:
        wanted = measure_of(single(measure))
        return answer(question(single(series), single(period), wanted, edition), wanted)
    except Stop:
        return None


def value_of(asked: Asked, measure: str) -> float:
    """Return the figure asked for; ends in #N/A or #NUM! with the reason where there is none."""
    found = answer(asked, measure)
    if found.value is None:
        raise Stop(CellError.NUM if found.reason == "base_not_positive" else CellError.NA, found.reason)
    return found.value


_MEASURES = {name: name for name in (LEVEL, GROWTH, SHARE, CHANGE, CONTRIBUTION)}


@cache
def _measures() -> dict[str, str]:
    words = load_toml("functions.toml")["measures"]
    return _MEASURES | {normalise(word): measure for measure, names in words.items() for word in names}


def measure_of(asked: Scalar) -> str:
    """Return the measure that a cell names, the level where it is empty."""
    if isinstance(asked, CellError):
        raise Stop(asked)
    if asked in (None, ""):
        return LEVEL
    name = normalise(asked) if isinstance(asked, str) else ""
    found = _measures().get(name) or measures_ahead().get(name)
    if found is None:
        raise Stop(CellError.VALUE, "unknown_measure")
    return found


def target_measure_of(asked: Scalar) -> str:
    """Return what a cell asks of a target, its level where it is empty."""
    if isinstance(asked, CellError):
        raise Stop(asked)
    if asked in (None, ""):
        return TARGET_MEASURES[0]
    found = measures_ahead().get(normalise(asked)) if isinstance(asked, str) else None
    if found not in TARGET_MEASURES:
        raise Stop(CellError.VALUE, "unknown_ahead")
    return found


def language_of(asked: Scalar) -> str:
    """Return the language that a cell names, the default one where it is empty."""
    if isinstance(asked, CellError):
        raise Stop(asked)
    if asked in (None, ""):
        return DEFAULT_LANGUAGE
    if not isinstance(asked, str) or asked.casefold() not in languages():
        raise Stop(CellError.VALUE, "unknown_language")
    return asked.casefold()
