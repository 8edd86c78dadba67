"""Periods: parse (French, Arabic, English), order, compare like with like.

Written by hand because pandas.Period has no half-years and no "January to September".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from nachra.texts import DEFAULT_LANGUAGE, load_toml, text
from nachra.units import normalise

_KINDS = {12: "year", 6: "half", 3: "quarter", 1: "month"}


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Whole months `first` to `last` of one year; ordered by year, then by where it ends and starts."""

    year: int
    last: int = 12
    first: int = 1

    def __post_init__(self) -> None:
        # wider than what `parse_period` reads: the year before the first one is a period too
        if not (1000 <= self.year <= 9999 and 1 <= self.first <= self.last <= 12):
            raise ValueError(f"not a period: {self.year} {self.first}-{self.last}")

    @property
    def months(self) -> int:
        return self.last - self.first + 1

    @property
    def kind(self) -> str:
        """Return "year", "half", "quarter", "month" or "span" (any other run of months)."""
        return _KINDS[self.months] if self.months in _KINDS and self.last % self.months == 0 else "span"

    def before(self, years: int = 1) -> Period:
        """Return the same months `years` earlier."""
        return Period(self.year - years, self.last, self.first)

    def is_like(self, other: Period) -> bool:
        """Tell whether both have the same length and position in their years: only then may they be compared."""
        return (self.first, self.last) == (other.first, other.last)

    def begins_between(self, earlier: Period, later: Period) -> bool:
        """Tell whether it begins after the beginning of one period and by the end of another.

        A level with status "break" starts a new series: where its period does so, those two do not go together.
        """
        return (earlier.year, earlier.first) < (self.year, self.first) <= (later.year, later.last)

    def __contains__(self, other: Period) -> bool:
        return self.year == other.year and self.first <= other.first and other.last <= self.last

    def __str__(self) -> str:
        """Return the form of the public contract: 2024, 2025-S1, 2024-Q3, 2025-05, 2025-01/2025-09."""
        number = self.last // self.months
        match self.kind:
            case "year":
                return f"{self.year}"
            case "half":
                return f"{self.year}-S{number}"
            case "quarter":
                return f"{self.year}-Q{number}"
            case "month":
                return f"{self.year}-{self.last:02}"
        return f"{self.year}-{self.first:02}/{self.year}-{self.last:02}"

    def label(self, language: str = DEFAULT_LANGUAGE) -> str:
        """Return the period as a table heading writes it ("S1 2025", "Janv.-sept. 2025")."""
        number = self.last // self.months
        names = _month_names(language, "abbreviated")
        return text(
            f"periods.{self.kind}",
            language,
            year=self.year,
            number=number,
            first=names[self.first],
            last=names[self.last],
        )

    def phrase(self, language: str = DEFAULT_LANGUAGE) -> str:
        """Return the period as it follows "au titre" in a sentence ("de l'année 2024", "du premier semestre 2025")."""
        number = self.last // self.months
        key = f"{self.kind}_{number}" if self.kind in ("half", "quarter") else self.kind
        first, last = (
            _month_names(language, width)[month] for width, month in (("of", self.first), ("wide", self.last))
        )
        return text(f"period_of.{key}", language, year=self.year, first=first, last=last)


@cache
def _month_names(language: str, width: str) -> dict[int, str]:
    """Names by month; "of" is the name after "de", elided where French elides it ("d'avril")."""
    names = load_toml("months.toml")[language]
    return dict(enumerate(names.get(width) or names["wide"], 1))


@cache
def _months_by_name() -> dict[str, int]:
    lists = [names for entry in load_toml("months.toml").values() for names in entry.values()]
    return {normalise(name).rstrip("."): month for names in lists for month, name in enumerate(names, 1) if name}


_ORDINALS = {
    **dict.fromkeys(("1", "1er", "1ere", "premier", "premiere", "1st", "first", "الاول", "الاولى"), 1),
    **dict.fromkeys(("2", "2e", "2eme", "2nd", "deuxieme", "second", "seconde", "الثاني", "الثانية"), 2),
    **dict.fromkeys(("3", "3e", "3eme", "3rd", "troisieme", "third", "الثالث"), 3),
    **dict.fromkeys(("4", "4e", "4eme", "4th", "quatrieme", "fourth", "الرابع"), 4),
}
_LENGTHS = {
    **dict.fromkeys(("s", "h", "sem", "semestre", "semester", "half", "half-year", "النصف", "الاسدس", "السداسي"), 6),
    **dict.fromkeys(("t", "q", "tr", "trim", "trimestre", "quarter", "الربع", "الفصل"), 3),
}
_FILLER = r"(?:annee|exercice|year|سنة|عام|de|du|d'|l'|of|the|برسم|خلال|من)"
_YEAR = r"(?:19|20|21)\d\d"


def _part(months: int, number: int, year: int) -> Period | None:
    last = months * number
    return Period(year, last, last - months + 1) if 1 <= last <= 12 else None


def parse_period(label: object) -> Period | None:
    """Read a period from a heading or an argument; None where it is not (exactly) one.

    Understood in French, English and Arabic: a number or text year; "S1 2025", "1er semestre 2025", "H1 2025",
    "2025-S1"; "2020T1", "T1/2013", "Q3 2024"; "mai 2025", "2025-05"; "Janv-Sept 2025", "2025-01/2025-09",
    "9 mois 2025", "à fin septembre 2025". Note marks ("*", "(p)") are not part of a period: see `split_marker`.
    """
    if isinstance(label, bool):
        return None
    if isinstance(label, int | float):
        return Period(int(label)) if 1900 <= label < 2200 and label == int(label) else None
    return _parse_text(label) if isinstance(label, str) else None


@cache
def _parse_text(label: str) -> Period | None:
    body = "".join(str(int(ch)) if ch.isdecimal() else ch for ch in label)
    body = re.sub(r"[\u2010-\u2015\u2212]", "-", normalise(body)).strip(" .:")
    if match := re.fullmatch(rf"({_YEAR})-(\d\d)/({_YEAR})-(\d\d)", body):
        year, first, end, last = (int(part) for part in match.groups())
        return Period(year, last, first) if year == end and 1 <= first <= last <= 12 else None
    if match := re.fullmatch(rf"({_YEAR})-(\d\d)", body):
        return _part(1, int(match[2]), int(match[1]))
    body = re.sub(rf"(?<!\w){_FILLER}(?!\w)", " ", body.replace("d'", " ").replace("l'", " "))
    years = re.findall(rf"(?<!\d){_YEAR}(?!\d)", body)
    if len(years) != 1:
        return None
    year = int(years[0])
    rest = " ".join(re.sub(r"[/\s_.]+", " ", body.replace(years[0], " ", 1)).split()).strip(" -")
    if not rest:
        return Period(year)
    if match := re.fullmatch(r"(\d{1,2}) ?(?:mois|months|m|اشهر)", rest):
        return Period(year, int(match[1])) if 1 <= int(match[1]) <= 12 else None
    if match := re.fullmatch(r"(?:a fin|fin|end(?: of)?|عند متم|متم) (\S+)", rest):
        closing = _months_by_name().get(match[1])
        return Period(year, closing) if closing else None
    if match := re.fullmatch(r"([a-z]{1,4}) ?(\d)|(\d) ?([a-z]{1,2})", rest):
        months = _LENGTHS.get(match[1] or match[4] or "")
        if months:
            return _part(months, int(match[2] or match[3]), year)
    return _parse_words(rest, year)


def _parse_words(rest: str, year: int) -> Period | None:
    words = rest.split()
    if len(words) == 2:
        for ordinal, length in (words, reversed(words)):
            if ordinal in _ORDINALS and length in _LENGTHS:
                return _part(_LENGTHS[length], _ORDINALS[ordinal], year)
    months = _months_by_name()
    if rest.rstrip(".") in months:
        month = months[rest.rstrip(".")]
        return Period(year, month, month)
    ends = [end.strip(" .") for end in re.split(r"\s*-\s*|\s+(?:a|au|to|الى)\s+", rest)]
    if len(ends) == 2 and all(end in months for end in ends):
        first, last = (months[end] for end in ends)
        return Period(year, last, first) if first <= last else None
    return None


_MARKER = re.compile(r"\s*(\*+|\((?:\d{1,2}|[A-Za-z]{1,2}|\*+)\)|[¹²³⁴⁵⁶⁷⁸⁹]+)\s*$")


def split_marker(label: str) -> tuple[str, str]:
    """Part a text from the note mark at its end: "2024*" → ("2024", "*"); "S1 2025 (p)" → ("S1 2025", "(p)")."""
    match = _MARKER.search(label)
    return (label[: match.start()].strip(), match[1].lower()) if match else (label.strip(), "")
