"""Periods: what headings name one, in three languages, and which may be compared."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import periods

from nachra.periods import Period, parse_period, split_marker

#: canonical form → headings that name it, between bars
HEADINGS = {
    "2024": """
        2024 | 2024. | 2024 : | Année 2024 | année 2024 | Exercice 2024 | l'année 2024 | year 2024 | the year 2024
        12 mois 2024 | janvier-décembre 2024 | سنة 2024 | عام 2024 | برسم سنة 2024 | خلال سنة 2024 | ٢٠٢٤ | ２０２４""",
    "2025-S1": """
        S1 2025 | 2025-S1 | 2025S1 | 2025 s1 | S1-2025 | S1/2025 | s 1 2025 | S1 2025 | S1_2025 | S1.2025
        1er semestre 2025 | 1ᵉʳ semestre 2025 | Premier semestre 2025 | Semestre 1 2025 | 1er sem. 2025 | Sem 1 2025
        premier semestre de l’année 2025 | 1er semestre de 2025 | 6 mois 2025 | Janvier-Juin 2025 | Fin juin 2025
        H1 2025 | 2025H1 | 1H 2025 | first half of 2025 | 1st half 2025 | end of June 2025
        النصف الأول 2025 | النصف الأول من سنة 2025 | الأسدس الأول 2025 | السداسي الأول 2025 | متم يونيو 2025""",
    "2024-S2": """
        S2 2024 | second semestre 2024 | deuxième semestre 2024 | 2e semestre 2024 | second half 2024 | juil.-déc. 2024
        النصف الثاني 2024""",
    "2024-Q3": """
        T3 2024 | 2024T3 | T3/2024 | T3-2024 | 2024-Q3 | Q3 2024 | Q 3 2024 | 3e trimestre 2024 | 3ème trimestre 2024
        Troisième trimestre 2024 | trim. 3 2024 | Trimestre 3 2024 | juillet-septembre 2024 | Jul-Sep 2024
        third quarter 2024 | 3rd quarter of 2024
        الربع الثالث 2024 | الفصل الثالث من سنة 2024 | الربع الثالث من عام 2024""",
    "2025-08": """
        août 2025 | AOÛT 2025 | Aout 2025 | d’août 2025 | 2025 août | 2025-08 | 2025-08/2025-08
        August 2025 | Aug 2025 | Aug. 2025 | غشت 2025 | أغسطس 2025 | آب 2025""",
    "2025-01/2025-09": """
        Janv-Sept 2025 | JANVIER-SEPTEMBRE 2025 | Janvier – Septembre 2025 | Janv. - sept. 2025 | Jan-Sep 2025
        janvier à septembre 2025 | janvier au septembre 2025 | 2025-01/2025-09 | Jan–Sept 2025
        January to September 2025 | 9 mois 2025 | 9 months 2025 | 9M 2025 | à fin septembre 2025 | Fin sept. 2025
        يناير - شتنبر 2025 | من يناير إلى شتنبر 2025 | 9 أشهر 2025 | عند متم شتنبر 2025 | يناير-سبتمبر 2025""",
    "2020-Q1": "2020T1",  # the statistics institute
    "2013-Q1": "T1/2013",
    "2025-Q1": "1er Trimestre 2025",
    "2023-Q4": "4ème trimestre 2023",
    "2024-01": "janv. 2024 | à fin janvier 2024 | كانون الثاني 2024",
    "2024-02": "févr. 2024 | Feb 2024",
    "2024-11": "تشرين الثاني 2024 | نونبر 2024",
    "2024-12": "déc. 2024",
    "2025-07": "يوليوز 2025 | juil. 2025",
    "2024-03/2024-05": "mars-mai 2024",
    "1900": "1900",
    "2199": "2199",
}

NO_HEADINGS = """
    * | Total | TOTAL | Var. % | Évolution 2024/2023 | Part % | mai | S1 | T3 | à fin juin | 1er semestre | النصف الأول
    2024* | 2024 (p) | 2024p | 2024 e | 2024-2025 | 2024/2025 | 2024-25 | 2023 et 2024 | janv-sept 2024-2025
    S3 2025 | S0 2025 | T5 2025 | T0 2025 | 5e trimestre 2025 | 3e semestre 2025 | 13 mois 2025 | 0 mois 2025
    2024-13 | 2024-00 | 2024-1 | 2025-09/2025-01 | 2025-01/2025-13 | 2025-00/2025-03 | 2024-01/2025-09 | sept-janv 2025
    05/2025 | 2025/05 | 31/12/2024 | 2024-12-31 | 1er janvier 2024 | août-25 | T3-24 | S1 25 | 20 24 | 2024.5 | 2024,0
    1234 | 1234-05 | 0001-05 | 1234-01/1234-09 | 1899 | 2200 | 12024 | 20245 | 26219 | 26,2 | 40 Mds DH en 2030
    Semestre 2025 | T 2025 | S 2025 | 2 2025 | X1 2025 | fin 2025 | à fin 2025 | mois 2025 | mai juin 2025
    الأشهر التسعة الأولى 2025
"""


def between_bars(table: str) -> list[str]:
    return [label.strip(" ") for line in table.strip().splitlines() for label in line.split("|")]


@pytest.mark.parametrize(
    ("label", "canonical"),
    [(label, canonical) for canonical, table in HEADINGS.items() for label in between_bars(table)],
)
def test_heading_that_names_a_period(label: str, canonical: str) -> None:
    assert str(parse_period(label)) == str(parse_period(f"  {label} ")) == canonical


@pytest.mark.parametrize(("label", "year"), [(2024, 2024), (2024.0, 2024), (1900, 1900), (2199, 2199)])
def test_number_that_names_a_year(label: float, year: int) -> None:
    assert parse_period(label) == Period(year)


@pytest.mark.parametrize("label", ["", " ", *between_bars(NO_HEADINGS)])
def test_text_that_names_no_period(label: str) -> None:
    assert parse_period(label) is None


NO_YEARS = [None, True, False, 0, 1234, 1899, 2200, -2024, 2024.5, 20.24, 1e300, 10**30, float("nan"), float("inf")]


@pytest.mark.parametrize("label", [*NO_YEARS, -float("inf"), b"2024", dt.datetime(2024, 1, 1), ["2024"]], ids=repr)
def test_value_that_names_no_period(label: object) -> None:
    assert parse_period(label) is None


@given(st.text(alphabet="0129 -/.'STQHstM١٢*()ادé", max_size=14) | st.text(max_size=8))
def test_any_text_is_a_period_or_none(label: str) -> None:
    found = parse_period(label)
    assert found is None or parse_period(str(found)) == found


@given(periods())
def test_canonical_form_is_read_back(period: Period) -> None:
    assert parse_period(str(period)) == period


@given(periods(), st.sampled_from(("fr", "en", "ar")))
def test_label_is_read_back(period: Period, language: str) -> None:
    assert parse_period(period.label(language)) == period


@pytest.mark.parametrize(
    ("period", "kind", "months"),
    [
        (Period(2024), "year", 12),
        (Period(2025, 6), "half", 6),
        (Period(2025, 12, 7), "half", 6),
        (Period(2024, 9, 7), "quarter", 3),
        (Period(2024, 8, 8), "month", 1),
        (Period(2024, 9), "span", 9),
        (Period(2024, 8, 3), "span", 6),  # six months, but no half-year
        (Period(2024, 4, 2), "span", 3),
    ],
)
def test_kind(period: Period, kind: str, months: int) -> None:
    assert (period.kind, period.months) == (kind, months)


@pytest.mark.parametrize(
    ("year", "last", "first"), [(2024, 13, 1), (2024, 0, 0), (2024, 3, 4), (2024, 6, 0), (999, 12, 1)]
)
def test_impossible_period(year: int, last: int, first: int) -> None:
    with pytest.raises(ValueError, match="not a period"):
        Period(year, last, first)


@pytest.mark.parametrize(
    ("period", "label", "phrase"),
    [
        ("2024", "2024", "de l'année 2024"),
        ("2025-S1", "S1 2025", "du premier semestre 2025"),
        ("2025-S2", "S2 2025", "du second semestre 2025"),
        ("2024-Q1", "T1 2024", "du premier trimestre 2024"),
        ("2024-Q4", "T4 2024", "du quatrième trimestre 2024"),
        ("2025-05", "mai 2025", "du mois de mai 2025"),
        ("2025-04", "avr. 2025", "du mois d'avril 2025"),
        ("2025-01/2025-09", "janv.–sept. 2025", "de la période allant de janvier à septembre 2025"),
    ],
)
def test_words_in_french(period: str, label: str, phrase: str) -> None:
    found = parse_period(period)
    assert found is not None
    assert (found.label("fr"), found.phrase("fr")) == (label, phrase)


def test_order_is_by_year_then_by_end_then_by_start() -> None:
    in_order = [
        "2023",
        "2024-01",
        "2024-Q1",
        "2024-03",
        "2024-S1",
        "2024-Q2",
        "2024-01/2024-09",
        "2024",
        "2024-S2",
        "2025-01",
    ]
    assert [str(one) for one in sorted(parse_period(label) or Period(1000) for label in reversed(in_order))] == in_order


@given(periods(), st.integers(0, 50))
def test_the_years_before_are_alike(period: Period, years: int) -> None:
    earlier = period.before(years)
    assert earlier.is_like(period) and earlier.year == period.year - years
    assert earlier.kind == period.kind and (earlier < period or years == 0)


def test_the_first_year_that_can_be_read_has_one_before() -> None:
    assert str(Period(1900).before()) == "1899"


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("2024", "2017", True),
        ("2025-S1", "2024-S1", True),
        ("2025-01/2025-09", "2024-01/2024-09", True),
        ("2025-S1", "2024-S2", False),
        ("2025-S1", "2024", False),
        ("2025-01/2025-09", "2024", False),  # the partial year beside full ones
        ("2025-Q1", "2025-01", False),
    ],
)
def test_only_like_periods_compare(one: str, other: str, alike: bool) -> None:
    first, second = parse_period(one), parse_period(other)
    assert first is not None and second is not None
    assert first.is_like(second) is second.is_like(first) is alike


@given(periods(), periods())
def test_containment_is_that_of_their_months(one: Period, other: Period) -> None:
    inside = set(range(other.first, other.last + 1)) <= set(range(one.first, one.last + 1))
    assert (other in one) is (one.year == other.year and inside)


@pytest.mark.parametrize(
    ("label", "parts"),
    [
        ("2024*", ("2024", "*")),
        ("Janv-Sept 2025**", ("Janv-Sept 2025", "**")),
        ("S1 2025 (p)", ("S1 2025", "(p)")),
        ("2024 (1)", ("2024", "(1)")),
        ("2024(r) ", ("2024", "(r)")),
        ("Autres (*)", ("Autres", "(*)")),
        ("2024¹", ("2024", "¹")),
        ("  2024 ", ("2024", "")),
        ("Services (hors ITO)", ("Services (hors ITO)", "")),
        ("(p) 2024", ("(p) 2024", "")),
        ("", ("", "")),
    ],
)
def test_note_mark_is_parted_from_its_text(label: str, parts: tuple[str, str]) -> None:
    assert split_marker(label) == parts
