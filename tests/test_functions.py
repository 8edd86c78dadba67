"""The cell functions on numbers and ranges, on the sample releases, and what is declared about them."""

from __future__ import annotations

import datetime as dt
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import office
import pytest
import releases_made as made
import strategies  # noqa: F401  the hypothesis profile
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from nachra import asking, functions
from nachra.asking import set_provider
from nachra.cells import CellError, Rectangle
from nachra.functions import REGISTRY, CellFunction, localised
from nachra.grid import Cell, Kind, read_grid
from nachra.guard import admit
from nachra.jobs import check_release
from nachra.library import FolderLibrary
from nachra.panel import Panel
from nachra.release import Measure, Status
from nachra.reports import function_lines, function_page
from nachra.sheets import compose
from nachra.texts import languages, load_toml, text
from nachra.workbook import write_workbook

NA, VALUE, NUM, DIV0 = CellError.NA, CellError.VALUE, CellError.NUM, CellError.DIV0
RELEASES = office.REPOSITORY / "workbooks" / "releases"

#: the public contract: every function, its arguments in order
CONTRACT = {
    "EXPORT_VALUE": ["series", "period", "edition"],
    "EXPORT_GROWTH": ["series", "period", "edition"],
    "EXPORT_SHARE": ["series", "period", "edition"],
    "EXPORT_CHANGE": ["series", "period", "edition"],
    "EXPORT_CONTRIBUTION": ["series", "period", "total", "edition"],
    "EXPORT_CAGR": ["series", "from", "to", "edition"],
    "EXPORT_INDEX": ["series", "period", "base", "edition"],
    "EXPORT_SERIES": ["series", "measure", "from", "to", "edition"],
    "EXPORT_TARGET": ["series", "year", "measure"],
    "EXPORT_REQUIRED_GROWTH": ["series", "year"],
    "EXPORT_OUTLOOK": ["series", "year"],
    "EXPORT_STATUS": ["series", "period", "language", "edition"],
    "EXPORT_SOURCE": ["series", "period", "measure", "edition"],
    "EXPORT_CHECK": ["series", "period", "measure", "language", "edition"],
    "EXPORT_TEXT": ["series", "period", "language", "edition"],
    "EXPORT_VERSION": [],
}


@pytest.fixture(scope="module", autouse=True)
def library() -> Any:
    """Answer from the sample releases."""
    provider = FolderLibrary(RELEASES)
    set_provider(provider)
    yield provider
    set_provider(asking.Provider())


def call(name: str, *arguments: Any) -> Any:
    return REGISTRY[f"EXPORT_{name}"].call(*arguments)


def column(*values: Any) -> Rectangle:
    return tuple((value,) for value in values)


# --- what is declared -------------------------------------------------------------------------------


def test_the_contract() -> None:
    declared = {name: [argument.name for argument in one.arguments] for name, one in REGISTRY.items()}
    assert declared == CONTRACT
    assert all(argument.optional for one in REGISTRY.values() for argument in one.arguments)


@pytest.mark.parametrize("function", REGISTRY.values(), ids=lambda one: one.name)
def test_declaration(function: CellFunction) -> None:
    assert re.fullmatch(r"EXPORT(_[A-Z]+)+", function.name), "an address has digits, a VBA keyword no underscore"
    assert function.category in load_toml("functions.toml")["categories"]
    for help_text in (function.help, *(argument.help for argument in function.arguments)):
        assert set(help_text) == {"fr", "en", "ar"}
        for words in help_text.values():
            assert 0 < len(words) <= 255
            assert words == words.strip()
    assert function.examples
    for example in function.examples:
        assert example.startswith(f"={function.name}(")
        assert localised(example).count(";") == example.count(",")
    code = function.call.__code__
    assert code.co_argcount == len(function.arguments)
    assert len(function.call.__defaults__ or ()) == code.co_argcount, "every argument may be left out"
    assert function.call.__doc__


def test_every_reason_has_a_wording_and_none_is_unused() -> None:
    rooms = (
        "functions",
        "asking",
        "cells",
        "panel",
        "answering",
        "estimating",
        "outlook",
        "library/__init__",
        "hosts/outside",
    )
    sources = [Path(functions.__file__).parent / f"{name}.py" for name in rooms]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    for language in languages():
        worded = load_toml(f"texts/{language}.toml").get("reasons", {})
        if language == "fr":
            used = {reason for reason in worded if f'"{reason}"' in code or f"reasons.{reason}" in code}
            assert used | {"error_given"} == set(worded)
        said = re.findall(r'CellError\.\w+(?: if [^,]+)?, "(\w+)"', code)
        said += re.findall(r'(?:Answer\(None, |reason = |return )"(\w+)"', code)
        said += re.findall(r'"(\w+)" if .* else "(\w+)"', code)[0]
        assert len(said) > 15
        assert {reason for reason in said if not text(f"reasons.{reason}", language)} == set()


@pytest.mark.parametrize(("language", "between"), [("fr", " ; "), ("en", ", "), ("ar", ", ")])
def test_what_is_listed_separates_arguments_as_its_examples_do(language: str, between: str) -> None:
    opening, *lines = function_lines(REGISTRY["EXPORT_VALUE"], language)
    assert opening == f"EXPORT_VALUE({between.join(('[series]', '[period]', '[edition]'))})"
    assert f'      =EXPORT_VALUE("KPO"{between.strip()}2024)' in lines


def test_the_documentation_page_is_the_registrys() -> None:
    page = Path(__file__).parents[1] / "addin" / "FUNCTIONS.md"
    assert page.read_text(encoding="utf-8") == function_page("fr") + "\n"


# --- numbers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("GROWTH", (110, 100), 0.1),
        ("GROWTH", (110.0, 0.0), NUM),
        ("GROWTH", (110.0, -5.0), NUM),
        ("GROWTH", (110.0, None), NA),
        ("GROWTH", (110.0,), NA),
        ("GROWTH", (110.0, "a"), VALUE),
        ("GROWTH", (110.0, ""), NA),
        ("GROWTH", (110.0, True), VALUE),
        ("GROWTH", (110.0, dt.date(2024, 1, 1)), VALUE),
        ("GROWTH", (110.0, DIV0), DIV0),
        ("GROWTH", (DIV0, 110.0), DIV0),
        ("GROWTH", (1e308, 1e-308), NUM),
        ("GROWTH", (((110.0,),), ((100.0,),)), 0.1),
        ("SHARE", (10.5, 26.2), 10.5 / 26.2),
        ("SHARE", (10.5, 0.0), NUM),
        ("SHARE", (-1.0, 4.0), -0.25),
        ("CHANGE", (10.5, 12.0), -1.5),
        ("CHANGE", (10.5, -2.0), 12.5),
        ("CONTRIBUTION", (12.0, 10.0, 40.0), 5.0),
        ("CONTRIBUTION", (12.0, 10.0, 0.0), NUM),
        ("CONTRIBUTION", (12.0, 10.0), NA),
        ("CAGR", (121.0, 100.0, 2.0), 0.1),
        ("CAGR", (121.0, 100.0, 0.0), NUM),
        ("CAGR", (121.0, 0.0, 2.0), NUM),
        ("CAGR", (-1.0, 100.0, 2.0), NUM),
        ("CAGR", (1e300, 1.0, 1e-9), NUM),
        ("INDEX", (110.0, 100.0), 110.0),
        ("INDEX", (110.0, 0.0), NUM),
        # ranges
        ("GROWTH", (column(3.0, None, "x", DIV0, ""), 2.0), column(0.5, NA, VALUE, DIV0, NA)),
        ("GROWTH", (column("2024", 3.0), column("2023", 2.0)), column(VALUE, 0.5)),
        ("GROWTH", (column(3.0, 3.0, 3.0), column(2.0, None, 0.0)), column(0.5, NA, NUM)),
        ("GROWTH", (3.0, ((2.0, 1.0),)), ((0.5, 2.0),)),
        ("GROWTH", (((3.0, 4.0),), ((2.0,),)), ((0.5, 1.0),)),
        ("GROWTH", (column(3.0, 4.0), ((2.0, 1.0),)), VALUE),
        ("GROWTH", (column(3.0, 4.0), column(3.0, 4.0, 5.0)), VALUE),
        ("GROWTH", (column(True, dt.date(2024, 5, 1), 3.0), 2.0), column(VALUE, VALUE, 0.5)),
        ("SHARE", (((1.0, 2.0), (3.0, 4.0)), 4.0), ((0.25, 0.5), (0.75, 1.0))),
        ("CONTRIBUTION", (column(12.0, 3.0), column(10.0, 5.0), 40.0), column(5.0, -5.0)),
        ("CAGR", (column(121.0, 144.0), column(100.0, 100.0), 2.0), column(0.1, 0.2)),
        ("INDEX", (column(110.0, 90.0), 100.0), column(110.0, 90.0)),
        # in a range of nothing but blanks there is nothing to answer for: not the total, once a cell
        ("GROWTH", (column(None, None), column(2.0, 3.0)), column(NA, NA)),
        ("VALUE", (column("TOTAL", None), 2024), column(26.2, NA)),
        ("VALUE", ("TOTAL", column(2024, None, "")), column(26.2, NA, NA)),
    ],
)
def test_numbers_and_ranges(name: str, arguments: tuple[Any, ...], expected: Any) -> None:
    found = call(name, *arguments)
    if isinstance(expected, tuple):
        assert [len(row) for row in found] == [len(row) for row in expected]
        pairs = [pair for row in zip(found, expected, strict=True) for pair in zip(*row, strict=True)]
    else:
        pairs = [(found, expected)]
    for got, wanted in pairs:
        assert got == (pytest.approx(wanted, rel=1e-12) if isinstance(wanted, float) else wanted)


_cells = st.one_of(
    st.floats(-1e6, 1e6), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([*CellError, True, "x"])
)


@given(
    st.sampled_from(["GROWTH", "SHARE", "CHANGE", "CONTRIBUTION", "CAGR", "INDEX"]),
    st.lists(st.tuples(_cells, _cells, _cells), min_size=2, max_size=6),
)
def test_a_range_is_its_cells(name: str, rows: list[tuple[Any, Any, Any]]) -> None:
    """Each element of a range call is the scalar call on its numbers, and never a number that is none."""
    rows = [(7.0, 5.0, 2.0), *rows]  # a number first, so that the scalar calls compute too
    arguments = [column(*cells) for cells in zip(*rows, strict=True)]
    count = 2 if name in ("GROWTH", "SHARE", "CHANGE", "INDEX") else 3
    found = call(name, *arguments[:count])
    for (got,), row in zip(found, rows, strict=True):
        if isinstance(row[0], int | float) and not isinstance(row[0], bool):
            assert got == call(name, *row[:count])
        assert isinstance(got, CellError) or math.isfinite(got)


# --- the library ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        # published precision, published rate
        ("GROWTH", (), 0.035),
        ("GROWTH", ("TOTAL", "S1 2025"), 0.035),
        ("GROWTH", ("TOTAL", 2024), 0.002),
        ("GROWTH", ("ESO", 2024), 0.071),
        ("GROWTH", ("BPO", 2024), 0.17),
        ("SHARE", ("ITO", 2024), 0.403),
        ("VALUE", (), 13.4),
        ("VALUE", ("KPO", 2024), 48),
        ("VALUE", ("TOTAL", 2023), 26.17),
        ("VALUE", ("ITO", "S1 2025"), 5.25),
        ("CHANGE", ("TOTAL", "S1 2025"), 0.5),
        ("CHANGE", ("KPO", 2024), -0.03),
        ("STATUS", ("CRM", 2024), "provisoire"),
        ("STATUS", ("CRM", "S1 2024"), "non publié"),
        # computed on the most precise levels: the total of 2024 is the sum of its parts, 26 219 MDH
        ("CHANGE", ("TOTAL", 2024), 0.049),
        # but the total contributes the growth that is quoted for it
        ("CONTRIBUTION", ("TOTAL", 2024), 0.2),
        ("CAGR", ("TOTAL", 2023, 2024), 26.219 / 26.17 - 1),
        ("INDEX", ("TOTAL", 2024, 2023), 26.219 / 26.17 * 100),
        # levels in two units
        ("CAGR", ("ESO", 2023, 2024), 3.462 / 3.2 - 1),
        # the historic series, never joined to the new one
        ("VALUE", ("TOTAL@historique", 2023), 17.9),
        ("GROWTH", ("TOTAL@historic", 2023), 0.14),
        ("GROWTH", ("@historique", 2023), 0.14),
        ("GROWTH", ("TOTAL@historique", 2024), NA),
        ("VALUE", ("TOTAL", 2021), NA),
        ("CAGR", ("TOTAL", 2021, 2024), NA),
        ("CAGR", ("TOTAL@historique", 2009, 2023), (17.9 / 5.5) ** (1 / 14) - 1),
        ("CAGR", ("TOTAL@historique",), (17.9 / 5.5) ** (1 / 14) - 1),
        ("INDEX", ("TOTAL@historique", 2023, 2009), 17.9 / 5.5 * 100),
        # not published, bad argument, undefined
        ("VALUE", ("TOTAL", 2030), NA),
        ("VALUE", ("CRM", "S1 2024"), NA),
        ("GROWTH", ("CRM", "S1 2025"), NA),
        ("GROWTH", ("CRM", 2024), NA),
        ("SHARE", ("ITO", "S1 2024"), NA),
        ("CONTRIBUTION", ("CRM", 2024), NA),
        ("VALUE", ("FOO", 2024), VALUE),
        ("VALUE", (5.0, 2024), VALUE),
        ("VALUE", (True,), VALUE),
        ("VALUE", ("TOTAL", "demain"), VALUE),
        ("VALUE", ("TOTAL", 5), VALUE),
        ("VALUE", ("TOTAL@chinoise", 2024), VALUE),
        ("VALUE", ("TOTAL", DIV0), DIV0),
        ("VALUE", (DIV0, 2024), DIV0),
        ("VALUE", ("TOTAL", 2024, DIV0), DIV0),
        ("CAGR", ("TOTAL", 2023, "S1 2025"), VALUE),
        ("CAGR", ("TOTAL", 2024, 2024), NUM),
        ("CAGR", ("TOTAL", 2024, 2023), NUM),
        # the cell that says so
        ("SOURCE", ("CRM", "S1 2024"), "semestrielle-2025-S1.xlsx ! Publication ! E14"),
        ("SOURCE", ("CRM", "S1 2024", "croissance"), NA),
        ("SOURCE", ("TOTAL", 2024, "poids"), VALUE),
        ("SOURCE", ("TOTAL", 2024, DIV0), DIV0),
        ("TEXT", ("CRM", "S1 2024"), NA),
        ("TEXT", ("TOTAL", 2024, "de"), VALUE),
        ("TEXT", ("TOTAL", 2024, DIV0), DIV0),
        ("STATUS", ("TOTAL", 2024, 5.0), VALUE),
        ("SERIES", ("FOO",), VALUE),
        ("SERIES", ("TOTAL", "poids"), VALUE),
        ("SERIES", ("TOTAL", None, "hier"), VALUE),
        ("SERIES", ("TOTAL", None, DIV0), DIV0),
        ("SERIES", ("TOTAL", DIV0), DIV0),
        ("SERIES", ("TOTAL", None, 2030), NA),
        # editions
        ("VALUE", ("TOTAL", 2024, "2025-10"), 26.2),
        ("VALUE", ("TOTAL", 2024, "octobre 2025"), 26.2),
        ("VALUE", ("TOTAL", 2024, 2025), 26.2),
        ("VALUE", ("TOTAL", 2024, dt.date(2025, 10, 24)), 26.2),
        ("VALUE", ("TOTAL", 2024, "2025-10-24"), 26.2),
        ("VALUE", ("TOTAL", 2024, 45954.0), 26.2),
        ("VALUE", ("TOTAL", 2024, "2025-09"), NA),
        ("VALUE", ("TOTAL", 2024, 2024), NA),
        ("VALUE", ("TOTAL", 2024, "aaaa-bb-cc"), VALUE),
        ("VALUE", ("TOTAL", 2024, "S1 2025"), VALUE),
        # ranges
        ("GROWTH", (column("TOTAL", "ESO", "CRM", "FOO"), 2024), column(0.002, 0.071, NA, VALUE)),
        ("GROWTH", ("TOTAL", ((2024, "S1 2025", DIV0),)), ((0.002, 0.035, DIV0),)),
        ("VALUE", (column("ITO", "CRM"), ((2024, 2023),)), VALUE),
        ("STATUS", (column("ITO", "CRM"), 2024), column("provisoire", "provisoire")),
    ],
)
def test_library(name: str, arguments: tuple[Any, ...], expected: Any) -> None:
    found = call(name, *arguments)
    computed = name in ("CAGR", "INDEX") and isinstance(expected, float)
    # what was published is given to the digit
    assert found == (pytest.approx(expected, rel=1e-12) if computed else expected)


@pytest.mark.parametrize(
    "period",
    [
        "S1 2025", "1er semestre 2025", "premier semestre 2025", "H1 2025", "2025-S1", "2025S1", "s1/2025",
        "first half of 2025", "النصف الأول 2025", "النصف الأول من سنة 2025", "النصف الأول ٢٠٢٥",
    ],
)  # fmt: skip
def test_half_years(period: str) -> None:
    assert call("GROWTH", "TOTAL", period) == 0.035


@pytest.mark.parametrize("period", [2024, 2024.0, "2024", " année 2024 ", "سنة 2024", "year 2024", "٢٠٢٤"])
def test_years(period: Any) -> None:
    assert call("VALUE", "TOTAL", period) == 26.2


@pytest.mark.parametrize("period", [dt.date(2025, 5, 1), dt.datetime(2025, 5, 31), 45778.0, "mai 2025", "2025-05"])
def test_a_date_is_its_month(period: Any) -> None:
    assert asking.period_of(period) == asking.period_of("2025-05")
    assert call("VALUE", "TOTAL", period) is NA
    assert call("CHECK", "TOTAL", period) == text("reasons.period_unknown")


@pytest.mark.parametrize(
    "series",
    [
        "ITO", "ito", " ITO ", "Externalisation des technologies de l'information", "TECHNOLOGIES DE L'INFORMATION",
        "Information Technology Outsourcing", "خدمات تكنولوجيا المعلومات", "ITO@2025",
    ],
)  # fmt: skip
def test_series_names(series: str) -> None:
    assert call("VALUE", series, 2024) == 10578


@pytest.mark.parametrize("series", [None, "", "TOTAL", "Total", "المجموع", "Total exports of digital services"])
def test_total_names(series: str | None) -> None:
    assert call("VALUE", series, 2024) == 26.2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("TOTAL", 2030), "period_unknown"),
        (("TOTAL", "demain"), "unknown_period"),
        (("FOO",), "unknown_series"),
        (("TOTAL@chinoise",), "unknown_methodology"),
        (("TOTAL", 2024, "poids"), "unknown_measure"),
        (("CRM", "S1 2024"), "not_published"),
        (("CRM", 2024, "croissance"), "previous_missing"),
        (("CRM", "S1 2024", "croissance"), "level_missing"),
        (("CRM", 2024, "contribution"), "previous_missing"),
        (("ITO", "S1 2024", "part"), "share_none"),
        ((DIV0,), "error_given"),
        (("TOTAL@historique", 2009), "fine"),
        ((110.0, 100.0), "fine"),
        ((110.0, 0.0), "base_not_positive"),
        ((110.0, None), "blank"),
        ((110.0, "x"), "not_a_number"),
        ((110.0, DIV0), "error_given"),
    ],
)
def test_reasons(arguments: tuple[Any, ...], reason: str) -> None:
    for language in languages():
        padded = (*arguments, *[None] * (3 - len(arguments)))
        assert call("CHECK", *padded, language) == text(f"reasons.{reason}", language)


def test_check_of_ranges_and_rates() -> None:
    found = call("CHECK", column("TOTAL", None, "FOO"), 2024)
    assert [row[0] for row in found][1:] == [text("reasons.blank"), text("reasons.unknown_series")]
    assert "3,1" in call("CHECK", "TOTAL", "S1 2025", "croissance")
    assert "17 %" in call("CHECK", "BPO", 2024, "croissance")
    assert call("CHECK", "TOTAL", 2024, None, "de") is VALUE
    for language in languages():
        said = call("CHECK", column(3.0, 4.0), column(1.0, 2.0, 3.0), None, language)
        assert said == text("reasons.shapes_differ", language)
    assert call("CHECK", column(3.0, 4.0), column(1.0, 2.0, 3.0), None, "de") is VALUE
    assert call("CHECK", column(2.0, "x"), 1.0) == column(text("reasons.fine"), text("reasons.not_a_number"))


def test_a_refused_rate_is_computed_and_said() -> None:
    """2015 on 2014: no rate is published, two sources conflict, the checks say so."""
    found = call("CHECK", "TOTAL@historique", 2015)
    assert "7,54" in found or "8" in found


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("measure", ["level", "growth", "share", "change", "contribution"])
def test_measures_are_understood_in_every_language(language: str, measure: str) -> None:
    for word in load_toml("functions.toml")["measures"][measure]:
        assert call("CHECK", "CRM", 2024, word, language) == call("CHECK", "CRM", 2024, measure, language)


def test_series_table() -> None:
    assert call("SERIES", "TOTAL") == (("2023", 26.17), ("2024-S1", 12.9), ("2024", 26.2), ("2025-S1", 13.4))
    assert call("SERIES") == call("SERIES", "TOTAL")
    assert call("SERIES", "TOTAL", None, 2024, 2024) == (("2024-S1", 12.9), ("2024", 26.2))
    assert call("SERIES", "TOTAL", "croissance", "S1 2025") == (("2025-S1", 0.035),)
    assert call("SERIES", "CRM", "growth") == tuple((one, NA) for one, _ in call("SERIES", "CRM"))
    assert call("SERIES", "TOTAL@historique", "croissance", 2021) == (
        ("2021", pytest.approx(14.7 / 13 - 1)),
        ("2022", NA),
        ("2023", 0.14),
    )
    periods = [row[0] for row in call("SERIES", "TOTAL@historique")]
    assert periods == [str(year) for year in range(2009, 2024)]


def test_every_value_is_in_its_source_cell() -> None:
    """EXPORT_SOURCE names the file, the sheet and the cell that hold that very value."""
    seen = 0
    for series in ("TOTAL", "ITO", "CRM", "ESO", "BPO", "KPO", "TOTAL@historique"):
        for period, value in call("SERIES", series):
            for measure, scale in (("valeur", 1), ("croissance", 100), ("part", 100)):
                shown = call({"valeur": "VALUE", "croissance": "GROWTH", "part": "SHARE"}[measure], series, period)
                source = call("SOURCE", series, period, measure)
                if isinstance(shown, CellError) and source is NA:
                    continue
                file, sheet, cells = source.split(" ! ")
                book = load_workbook(RELEASES / file)[sheet]
                if measure == "valeur":
                    assert book[cells].value == (None if shown is NA else shown)
                    assert shown == value
                    seen += 1
                elif cells[0] in "HI":  # the columns of published shares and growths
                    assert book[cells].value == pytest.approx(shown * scale, rel=1e-12)
                    seen += 1
                else:
                    assert all(isinstance(book[cell].value, int | float) for cell in cells.split(", "))
    assert seen >= 35


def test_a_computed_rate_names_all_it_is_computed_from() -> None:
    # the change of 2024 is computed on the sum of the five parts, not on the 26.2 that is printed
    file, sheet, cells = call("SOURCE", "TOTAL", 2024, "variation").split(" ! ")
    book = load_workbook(RELEASES / file)[sheet]
    *parts, before = [book[cell].value for cell in cells.split(", ")]
    assert (sum(parts), before) == (26219, 26.17)


@pytest.mark.parametrize("language", languages())
def test_sentences(language: str) -> None:
    found = call("TEXT", "TOTAL", "S1 2025", language)
    assert "13,4" in found or "13.4" in found
    assert found.rstrip().endswith((".", ")"))
    if language == "fr":
        assert found == call("TEXT", "TOTAL", "S1 2025")
        assert "3,5\u00a0%" in found


# --- a release sheet given as a range --------------------------------------------------------------


def _range(path: Path) -> Rectangle:
    sheet = load_workbook(path)["Publication"]
    return tuple(tuple(cell.value for cell in row) for row in sheet.iter_rows())


def test_a_release_sheet_as_edition() -> None:
    cells = _range(RELEASES / "annuelle-2024.xlsx")
    assert call("VALUE", "KPO", 2024, cells) == 48
    assert call("VALUE", "TOTAL", None, cells) == 26.2
    assert call("VALUE", "TOTAL", "S1 2025", cells) is NA
    changed = tuple(tuple(49.0 if value == 48 else value for value in row) for row in cells)
    assert call("VALUE", "KPO", 2024, changed) == 49
    assert call("VALUE", column("KPO", "ITO"), 2024, cells) == column(48, 10578)
    assert call("VALUE", "KPO", 2024, ((1.0, 2.0), (3.0, "x"))) is VALUE


@pytest.mark.parametrize("language", languages())
def test_what_a_release_sheet_lacks_is_said_of_the_range(language: str) -> None:
    cells = _range(RELEASES / "annuelle-2024.xlsx")
    said = call("CHECK", "TOTAL", "S1 2025", None, language, cells)
    assert said == text("reasons.range_without_period", language)
    assert call("CHECK", "KPO", 2024, None, language, cells) == text("reasons.fine", language)
    assert call("SOURCE", "KPO", 2024, None, cells).startswith("plage donnée comme édition : E")


def test_a_total_beside_a_series_is_no_edition() -> None:
    """The third argument is the edition in other functions: passed over, it would give another edition's figure."""
    assert call("CONTRIBUTION", "ESO", 2024, "2025-10") is VALUE
    assert call("CONTRIBUTION", "ESO", 2024, ((None,),), "2025-10") == call("CONTRIBUTION", "ESO", 2024)
    assert call("CONTRIBUTION", 3.0, 2.0, 10.0) == pytest.approx(10)


def test_a_range_of_every_kind_of_cell_is_no_release() -> None:
    cells = ((CellError.REF, True, dt.datetime(2024, 1, 1)), (None, "", 5.0))
    assert call("VALUE", "KPO", 2024, cells) is VALUE


# --- the same figures as the briefing ----------------------------------------------------------------


def _number(cell: Cell | None) -> float | None:
    return cell.value if cell and cell.kind is Kind.NUMBER else None


@pytest.mark.parametrize("path", sorted(RELEASES.glob("*.xlsx")), ids=lambda path: path.stem)
def test_functions_agree_with_the_briefing(path: Path, tmp_path: Path) -> None:
    """Level, change, growth, share and contribution in the briefing's key figures are those of the functions."""
    reading, findings = check_release(path)
    release = reading.release
    written = tmp_path / "briefing.xlsx"
    written.write_bytes(write_workbook(compose(release, findings)))
    sheet = read_grid(admit(written)).sheet("Chiffres clés")
    head = text("briefing.col_series_name")
    row, first = min(place for place, cell in sheet.cells.items() if cell.text == head)
    titles = {sheet.cells[row, column].text: column for column in range(first, sheet.last_column + 1)
              if (row, column) in sheet.cells}  # fmt: skip
    panel = Panel(release)
    assert panel.headline and panel.unit
    period = str(panel.headline)
    suffix = "@historique" if release.methodology == "historic" else ""
    measures = {
        "GROWTH": text("briefing.col_growth"),
        "SHARE": text("briefing.col_share"),
        "CONTRIBUTION": text("briefing.col_contribution"),
        "CHANGE": text("briefing.col_change", unit=panel.unit.label()),
    }
    compared = 0
    for offset in range(1, len(release.series) + 1):
        label = sheet.cells[row + offset, first].text
        code = next(one.code for one in release.series if label.startswith(one.name()))
        for name, title in measures.items():
            if title not in titles:
                continue
            shown = _number(sheet.get(row + offset, titles[title]))
            found = call(name, f"{code}{suffix}", period)
            if shown is None:
                # where no part has a contribution, the briefing leaves out the total's, which is its growth
                assert found is NA or (name == "CONTRIBUTION" and code == "TOTAL"), (code, name)
            else:
                assert found == pytest.approx(shown, rel=1e-9, abs=1e-12), (code, name)
                compared += 1
        level = release.get(code, panel.headline, Measure.LEVEL)
        if level and level.figure:
            assert call("VALUE", f"{code}{suffix}", period) == float(level.figure.value)
    assert compared >= (2 if len(release.series) > 1 else 1)


# --- cost -------------------------------------------------------------------------------------------


def test_calls_import_no_heavy_library() -> None:
    """Loading answers and calling functions needs neither pandas nor a spreadsheet library."""
    program = """
import sys
from nachra import asking, functions
from nachra.answers import Answers, empty
class Fixed(asking.Provider):
    found = Answers.from_json(empty().to_json())
    def answers(self):
        return self.found
asking.set_provider(Fixed())
print(functions.export_growth(110.0, 100.0), functions.export_growth("TOTAL", 2024))
print(sorted(set(sys.modules) & {"pandas", "numpy", "openpyxl", "xlsxwriter", "python_calamine", "pydantic", "babel"}))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["0.10000000000000009 CellError.NA", "[]"]


# --- as it was known, and across a break ----------------------------------------------------------------


def rows(status: Status, **levels: str) -> list[made.Row]:
    return [made.Row(year[1:], "TOTAL", value, "Mds DH", status) for year, value in levels.items()]


@pytest.fixture
def two_editions(tmp_path: Path, library: FolderLibrary) -> Any:
    """Answer from a first edition, and from a second that revises 2024 and adds 2025."""
    first = made.official(rows(Status.PROVISIONAL, y2022="18.0", y2023="20.0", y2024="22.0"), edition="2025-10")
    second = made.official(rows(Status.REVISED, y2023="20.0", y2024="23.0", y2025="24.0"), edition="2026-10")
    for number, book in enumerate((first, second)):
        (tmp_path / f"{number}.xlsx").write_bytes(made.saved(book))
    set_provider(FolderLibrary(tmp_path))
    yield
    set_provider(library)


@pytest.mark.parametrize(
    ("name", "arguments", "old", "new"),
    [
        ("VALUE", ("TOTAL", 2024), 22.0, 23.0),
        ("CAGR", ("TOTAL", 2022, 2024), (22 / 18) ** 0.5 - 1, (23 / 18) ** 0.5 - 1),
        ("CAGR", ("TOTAL", None, None), (22 / 18) ** 0.5 - 1, (24 / 18) ** (1 / 3) - 1),
        ("INDEX", ("TOTAL", 2024, 2023), 110.0, 115.0),
        (
            "SERIES",
            ("TOTAL", None, 2023, None),
            (("2023", 20.0), ("2024", 22.0)),
            (("2023", 20.0), ("2024", 23.0), ("2025", 24.0)),
        ),
        ("STATUS", ("TOTAL", 2024, "en"), "provisional", "revised"),
        ("SOURCE", ("TOTAL", 2024, None), "0.xlsx ! Publication ! E14", "1.xlsx ! Publication ! E13"),
    ],
)
def test_every_answer_as_it_was_known(
    two_editions: None, name: str, arguments: tuple[Any, ...], old: Any, new: Any
) -> None:
    def near(expected: Any) -> Any:
        return pytest.approx(expected) if isinstance(expected, float) else expected

    assert call(name, *arguments, "2025-10") == near(old)
    assert call(name, *arguments) == call(name, *arguments, "2026-10") == near(new)
    assert call(name, *arguments, "octobre") == VALUE, "no edition is guessed"


def test_sentences_and_reasons_as_they_were_known(two_editions: None) -> None:
    assert "22" in call("TEXT", "TOTAL", 2024, "en", "2025-10") and "23" in call("TEXT", "TOTAL", 2024, "en")
    assert call("CHECK", "TOTAL", 2025, None, "en", "2025-10") == text("reasons.edition_earlier", "en")
    assert call("CHECK", "TOTAL", 2025, None, "en") == text("reasons.fine", "en")


def test_no_rate_over_a_break_inside_a_methodology(tmp_path: Path, library: FolderLibrary) -> None:
    before, after = rows(Status.FINAL, y2021="10.0", y2022="11.0"), rows(Status.FINAL, y2024="22.0")
    book = made.official([*before, *rows(Status.BREAK, y2023="20.0"), *after])
    (tmp_path / "one.xlsx").write_bytes(made.saved(book))
    set_provider(FolderLibrary(tmp_path))
    try:
        assert call("CAGR", "TOTAL", 2023, 2024) == pytest.approx(0.1), "both are of the new series"
        assert call("INDEX", "TOTAL", 2022, 2021) == pytest.approx(110), "both are of the old one"
        for name, arguments in (
            ("CAGR", ("TOTAL", 2021, 2024)),
            ("CAGR", ("TOTAL",)),
            ("CAGR", ("TOTAL", 2022, 2023)),
            ("INDEX", ("TOTAL", 2024, 2022)),
            ("INDEX", ("TOTAL", 2021, 2024)),
            ("GROWTH", ("TOTAL", 2023)),
        ):
            assert call(name, *arguments) == NA, (name, arguments)
    finally:
        set_provider(library)
