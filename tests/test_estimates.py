"""What cells answer of linked series, targets and outlooks: numbers that can always be told for what they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import office
import pytest

from nachra import asking
from nachra.ahead import AHEAD, ESTIMATE, measures_ahead
from nachra.answers import Answers
from nachra.asking import lookup, set_provider
from nachra.cells import CellError
from nachra.freeze import freeze_workbook
from nachra.functions import REGISTRY
from nachra.library import FolderLibrary, answers_of_folder
from nachra.texts import languages, load_toml, text

NA, VALUE, DIV0 = CellError.NA, CellError.VALUE, CellError.DIV0
RELEASES = office.REPOSITORY / "workbooks" / "releases"
#: what every estimate says of itself
LABELS = {"fr": "Estimation de nachra, non de l'Office", "en": "Estimate of nachra, not of the Office",
          "ar": "تقدير من nachra وليس من مكتب الصرف"}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def library() -> Any:
    """Answer from the sample releases."""
    set_provider(FolderLibrary(RELEASES))
    yield
    set_provider(asking.Provider())


def call(name: str, *arguments: Any) -> Any:
    return REGISTRY[f"EXPORT_{name}"].call(*arguments)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        # on the target's own basis, which is meant where none is named
        ("TARGET", (), 40.0),
        ("TARGET", ("TOTAL", 2026), 25.0),
        ("TARGET", ("TOTAL", 2030, "écart"), 40 - 17.9),
        ("TARGET", ("TOTAL", 2030, "distance"), 40 - 17.9),
        ("TARGET", ("المجموع", 2030, "الفارق"), 40 - 17.9),
        ("TARGET", ("TOTAL", 2030, "atteint"), 17.9 / 40),
        ("TARGET", ("TOTAL", 2030, "progression"), 0.0),
        ("TARGET", ("TOTAL", 2030, "projection"), 17.9 * 1.14**7),
        ("TARGET", ("TOTAL@historique", 2030, "atteint"), 17.9 / 40),
        ("REQUIRED_GROWTH", (), (40 / 17.9) ** (1 / 7) - 1),
        ("REQUIRED_GROWTH", ("TOTAL", 2026), (25 / 17.9) ** (1 / 3) - 1),
        # on others, by name only
        ("TARGET", ("TOTAL@2025", 2030, "écart"), 40 - 26.219),
        ("TARGET", ("@2025", 2030, "atteint"), 26.219 / 40),
        ("TARGET", ("TOTAL@2025", 2030, "progression"), (26.219 - 26.17) / (40 - 26.17)),
        ("REQUIRED_GROWTH", ("TOTAL@2025", 2030), (40 / 26.219) ** (1 / 6) - 1),
        ("TARGET", ("TOTAL@lien-2023",), 40 * 26.17 / 17.9),
        ("REQUIRED_GROWTH", ("TOTAL@linked-2023",), (40 * 26.17 / 17.9 / 26.219) ** (1 / 6) - 1),
        # the linked series
        ("VALUE", ("TOTAL@lien-2023", 2021), 14.7 * 26.17 / 17.9),
        ("VALUE", ("TOTAL@overlap-2023", 2024), 26.219),
        ("GROWTH", ("TOTAL@lien-2023", 2023), 0.14),
        ("GROWTH", ("TOTAL@lien-2023",), 0.002),
        ("CAGR", ("TOTAL@lien-2023", 2021, 2024), (26.219 / (14.7 * 26.17 / 17.9)) ** (1 / 3) - 1),
        ("INDEX", ("TOTAL@lien-2023", 2024, 2009), 26.219 / (5.5 * 26.17 / 17.9) * 100),
        # the year's outlook
        ("OUTLOOK", (), 13.4 * 26.219 / 12.9),
        ("OUTLOOK", ("TOTAL", 2025), 13.4 * 26.219 / 12.9),
    ],
)
def test_numbers(name: str, arguments: tuple[Any, ...], expected: float) -> None:
    assert call(name, *arguments) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "arguments", "error", "measure", "reason"),
    [
        # across the break: no number
        ("VALUE", ("TOTAL", 2021), NA, None, "crosses_break"),
        ("CAGR", ("TOTAL", 2021, 2024), NA, None, None),
        ("INDEX", ("TOTAL", 2024, 2021), NA, None, None),
        ("GROWTH", ("TOTAL", 2023), NA, "croissance", "previous_missing"),
        ("VALUE", ("TOTAL@historique", 2024), NA, None, "crosses_break"),
        ("SHARE", ("TOTAL@lien-2023", 2021), NA, "part", "linked_measure"),
        ("VALUE", ("ITO@lien-2023", 2021), VALUE, None, "unknown_series"),
        ("TARGET", (26.2,), VALUE, "cible", "unknown_series"),
        ("TARGET", ("ITO",), NA, "cible", "target_unknown"),
        ("TARGET", ("ITO@2025",), NA, "cible", "target_unknown"),
        ("TARGET", ("TOTAL", 2028), NA, "cible", "target_unknown"),
        ("TARGET", ("TOTAL", "S1 2030"), VALUE, "cible", "year_wanted"),
        ("TARGET", ("TOTAL", 2030, "croissance"), VALUE, None, None),
        ("TARGET", ("TOTAL", 2030, "perspective"), VALUE, None, None),
        ("TARGET", ("TOTAL", 2030, DIV0), DIV0, None, None),
        ("TARGET", ("TOTAL", DIV0), DIV0, None, None),
        ("TARGET", (DIV0,), DIV0, None, None),
        ("TARGET", ("TOTAL@2025", 2026, "progression"), NA, None, None),
        ("REQUIRED_GROWTH", ("FOO",), VALUE, "croissance requise", "unknown_series"),
        ("OUTLOOK", ("ITO",), NA, "perspective", "outlook_no_past"),
        ("OUTLOOK", ("TOTAL", 2024), NA, "perspective", "outlook_published"),
        ("OUTLOOK", ("TOTAL", 2031), NA, "perspective", "outlook_unknown"),
        ("OUTLOOK", ("TOTAL@historique",), NA, "perspective", "outlook_published"),
        ("OUTLOOK", ("TOTAL", "demain"), VALUE, "perspective", "unknown_period"),
        ("OUTLOOK", (13.4, 2.0), VALUE, "perspective", "unknown_series"),
    ],
)
def test_no_number_and_why(
    name: str, arguments: tuple[Any, ...], error: CellError, measure: str | None, reason: str | None
) -> None:
    assert call(name, *arguments) is error
    if reason:
        series, period = (*arguments, None)[:2]
        for language in languages():
            assert call("CHECK", series, period, measure, language) == text(f"reasons.{reason}", language)


def test_ranges_are_answered_cell_by_cell() -> None:
    years = ((2026.0,), (2030.0,), (2028.0,), (None,))
    assert call("TARGET", "TOTAL", years) == ((25.0,), (40.0,), (NA,), (NA,))
    assert call("OUTLOOK", (("TOTAL",), ("ITO",), ("FOO",))) == ((pytest.approx(27.2352403),), (NA,), (VALUE,))


# --- labels -----------------------------------------------------------------------------------------


def answers() -> Answers:
    return answers_of_folder(RELEASES)


def test_every_number_of_a_linked_series_is_called_an_estimate() -> None:
    book = answers().books["overlap-2023"]
    numbers = [one for found in book.answers.values() for one in found if one.value is not None]
    assert len(numbers) >= 20
    for one in numbers:
        assert one.origin == ESTIMATE
        assert all(label in one.remarks[language] for language, label in LABELS.items())
    levels = [key for key in book.answers if key[2] == "level"]
    for series, period, _ in levels:
        for language in languages():
            assert call("STATUS", f"{series}@lien-2023", period, language) == text("ahead.status", language)
            said = call("CHECK", f"{series}@lien-2023", period, None, language)
            assert LABELS[language] in said and re.search(r"1[,.]462", said)
            assert LABELS[language] in call("TEXT", f"{series}@lien-2023", period, language)


def test_every_number_about_years_to_come_says_its_basis() -> None:
    seen = 0
    for name, book in answers().books.items():
        for (series, period, measure), (answer, *more) in book.answers.items():
            if measure not in AHEAD or answer.value is None:
                continue
            assert not more
            is_own = name == "historic" and measure not in ("projection", "outlook")
            assert (answer.origin == ESTIMATE) is (not is_own or measure == "outlook")
            for language in languages():
                said = call("CHECK", f"{series}@{name}", period, measure, language)
                assert said == answer.remarks[language]
                assert (LABELS[language] in said) or name == "historic"
                assert re.search(r"17[,.]9", said) or measure == "outlook" or name == "overlap-2023"
            seen += 1
    assert seen >= 30


def test_the_sources_of_an_estimate_are_all_named() -> None:
    found = call("SOURCE", "TOTAL@lien-2023", 2021)
    assert found == ("historique-2009-2023.xlsx ! Publication ! E24, E26 ; annuelle-2024.xlsx ! Publication ! E12"), (
        "14.7, 17.9 and 26.17"
    )
    assert call("SOURCE", "TOTAL", 2030, "cible").startswith("https://lematin.ma/")
    assert call("SOURCE", "TOTAL@2025", 2030, "écart").endswith("E19, E20, E21, E22, E23")
    assert "semestrielle-2025-S1.xlsx ! Publication ! E18, E12" in call("SOURCE", None, 2025, "perspective")


def test_an_outlook_says_its_assumption_and_that_it_has_no_interval() -> None:
    said = call("CHECK", None, None, "perspective")
    for part in ("27,2\u00a0Mds DH en 2025", "13,4\u00a0Mds DH (S1 2025)", "2,032", "Hypothèse", "aucun intervalle"):
        assert part in said
    found = lookup(None, None, "perspective")
    assert found and (found.low, found.high) == (None, None)


def test_an_outlook_with_a_past_gives_its_interval(shared: Path) -> None:
    """On real quarters: nine months of 2025 known, five past years."""
    found = answers_of_folder(shared / "data" / "releases")
    book = found.books["hcp-2019"]
    one = book.find("EXPORTATION", "2025", "outlook")
    assert one and one.value and one.low and one.high and one.low < one.value < one.high
    assert "80" in one.remarks["fr"] and "2020" in one.remarks["fr"]
    # another publication's TOTAL has no target, and no link
    assert not [key for key in found.books["oc-ide"].answers if key[2] == "target"]
    assert "overlap-2023" not in found.books


def test_estimates_travel_as_data() -> None:
    found = answers()
    again = Answers.from_json(found.to_json())
    assert again.books["overlap-2023"].answers == found.books["overlap-2023"].answers
    assert again.aliases["lien-2023"] == "overlap-2023"


def test_without_the_historic_series_the_reason_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes((RELEASES / "annuelle-2024.xlsx").read_bytes())
    set_provider(FolderLibrary(tmp_path))
    try:
        assert call("TARGET") is NA
        assert call("CHECK", None, None, "cible") == text("reasons.target_basis_missing")
        assert call("TARGET", "TOTAL@2025") == 40.0
        assert call("VALUE", "TOTAL@lien-2023", 2021) is VALUE
    finally:
        set_provider(FolderLibrary(RELEASES))


def test_words_for_measures() -> None:
    words = load_toml("functions.toml")
    assert set(words["ahead"]) == set(AHEAD)
    published = {word for names in words["measures"].values() for word in names}
    assert not published & set(measures_ahead()), "one word, one measure"
    for language in languages():
        told = text("reasons.unknown_ahead", language)
        for measure in ("target", "target_distance", "target_attained", "target_progress", "projection"):
            assert any(word in told for word in words["ahead"][measure]), measure
    unpublished = load_toml("nomenclature.toml")["link"]["overlap-2023"]["words"]
    for language in languages():
        (proposed,) = re.findall(r"@([\w-]+\d)", text("reasons.crosses_break", language))
        assert proposed in unpublished


def test_a_frozen_estimate_keeps_its_label(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    formulas = [
        "=EXPORT_OUTLOOK()",
        '=EXPORT_VALUE("TOTAL@lien-2023",2021)',
        '=EXPORT_TARGET("TOTAL@2025",2030,"écart")',
        "=EXPORT_REQUIRED_GROWTH()",
        "=EXPORT_TARGET()",
    ]
    for row, formula in enumerate(formulas, 1):
        sheet.cell(row, 1, formula)
    book.save(tmp_path / "a.xlsx")
    done = freeze_workbook(tmp_path / "a.xlsx", tmp_path / "b.xlsx")
    assert [one.status for one in done.cells] == [text("ahead.status")] * 3 + ["définitif", ""]
    assert all(one.source for one in done.cells) and done.left == ()
