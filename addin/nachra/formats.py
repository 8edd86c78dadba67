"""Numbers as sentences and messages write them: CLDR through Babel or the house's own style, half-up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Literal, get_args

from nachra import plurals
from nachra.errors import UsageError
from nachra.figures import Figure, Interval, round_half_up
from nachra.texts import DEFAULT_LANGUAGE, load_toml

NBSP = "\u00a0"
#: left-to-right isolate, and its end: Latin letters in Arabic text keep their order, and their neighbours theirs
ISOLATE, END_ISOLATE = "\u2066", "\u2069"
RIGHT_TO_LEFT_ISOLATE = "\u2067"
LEFT_TO_RIGHT_MARK = "\u200e"
MINUS = "\u2212"

Style = Literal["cldr", "office"]


def known_styles() -> tuple[Style, ...]:
    """Return the styles, the default one first."""
    found: tuple[Style, ...] = get_args(Style)
    return found


def style_of(asked: str) -> Style:
    """Return the style of that name; UsageError for an unknown one."""
    found = next((one for one in known_styles() if one == asked), None)
    if found is None:
        raise UsageError("style", style=asked, known=", ".join(known_styles()))
    return found


@dataclass(frozen=True, slots=True)
class Manner:
    """A language and a style of writing numbers: "cldr", or "office" as the Office des Changes writes them.

    What a style changes is in `templates/styles.toml`.
    """

    language: str = DEFAULT_LANGUAGE
    style: Style = "cldr"

    @property
    def decimal_mark(self) -> str:
        return _marks(self.language, self.style)[0]

    @property
    def group_mark(self) -> str:
        return _marks(self.language, self.style)[1]

    @property
    def percent_sign(self) -> str:
        """The sign of percentages in tables and messages, with the no-break space that some styles put before it."""
        return _marks(self.language, self.style)[2]

    @property
    def prose_percent(self) -> str:
        """The words or the sign that follow a percentage in a sentence ("في المائة" in Arabic)."""
        own = load_toml("styles.toml")[self.style].get(self.language, {})
        return str(own.get("prose_percent", self.percent_sign))

    @property
    def direction_mark(self) -> str:
        """What goes before a sign, as in CLDR: in Arabic it would else show on the other side of its number."""
        return LEFT_TO_RIGHT_MARK if self.language == "ar" else ""

    def prose_decimals(self, value: Decimal, decimals: int) -> int:
        """Return the decimals to write in a sentence: some styles drop those that are all zeros ("12%")."""
        rounded = round_half_up(value, decimals)
        drops = bool(load_toml("styles.toml")[self.style]["drop_zeros"])
        return 0 if drops and rounded == rounded.to_integral_value() else decimals

    def number(self, value: Decimal, decimals: int, *, sign: bool = False) -> str:
        """Write a number with that many decimals ("26,2"), with an explicit sign where asked ("+3,5")."""
        rounded = round_half_up(value, decimals)
        whole, _, fraction = f"{abs(rounded):,f}".partition(".")
        written = whole.replace(",", self.group_mark) + (self.decimal_mark + fraction if fraction else "")
        mark = MINUS if rounded < 0 else "+" if sign and rounded > 0 else ""
        return (self.direction_mark + mark if mark else "") + written

    def figure(self, value: Figure) -> str:
        """Write a figure at its published precision, without its unit."""
        return self.number(value.value, value.decimals)

    def percent(self, rate: Decimal, decimals: int = 1, *, sign: bool = False) -> str:
        """Write a fraction as a percentage ("+3,5 %")."""
        return self.number(rate * 100, decimals, sign=sign) + self.percent_sign

    def isolated(self, text: str) -> str:
        """Return a text for a sentence: in Arabic, one without Arabic letters is set apart, left to right."""
        if self.language != "ar" or any("\u0600" <= ch <= "\u06ff" for ch in text) or not _has_letters(text):
            return text
        return f"{ISOLATE}{text}{END_ISOLATE}"


def set_right_to_left(text: str) -> str:
    """Return a text that runs from right to left wherever it stands, Latin words in it too (Unicode, UAX 9)."""
    return f"{RIGHT_TO_LEFT_ISOLATE}{text}{END_ISOLATE}"


def _has_letters(text: str) -> bool:
    return any(ch.isalpha() for ch in text)


@cache
def _marks(language: str, style: str) -> tuple[str, str, str]:
    """Decimal mark, group mark, percent sign."""
    from babel import Locale

    locale = Locale.parse(plurals.LOCALES[language])
    symbols: Any = locale.number_symbols["latn"]
    own = load_toml("styles.toml")[style].get(language, {})
    percent = str(locale.percent_formats[None].pattern).rpartition("0")[2].replace("\u200e", "")
    return own.get("decimal", symbols["decimal"]), own.get("group", symbols["group"]), own.get("percent", percent)


def number(value: Decimal, decimals: int, language: str = DEFAULT_LANGUAGE, *, sign: bool = False) -> str:
    """Write a number by CLDR: see Manner.number."""
    return Manner(language).number(value, decimals, sign=sign)


def figure(value: Figure, language: str = DEFAULT_LANGUAGE) -> str:
    """Write a figure by CLDR: see Manner.figure."""
    return Manner(language).figure(value)


def percent(rate: Decimal, decimals: int = 1, language: str = DEFAULT_LANGUAGE, *, sign: bool = False) -> str:
    """Write a fraction by CLDR: see Manner.percent."""
    return Manner(language).percent(rate, decimals, sign=sign)


def interval(limits: Interval, decimals: int = 1, language: str = DEFAULT_LANGUAGE, *, sign: bool = False) -> str:
    """Write an interval, its ends rounded half-up ("[+3,1 ; +4,7]")."""
    low, high = (number(end, decimals, language, sign=sign) for end in (limits.low, limits.high))
    between = f"{NBSP}; " if language == "fr" else "; "
    return f"[{low}{between}{high}]"


def parameter(value: object, language: str) -> object:
    """Write a parameter of a message in the user's language.

    Numbers by their own digits, intervals to one decimal, what has a label by its label, several things in a row;
    counts stay numbers: a wording may take its plural from them.
    """
    if isinstance(value, int):
        return value
    if isinstance(value, tuple):
        return ", ".join(sorted(str(parameter(one, language)) for one in value))
    if callable(label := getattr(value, "label", None)):
        return str(label(language))
    if callable(name := getattr(value, "name", None)):
        return str(name(language))
    if isinstance(value, Interval):
        decimals = 1 if max(abs(value.low), abs(value.high)) < 1000 else 0
        return interval(value, decimals, language)
    if isinstance(value, Figure):
        shown = round_half_up(value.value, value.decimals)
        agreed = plurals.agreed("units.toml", value.unit.code, "long", language, shown)
        name = value.unit.label(language) if language == "fr" else agreed
        return f"{figure(value, language)}{NBSP}{name}"
    if isinstance(value, Decimal):
        exponent = value.normalize().as_tuple().exponent
        return number(value, max(0, -int(exponent)), language)
    return str(value)
