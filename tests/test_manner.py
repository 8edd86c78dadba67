"""Numbers and counts in words: CLDR's marks and plural forms, and the Office's own style."""

from __future__ import annotations

from decimal import Decimal

import pytest
from babel.numbers import format_decimal, format_percent
from hypothesis import given
from hypothesis import strategies as st
from strategies import decimals

from nachra import formats, plurals
from nachra.findings import in_words
from nachra.formats import Manner
from nachra.texts import languages

LOCALES = {"fr": "fr_MA", "ar": "ar_MA", "en": "en"}


@given(st.integers(-(10**12), 10**12), st.sampled_from(languages()))
def test_whole_numbers_are_written_as_babel_does(number: int, language: str) -> None:
    # CLDR's minus is a hyphen in French and English; a true minus sign stands in a briefing
    expected = format_decimal(number, locale=LOCALES[language]).replace("-", "\u2212")
    # our Arabic signs carry a mark that keeps them on their side
    assert formats.number(Decimal(number), 0, language).replace("\u200e", "") == expected


@pytest.mark.parametrize("language", languages())
def test_percentages_are_written_as_babel_does(language: str) -> None:
    assert formats.percent(Decimal("0.035"), 0, language) == format_percent(Decimal("0.04"), locale=LOCALES[language])


@given(decimals(3, 10**6), st.integers(0, 2), st.sampled_from(languages()))
def test_the_offices_style_drops_what_is_zero(value: Decimal, places: int, language: str) -> None:
    manner = Manner(language, "office")
    kept = manner.prose_decimals(value, places)
    shown, full = manner.number(value, kept), manner.number(value, places)
    zeros = manner.decimal_mark + "0" * places
    assert shown == (full.removesuffix(zeros) if places else full)


@pytest.mark.parametrize(
    ("language", "style", "number", "percent"),
    [
        ("fr", "cldr", "26\u202f200,0", "+12,0\u00a0%"),
        ("fr", "office", "26.200,0", "+12,0%"),
        ("ar", "cldr", "26.200,0", "\u200e+12,0%"),
        ("ar", "office", "26.200,0", "\u200e+12,0%"),
        ("en", "cldr", "26,200.0", "+12.0%"),
        ("en", "office", "26,200.0", "+12.0%"),
    ],
)
def test_styles(language: str, style: formats.Style, number: str, percent: str) -> None:
    manner = Manner(language, style)
    assert manner.number(Decimal(26200), 1) == number
    assert manner.percent(Decimal("0.12"), 1, sign=True) == percent


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ITO", "\u2066ITO\u2069"),
        ("annuelle-2024.xlsx", "\u2066annuelle-2024.xlsx\u2069"),
        ("صادرات (ITO)", "صادرات (ITO)"),
        ("2024", "2024"),
    ],
)
def test_latin_letters_are_set_apart_in_arabic(text: str, shown: str) -> None:
    assert Manner("ar").isolated(text) == shown
    assert Manner("fr").isolated(text) == Manner("en").isolated(text) == text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", {0: "aucune alerte", 1: "1 alerte", 2: "2 alertes", 11: "11 alertes"}),
        ("en", {0: "no warnings", 1: "1 warning", 2: "2 warnings"}),
        (
            "ar",
            {
                0: "لا تنبيهات",
                1: "تنبيه واحد",
                2: "تنبيهان",
                3: "3 تنبيهات",
                10: "10 تنبيهات",
                11: "11 تنبيها",
                99: "99 تنبيها",
                100: "100 تنبيه",
                103: "103 تنبيهات",
            },
        ),
    ],
)
def test_counts_in_words(language: str, words: dict[int, str]) -> None:
    assert {count: plurals.counted("warning", count, language) for count in words} == words


def test_findings_in_words() -> None:
    counts = {"error": 0, "warning": 1, "note": 2}
    assert in_words(counts, "fr") == "aucune erreur, 1 alerte, 2 remarques"
    assert in_words(counts, "ar") == "لا أخطاء، تنبيه واحد، ملاحظتان"


@pytest.mark.parametrize(
    ("language", "value", "unit"),
    [
        ("fr", "1.9", "milliard de dirhams"),
        ("fr", "2.0", "milliards de dirhams"),
        ("ar", "3", "ملايير درهم"),
        ("ar", "3.5", "مليار درهم"),
        ("ar", "11", "مليار درهم"),
        ("en", "1", "billion dirhams"),
    ],
)
def test_units_agree_with_their_number(language: str, value: str, unit: str) -> None:
    assert plurals.agreed("units.toml", "MAD_bn", "long", language, Decimal(value)) == unit
