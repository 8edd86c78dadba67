"""Checks: each finding is triggered by what it is about, and by nothing near it."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import releases_made as made
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.workbook.defined_name import DefinedName

from nachra import formats
from nachra.checks import RULES, check
from nachra.figures import round_half_up
from nachra.findings import CATALOGUE, OVER_EDITIONS, Finding, Severity, count_by_severity, finding
from nachra.grid import Cell, Disagreement, Grid, Kind
from nachra.reading import Reading, read_release
from nachra.release import Status
from nachra.texts import languages, load_toml

Made = Workbook | bytes | Grid


# --- one workbook a finding -----------------------------------------------------------------------


def cells(**changes: Any) -> Callable[[], Workbook]:
    """The small table with some cells changed."""
    return lambda: made.with_cells(changes)


def headed(*periods: Any) -> Callable[[], Workbook]:
    """A table of the same figure in every cell but the total, under these periods."""

    def make() -> Workbook:
        columns = "BCDEFGHI"[: len(periods)]
        heads = {f"{column}4": period for column, period in zip(columns, periods, strict=True)}
        values = {f"{column}{row}": value for column in columns for row, value in ((5, 20), (6, 10), (7, 10))}
        unused = {f"{column}{row}": None for column in "BCD" if column not in columns for row in range(4, 8)}
        return made.with_cells({**heads, **values, **unused})

    return make


def formulas(**by_cell: str) -> Callable[[], Grid]:
    """The small table with formulas beside the values of some cells."""
    return lambda: made.computed(made.grid(made.table()), by_cell)


def edited(change: Callable[[Any], object]) -> Callable[[], Workbook]:
    """The small table after a change to its sheet."""

    def make() -> Workbook:
        book = made.table()
        change(book["Tableau"])
        return book

    return make


def official(code: str, period: str, **values: Any) -> Callable[[], Workbook]:
    """The official template with one row changed, columns named by their first word."""

    def make() -> Workbook:
        book = made.official()
        for header in ("Valeur", "Unité", "Statut", "Part (%)", "Variation (%)", "Autre valeur publiée"):
            name = header.split()[0]
            if name in values:
                made.place(book, code, period, header).value = values[name]
        return book

    return make


def other_level(value: str, other: str) -> Callable[[], Workbook]:
    return lambda: made.official([made.Row("2024", "TOTAL", value, "Mds DH", Status.FINAL, other=other)])


def named(target: str) -> Callable[[], Workbook]:
    def make() -> Workbook:
        book = made.table()
        book.defined_names["ancien"] = DefinedName("ancien", attr_text=target)
        return book

    return make


def other_sheet(value: Any, state: str = "visible") -> Callable[[], Workbook]:
    def make() -> Workbook:
        book = made.table()
        sheet = book.create_sheet("Autre")
        sheet["A1"], sheet.sheet_state = value, state
        return book

    return make


def hidden_sheet() -> Workbook:
    book = made.table()
    book.create_sheet("Autre")
    book["Tableau"].sheet_state = "hidden"
    return book


def disagreeing(address: str) -> Callable[[], Grid]:
    def make() -> Grid:
        grid = made.grid(made.table())
        grid.disagreements.append(Disagreement("Tableau", address, "60", "61"))
        return grid

    return make


def silent_unit(declared: str, stated: str | None) -> Callable[[], Reading]:
    profile = made.PROFILE.replace("[recognise]", f'unit = "{declared}"\n[recognise]')
    return lambda: made.read(made.with_cells({"D2": stated}), made.layout(profile))


def edition(value: str) -> Callable[[], Workbook]:
    return lambda: made.official(edition=value)


def methodology(value: str) -> Callable[[], Workbook]:
    return lambda: made.official(methodology=value)


def related(kind: str, target: str, mode: str = "External") -> Callable[[], bytes]:
    """A relationship of some part to a target."""
    link = f'<Relationship Id="rId1" Type="x/{kind}" TargetMode="{mode}" Target="{target}"/>'
    return lambda: made.with_part(
        made.table(), "xl/x/_rels/x.xml.rels", f"<Relationships>{link}</Relationships>".encode()
    )


def part(xml: str) -> Callable[[], bytes]:
    return lambda: made.with_part(made.table(), "xl/x.xml", xml.encode())


AMONG_FIGURES = lambda sheet: sheet.merge_cells("B6:C6")  # noqa: E731
ABOVE_FIGURES = lambda sheet: sheet.merge_cells("A1:D1")  # noqa: E731
GROUPED, SCALED = "#,##0.0", "#,##0,"


def calm(last: float) -> Callable[[], Workbook]:
    """Nine years that grow by about a tenth, then one more."""

    def make() -> Workbook:
        book = made.table(figures={})
        values = [100 * 1.1**year + year % 3 for year in range(9)]
        for column, value in enumerate([*values, values[-1] * last], 2):
            for row, shown in ((4, 2013 + column), (5, round(2 * value)), (6, round(value)), (7, round(value))):
                book["Tableau"].cell(row, column, shown)
        for row, label in ((5, "Total"), (6, "Industrie"), (7, "Services")):
            book["Tableau"].cell(row, 1, label)
        return book

    return make


#: code → (what triggers it, the cells it must name, what comes near and must not trigger it)
CASES: dict[str, tuple[Callable[[], Made | Reading], tuple[str, ...], Callable[[], Made | Reading]]] = {
    "readers-disagree": (disagreeing("B6"), ("B6",), disagreeing("B4")),
    "readers-disagree-outside": (disagreeing("A1"), ("A1",), disagreeing("B6")),
    "external-link": (
        related("externalLinkPath", "file:///Z:/positions.xls"),
        (),
        related("hyperlink", "https://www.oc.gov.ma/"),
    ),
    "broken-name": (named("#REF!"), (), named("Tableau!$B$5")),
    "macros": (lambda: made.with_part(made.table(), "xl/vbaProject.bin", b"\xd0\xcf"), (), made.table),
    "dde-link": (part('<x><ddeLink ddeService="cmd" ddeTopic="/c calc"/></x>'), (), part("<x><ddeItems/></x>")),
    "web-image": (related("image", "https://example.invalid/x"), (), related("image", "x.png", "Internal")),
    "data-connection": (part('<x><connection name="Base"/></x>'), (), part("<connections/>")),
    "outside-formula": (
        formulas(B6='=WEBSERVICE("https://example.invalid/")', C6="=cmd|'/c calc'!A0", D6="=40"),
        ("B6", "C6"),
        formulas(B6='=SUM(B5,"IMAGE(1)|x")', C6="='a|b'!A1"),
    ),
    "embedded-object": (related("oleObject", "x.bin", "Internal"), (), related("image", "x.png", "Internal")),
    "hidden-figures": (
        edited(lambda sheet: setattr(sheet.row_dimensions[6], "hidden", True)),
        ("B6", "C6", "D6"),
        edited(lambda sheet: setattr(sheet.row_dimensions[2], "hidden", True)),
    ),
    "merged-data": (edited(AMONG_FIGURES), ("B6", "C6"), edited(ABOVE_FIGURES)),
    "unread-number": (cells(H20=5), ("H20",), cells(H20="cinq", H21="5 communes", C2=2025)),
    "unread-sheet": (other_sheet(5), (), other_sheet("cinq")),
    "error-cell": (cells(B6="#N/A"), ("B6",), cells(B6="n.d.")),
    "uncached-formula": (cells(B6="=B5-B7"), ("B6",), formulas(B6="=B5-40")),
    "not-a-number": (cells(B6="soixante"), ("B6",), cells(B6="..")),
    "number-as-text": (cells(B6="60"), ("B6",), made.table),
    "ambiguous-number": (cells(B6="1,234"), ("B6",), cells(B6="1,23")),
    "unit-missing": (cells(D2=None), ("A4",), made.table),
    "unit-from-layout": (silent_unit("MAD_mn", None), (), silent_unit("MAD_mn", "MDH")),
    "unit-contradicted": (cells(A2="Mds DH"), ("A2", "D2"), cells(A2="MDH")),
    "display-scaled": (
        edited(lambda sheet: setattr(sheet["B6"], "number_format", SCALED)),
        ("B6",),
        edited(lambda sheet: setattr(sheet["B6"], "number_format", GROUPED)),
    ),
    "status-missing": (official("ITO", "2023", Statut=None), ("G*",), official("ITO", "2023", Statut="révisé")),
    "status-unknown": (official("ITO", "2023", Statut="sûr"), ("G*",), official("ITO", "2023", Statut="Estimé")),
    "status-contradicted": (
        official("ITO", "2023", Statut="non publié"),
        ("E*",),
        official("TOTAL", "2024", Statut="non publié", Valeur=None),
    ),
    "edition-missing": (edition(""), (), edition("2025")),
    "methodology-unknown": (methodology("Série 2026"), ("C*",), methodology("historique")),
    "unexplained-marker": (cells(A9=None), ("D5",), cells(A9="* Hors zones franches")),
    "unknown-series": (cells(A6="Mines"), ("A6",), cells(A8="Mines")),
    "missing-label": (cells(A6=None), ("B6",), cells(A6=None, B6=None, C6=None, D6=None)),
    "missing-series": (cells(A7=None, B7=None, C7=None, D7=None), (), cells(B7="n.d.", C7="n.d.", D7="n.d.")),
    "no-breakdown": (cells(**{f"{c}{r}": None for c in "ABCD" for r in (6, 7)}), (), made.table),
    "unknown-period": (cells(D4="Prochain"), ("D4",), cells(E4="Observations", E6="hors mines")),
    "missing-period": (headed(2021, 2022, 2024), (), headed("S1 2022", "S1 2023", "S1 2024")),
    "duplicate-series": (cells(A7="Industrie"), ("A6", "A7"), made.table),
    "duplicate-period": (cells(C4=2022), ("B4", "C4"), cells(C4="S1 2022")),
    "duplicate-observation": (
        lambda: made.official([*made.complete(), made.complete()[1]]),
        ("E*", "E*"),
        made.official,
    ),
    "unexplained-blank": (cells(B6=None), ("B6",), cells(B6="n.d.")),
    "not-published": (cells(B6="n.d."), ("B6",), cells(B6=None)),
    "partial-year": (
        headed(2023, 2024, "Janv-Sept 2025"),
        ("D5", "D6", "D7"),
        headed("S1 2023", "S1 2024", "Janv-Sept 2025"),
    ),
    "not-positive": (cells(B6=-60), ("B6",), cells(B6=0)),
    "zero": (cells(B6=0), ("B6",), cells(B6=0.1)),
    # 60 ± ½ and 40 ± ½ make 99 to 101, which 101 ± ½ still meets and 102 ± ½ does not
    "total-mismatch": (cells(B5=102), ("B5", "B6", "B7"), cells(B5=101)),
    "total-exceeded": (cells(B5=50, B7="n.d."), ("B5", "B6"), cells(B5=60, B7="n.d.")),
    "total-unchecked": (cells(B7="n.d."), (), cells(B5="n.d.", B6="n.d.", B7="n.d.")),
    "total-formula": (formulas(B5="=SUM(B6:B7)", C5="=$C$6+C$7"), ("B5", "C5"), formulas(B5="=B6+40")),
    "plug-row": (formulas(B7="=B5-SUM(B6:B6)", C7="=$C$5-C6"), ("B7", "C7"), formulas(B7="=Feuil2!B5-B6", C7="=D5-D6")),
    # the shares make 99.9; five roundings allow a quarter of a point
    "shares-sum": (official("ITO", "2024", Part=41.3), ("H*",) * 5, official("ITO", "2024", Part=41.2)),
    # 9 000 ± ½ MDH of 22.0 ± 0.05 bn is 40.81 to 41.00 %
    "share-mismatch": (official("ITO", "2024", Part=40.7), ("H*", "E*", "E*"), official("ITO", "2024", Part=41.0)),
    # 22.0 on 20.0, both ± 0.05, is 9.48 to 10.53 %
    "growth-mismatch": (
        official("TOTAL", "2024", Variation=9.4),
        ("I*", "E*", "E*"),
        official("TOTAL", "2024", Variation=10.5),
    ),
    # the parts make 22 000 ± 2.5 MDH, of which 9 000 is 40.90 to 40.92 %: 41.0 needs a total that they do not make
    "claim-unlike-parts": (official("ITO", "2024", Part=41.0), ("H*", *("E*",) * 5), made.official),
    "claim-unchecked": (official("TOTAL", "2023", Variation=9.4), ("I*",), made.official),
    "conflicting-level": (other_level("14", "13"), ("E*", "J*"), other_level("14", "13.9")),
    "rounder-level": (other_level("7.54", "8"), ("E*", "J*"), other_level("7.4", "8")),
    # each figure of these is 20 ± ½ for the total: two halves make 39 to 41
    "subperiods-mismatch": (headed(2024, "S1 2024", "S2 2024"), ("B5", "C5", "D5"), headed(2024, "S1 2024", "S2 2023")),
    "implausible-jump": (calm(2.4), ("J5", "K5"), calm(1.9)),
}


def read(make: Callable[[], Made | Reading]) -> Reading:
    one = make()
    return one if isinstance(one, Reading) else made.read(one)


@cache
def triggered(code: str) -> Reading:
    return read(CASES[code][0])


def test_every_finding_has_its_case() -> None:
    assert list(CASES) == list(CATALOGUE)


@pytest.mark.parametrize("code", CATALOGUE)
def test_trigger(code: str) -> None:
    reading = triggered(code)
    found = [one for one in check(reading) if one.code == code]
    assert found, made.codes(check(reading))
    level, severity = CATALOGUE[code]
    assert {(one.level, one.severity) for one in found} == {(level, severity)}
    # the official template's rows may move: there, the column is what counts
    named = (
        tuple(re.sub(r"\d+", "*", cell) for cell in found[0].cells) if "*" in str(CASES[code][1]) else found[0].cells
    )
    assert named == CASES[code][1]
    if named:
        assert found[0].sheet == reading.table.title


@pytest.mark.parametrize("code", CATALOGUE)
def test_near_miss(code: str) -> None:
    assert made.found(read(CASES[code][2]), code) == []


@pytest.mark.parametrize("make", [made.table, made.official], ids=["table", "official"])
def test_nothing_to_find(make: Callable[[], Workbook]) -> None:
    assert check(made.read(make())) == ()


# --- wordings -------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CATALOGUE)
def test_wording_is_filled_in(code: str) -> None:
    found = made.found(triggered(code), code)
    for language in languages():
        entry = load_toml(f"texts/{language}.toml")["findings"].get(code, "")
        assert entry or language != "fr"
        template = "".join(entry.values()) if isinstance(entry, dict) else entry
        for one in found:
            message = one.message(language)
            assert {name for _, name, _, _ in Formatter().parse(template) if name} <= set(one.params)
            assert not re.search(r"[{}]|Decimal|Period\(|None|  ", message), message
            assert message[0] == message[0].upper() and message[-1] in ".?؟", message


def test_no_wording_lacks_or_is_left_over() -> None:
    texts = load_toml("texts/fr.toml")
    assert set(texts["findings"]) == set(CATALOGUE) | set(OVER_EDITIONS)
    assert set(texts["rules"]) == {rule.__name__ for rule in RULES}
    assert set(texts["severities"]) == set(Severity)


def test_finding_outside_the_catalogue() -> None:
    with pytest.raises(KeyError):
        finding("odd")


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        # both intervals, one place finer than what was published
        ("growth-mismatch", ["TOTAL, 2024", "9,4 %", "de 9,35 à 9,45", "de 9,48 à 10,53"]),
        ("share-mismatch", ["ITO, 2024", "40,7 %", "de 40,65 à 40,75", "de 40,81 à 41"]),
        ("total-mismatch", ["2022", "102 MDH", "100 MDH", "de 2", "que 1,5"]),
        ("subperiods-mismatch", ["TOTAL, 2024", "40 MDH", "20 MDH"]),
        ("conflicting-level", ["TOTAL, 2024", "14 Mds DH", "13 Mds DH"]),
        ("partial-year", ["9 mois"]),
        ("merged-data", ["B6:C6"]),
        ("plug-row", ["« Services »"]),
        ("ambiguous-number", ["« 1,234 »", "1,234"]),
        ("external-link", ["file:///Z:/positions.xls"]),
        ("dde-link", ["cmd|/c calc"]),
        ("outside-formula", ["WEBSERVICE", "2"]),
        ("missing-period", ["2022 et 2024"]),
    ],
)
def test_message_says_what_is_wrong(code: str, parts: list[str]) -> None:
    message = made.found(triggered(code), code)[0].message().replace("\xa0", " ")
    assert [part for part in parts if part not in message] == [], message


def test_gravest_first_and_counted() -> None:
    reading = made.read(made.with_cells({"A6": "Mines", "B7": "40", "C7": "n.d.", "H20": 5}))
    found = check(reading)
    ranks = [(list(Severity).index(one.severity), one.level) for one in found]
    assert ranks == sorted(ranks)
    assert count_by_severity(found) == {
        severity.value: sum(one.severity is severity for one in found) for severity in Severity
    }
    assert count_by_severity([]) == {"error": 0, "warning": 0, "note": 0}
    assert {one.code for one in found} >= {"unknown-series", "number-as-text", "unread-number", "not-published"}


# --- what a single case above does not show -------------------------------------------------------


def test_numbers_among_the_notes_are_no_figures() -> None:
    book = made.official()
    book["Notes"]["B40"] = 2025
    assert check(made.read(book)) == ()


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (edited(lambda sheet: setattr(sheet.column_dimensions["C"], "hidden", True)), ("C5", "C6", "C7")),
        (hidden_sheet, tuple(f"{column}{row}" for row in (5, 6, 7) for column in "BCD")),
    ],
    ids=["column", "sheet"],
)
def test_hidden_figures(make: Callable[[], Workbook], named: tuple[str, ...]) -> None:
    assert [one.cells for one in made.found(read(make), "hidden-figures")] == [named]


@pytest.mark.parametrize(
    ("periods", "partial"),
    [
        ((2023, 2024, "S1 2025"), ["2025-S1"]),
        ((2023, 2024, "T1 2025", "T2 2025"), ["2025-Q1", "2025-Q2"]),
        ((2023, 2024, "S1 2024", "S2 2024"), []),
        ((2024, "Janv-Sept 2024"), ["2024-01/2024-09"]),
        (("S1 2024", "S2 2024", "S1 2025"), []),
    ],
)
def test_partial_years(periods: tuple[Any, ...], partial: list[str]) -> None:
    found = made.found(read(headed(*periods)), "partial-year")
    assert [str(one.params["period"]) for one in found] == partial


@pytest.mark.parametrize(
    ("periods", "holes"),
    [
        ((2021, 2022, 2023), []),
        ((2019, 2022, 2023), [("2019", "2022")]),
        ((2024, 2021, 2022), [("2022", "2024")]),
        (("S1 2023", "S2 2023", "S2 2024"), [("2023-S2", "2024-S2")]),
        (("S1 2021", "S1 2022", "S1 2024"), [("2022-S1", "2024-S1")]),
        (("T4 2023", "T1 2024", "T3 2024"), [("2024-Q1", "2024-Q3")]),
        (("2024-11", "2024-12", "2025-01"), []),
        ((2023, 2024, "S1 2024", "S1 2025"), []),
    ],
)
def test_missing_periods(periods: tuple[Any, ...], holes: list[tuple[str, str]]) -> None:
    found = made.found(read(headed(*periods)), "missing-period")
    assert [(str(one.params["after"]), str(one.params["before"])) for one in found] == holes


@pytest.mark.parametrize(
    ("periods", "whole"),
    [
        ((2024, "S1 2024", "S2 2024"), "2024"),
        ((2024, "T1 2024", "T2 2024", "T3 2024", "T4 2024"), "2024"),
        (("S1 2024", "T1 2024", "T2 2024"), "2024-S1"),
        (("Janv-Sept 2024", "T1 2024", "T2 2024", "T3 2024"), "2024-01/2024-09"),
        ((2024, "T1 2024", "T2 2024", "T3 2024"), None),
        ((2024, "S1 2024"), None),
    ],
)
def test_subperiods(periods: tuple[Any, ...], whole: str | None) -> None:
    found = made.found(read(headed(*periods)), "subperiods-mismatch")
    assert {str(one.params["period"]) for one in found} == ({whole} if whole else set())
    assert len(found) == (3 if whole else 0)  # one a series


def test_subperiods_within_rounding() -> None:
    # 121 ± ½ meets 60 ± ½ and 60 ± ½; in an index nothing adds up
    book = made.with_cells({"B4": "S1 2024", "C4": "S2 2024", "B5": 60, "C5": 60})
    assert [one.params["series"] for one in made.found(made.read(book), "subperiods-mismatch")] == [
        "INDUSTRIE",
        "SERVICES",
    ]
    profile = made.layout(made.PROFILE.replace("[recognise]", "additive = false\n[recognise]"))
    reading = made.read(book, profile)
    assert not {"subperiods-mismatch", "total-mismatch", "total-unchecked"} & {one.code for one in check(reading)}


def test_a_part_that_is_not_listed_leaves_the_total_unchecked() -> None:
    rows = [row for row in made.complete() if row.code != "ITO"]
    found = {one.code: one for one in check(made.read(made.official(rows)))}
    assert set(found) == {"missing-series", "total-unchecked"}
    assert found["missing-series"].params["series"] == "ITO"
    assert formats.parameter(found["total-unchecked"].params["periods"], "fr") == "2023, 2024"


def test_units_that_do_not_convert() -> None:
    """Dollars among dirhams are an error, and stop no other check."""
    found = check(read(official("TOTAL", "2024", Unité="Mds $")))
    errors = [one for one in found if one.severity is Severity.ERROR]
    assert [(one.code, formats.parameter(one.params["units"], "fr")) for one in errors] == [
        ("unit-contradicted", "MDH, Mds $, Mds DH")
    ]
    assert "claim-unchecked" in {one.code for one in found}
    halves = made.official(
        [
            made.Row("2023", "TOTAL", "22", "Mds DH", Status.FINAL),
            made.Row("2024", "TOTAL", "22", "Mds DH", Status.FINAL),
            made.Row("2024", "TOTAL", "1", "Mds DH", Status.FINAL),
            made.Row("2024", "TOTAL", "1", "Mds DH", Status.FINAL),
        ]
    )
    sheet = halves["Publication"]
    first = made.place(halves, "TOTAL", "2023", "Valeur").row
    sheet.cell(first + 2, 1).value, sheet.cell(first + 3, 1).value = "S1 2024", "S2 2024"
    sheet.cell(first + 2, 6).value = sheet.cell(first + 3, 6).value = "Mds $"
    assert made.codes(made.found(made.read(halves), "unit-contradicted")) == ["unit-contradicted"]


@pytest.mark.parametrize(
    ("number_format", "units"),
    [
        ('#,##0" Mds DH"', "MDH, Mds DH"),
        ("#,##0\\ \\D\\H\\S", "DH, MDH"),
        ("[$USD] #,##0", None),
        ('#,##0" MDH"', None),
        ('_-* #,##0.00\\ _D_H_-;\\-* #,##0.00\\ _D_H_-;_-* "-"??\\ _D_H_-;_-@_-', None),
        ("0%", None),
    ],
)
def test_unit_in_the_display_format(number_format: str, units: str | None) -> None:
    found = made.found(
        read(edited(lambda sheet: setattr(sheet["B6"], "number_format", number_format))), "unit-contradicted"
    )
    assert [(one.cells, formats.parameter(one.params["units"], "fr")) for one in found] == (
        [(("B6",), units)] if units else []
    )


@pytest.mark.parametrize(
    ("formula", "refers"),
    [
        ("=B5-B6", True),
        ("=$B$5-B6", True),
        ("=SUM(A1:C5)-B6", True),
        ("=B5", True),
        ("=C5-C6", False),
        ("=Tableau!B5-B6", True),
        ("=SUM('Tableau'!$A$1:$B$5)-B6", True),
        ("='An 2023'!B5-B6", False),
        ("=Feuil2!$B$5-B6", False),
        ("=SUM(Feuil2!A1:C9)", False),
        ("=100-60", False),
        ("=BB5-B55", False),
    ],
)
def test_what_a_plug_refers_to(formula: str, refers: bool) -> None:
    assert bool(made.found(read(formulas(B7=formula)), "plug-row")) is refers


def test_plug_hides_a_planted_error_and_says_so() -> None:
    # 60 typed as 50: the plug takes the difference up, so that only the plug itself can warn
    grid = made.computed(made.grid(made.with_cells({"B6": 50, "B7": 50})), {"B7": "=B5-B6"})
    assert made.codes(check(made.read(grid))) == ["plug-row"]


def test_break_in_the_series_is_no_jump() -> None:
    rows = [
        made.Row("2023", "TOTAL", "5", "Mds DH", Status.FINAL),
        made.Row("2024", "TOTAL", "26", "Mds DH", Status.FINAL),
    ]
    assert made.found(made.read(made.official(rows)), "implausible-jump")[0].params["factor"] == "5"
    rows[1].status = Status.BREAK
    assert made.found(made.read(made.official(rows)), "implausible-jump") == []


@pytest.mark.parametrize(("before", "now", "jump"), [(10, 31, True), (10, 29, False), (31, 10, True), (29, 10, False)])
def test_jump_in_a_short_series(before: int, now: int, jump: bool) -> None:
    book = made.with_cells({"B6": before, "C6": now, "D6": None})
    assert bool(made.found(made.read(book), "implausible-jump")) is jump


# --- errors planted in the published release ------------------------------------------------------


@pytest.fixture(scope="module")
def annual(releases: list[Path]) -> bytes:
    return next(path for path in releases if path.stem == "annuelle-2024").read_bytes()


@pytest.mark.parametrize(
    ("code", "header", "value", "expected"),
    [
        ("ITO", "Valeur", 10678, {"total-mismatch", "share-mismatch"}),
        ("ITO", "Valeur", 11578, {"total-mismatch", "share-mismatch"}),
        ("CRM", "Valeur", 9197, {"total-mismatch", "share-mismatch"}),
        ("ESO", "Valeur", 3762, {"total-mismatch", "share-mismatch", "growth-mismatch"}),
        ("BPO", "Valeur", 2434, {"total-mismatch", "share-mismatch"}),
        ("KPO", "Valeur", 78, {"share-mismatch"}),
        ("TOTAL", "Valeur", 26.3, {"total-mismatch", "growth-mismatch", "share-mismatch"}),
        ("TOTAL", "Valeur", 25.2, {"total-mismatch", "growth-mismatch", "share-mismatch"}),
        ("ITO", "Part (%)", 43.0, {"share-mismatch", "shares-sum"}),
        ("ITO", "Part (%)", 40.6, {"share-mismatch", "shares-sum"}),
        ("KPO", "Part (%)", 2.0, {"share-mismatch", "shares-sum"}),
        ("TOTAL", "Variation (%)", 0.9, {"growth-mismatch"}),
        ("TOTAL", "Variation (%)", -0.2, {"growth-mismatch"}),
        ("ESO", "Variation (%)", 1.7, {"growth-mismatch"}),
        ("ITO", "Unité", "Mds DH", {"total-mismatch", "share-mismatch"}),
        ("KPO", "Unité", "Mds DH", {"total-mismatch", "share-mismatch"}),
        ("TOTAL", "Unité", "MDH", {"total-mismatch", "growth-mismatch", "share-mismatch"}),
    ],
)
def test_planted_error_is_found_on_its_cell(
    annual: bytes, code: str, header: str, value: Any, expected: set[str]
) -> None:
    book = made.opened(annual)
    cell = made.place(book, code, "2024", header)
    assert cell.value != value
    cell.value = value
    errors = [one for one in check(made.read(book)) if one.severity is Severity.ERROR]
    assert {one.code for one in errors} == expected
    # a wrong unit is found on the value that it makes wrong
    blamed = made.place(book, code, "2024", "Valeur") if header == "Unité" else cell
    assert all(blamed.coordinate in one.cells for one in errors), (blamed.coordinate, errors)


def test_what_rounding_allows_is_no_error(annual: bytes) -> None:
    """13.4 on 12.9 is 3.9 %, the Office says 3.5 %: both are right. So it is with 26.2 on 26.17."""
    for growth in (0.0, 0.1, 0.2, 0.3):
        book = made.opened(annual)
        made.place(book, "TOTAL", "2024", "Variation (%)").value = growth
        assert [one for one in check(made.read(book)) if one.severity is Severity.ERROR] == []


@pytest.mark.parametrize(
    ("code", "header", "value"),
    [("TOTAL", "Variation (%)", 0.0), ("TOTAL", "Variation (%)", 0.3), ("ITO", "Part (%)", 40.5)],
)
def test_what_only_the_rounded_total_allows_is_doubted(annual: bytes, code: str, header: str, value: float) -> None:
    """The parts of 2024 make 26 219: +0.19 % on 26.17, whatever 26.2 would allow, and 40.3 % for ITO."""
    book = made.opened(annual)
    made.place(book, code, "2024", header).value = value
    (doubt,) = made.found(made.read(book), "claim-unlike-parts")
    assert doubt.cells[0] == made.place(book, code, "2024", header).coordinate and len(doubt.cells) == 6


# --- no false alarm -------------------------------------------------------------------------------

CODES = ("ITO", "CRM", "ESO", "BPO", "KPO")
amounts = st.decimals(0, 30_000, places=4)
#: a unit, the factor of its figures in MDH, and the decimals printed
roundings = st.sampled_from(
    [("MDH", 1, 0), ("MDH", 1, 1), ("Mds DH", 1000, 0), ("Mds DH", 1000, 1), ("Mds DH", 1000, 2)]
)
growths = st.tuples(st.lists(amounts, min_size=5, max_size=5), st.lists(amounts, min_size=5, max_size=5))


@pytest.fixture(scope="module")
def blank_lines() -> tuple[Grid, dict[tuple[str, str], int]]:
    """The cells of an official release, and the row of each series in each year."""
    book = made.official()
    rows = {
        (year, code): made.place(book, code, year, "Valeur").row
        for year in ("2023", "2024")
        for code in ("TOTAL", *CODES)
    }
    return made.grid(book), rows


@settings(max_examples=150, deadline=None)
@given(truth=growths, rounding=st.lists(roundings, min_size=12, max_size=12), places=st.integers(0, 2))
def test_truth_rounded_is_never_an_error(
    blank_lines: tuple[Grid, dict[tuple[str, str], int]],
    truth: tuple[list[Decimal], list[Decimal]],
    rounding: list[tuple[str, int, int]],
    places: int,
) -> None:
    """Any true levels, printed in any units and roundings with their true rates, raise no error at all."""
    grid, rows = blank_lines
    years = {
        year: dict(zip(("TOTAL", *CODES), (sum(parts), *parts), strict=True))
        for year, parts in zip(("2023", "2024"), truth, strict=True)
    }
    sheet = grid.sheet("Publication")

    def put(row: int, column: int, value: Decimal | None, decimals: int) -> None:
        sheet.cells.pop((row, column), None)
        if value is not None:
            shown = "0." + "0" * decimals if decimals else "0"
            sheet.cells[row, column] = Cell(row, column, Kind.NUMBER, float(round_half_up(value, decimals)), shown)

    for ((year, code), row), (unit, factor, decimals) in zip(rows.items(), rounding, strict=True):
        level, total, before = years[year][code], years[year]["TOTAL"], years["2023"][code]
        put(row, 5, level / factor, decimals)
        sheet.cells[row, 6] = Cell(row, 6, Kind.TEXT, unit)
        put(row, 8, level / total * 100 if total and code != "TOTAL" else None, places)
        put(row, 9, (level / before - 1) * 100 if before and year == "2024" else None, places)
    reading = made.read(grid)
    assert len(reading.release.observations) >= 12
    assert [one for one in check(reading) if one.severity is Severity.ERROR] == []


def test_samples_and_real_workbooks_raise_no_error(releases: list[Path], shared: Path) -> None:
    for path in [*releases, *sorted((shared / "data" / "releases").glob("*.xlsx"))]:
        errors: list[Finding] = [one for one in check(read_release(path)) if one.severity is Severity.ERROR]
        assert errors == [], path
