"""Charts: colours that anyone tells apart, what is not settled looks so, a break is a gap, parts make the growth."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from specimens import open_workbook
from specimens import release as made

from nachra.briefing import Block, Chart, Table, Value
from nachra.expressions import number
from nachra.formats import Manner
from nachra.jobs import check_release
from nachra.outlines import load_outline
from nachra.panel import Panel
from nachra.periods import parse_period
from nachra.release import Release, Status
from nachra.sheets import compose, contributions, evolution
from nachra.sheets.context import Context
from nachra.texts import load_toml
from nachra.units import unit
from nachra.workbook import write_workbook

LANGUAGES = ("fr", "ar", "en")
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
YEARS = range(2014, 2025)


def restated(release: Release, changes: Mapping[str, Mapping[str, Any]]) -> Release:
    """A release with some observations changed: {"TOTAL 2020": {"status": Status.BREAK}}."""
    wanted = {(key.split()[0], parse_period(key.split()[1])): change for key, change in changes.items()}
    observations = tuple(
        one.model_copy(update=dict(wanted.get((one.series, one.period), {}))) for one in release.observations
    )
    kept = {name: getattr(release, name) for name in Release.model_fields}
    return Release(**kept | {"observations": observations})


def total(values: Mapping[int, str | None], **changes: Mapping[str, Any]) -> Release:
    """A release of one series over years, final but for the changes."""
    figures = {f"TOTAL {year}": value for year, value in values.items()}
    return restated(made(figures, status=Status.FINAL), {f"TOTAL {key[1:]}": one for key, one in changes.items()})


def is_of_targets(block: Block) -> bool:
    return isinstance(block, Chart) and block.table == "trajectory"


def drawn(release: Release, language: str = "fr") -> list[ElementTree.Element]:
    """The charts of the complete briefing of a release, but for the road to 2030, which is no chart of the release."""
    briefing = compose(release, (), language)
    own = [sheet for sheet in briefing.sheets if not any(is_of_targets(block) for block in sheet.blocks)]
    with zipfile.ZipFile(io.BytesIO(write_workbook(replace(briefing, sheets=tuple(own))))) as package:
        names = [name for name in package.namelist() if name.startswith("xl/charts/chart")]
        return [ElementTree.fromstring(package.read(name)) for name in sorted(names)]


def text_of(chart: ElementTree.Element, place: str) -> str:
    found = chart.find(place)
    assert found is not None, place
    return "".join(one.text or "" for one in found.iter(f"{A}t"))


def points(chart: ElementTree.Element) -> dict[int, ElementTree.Element]:
    """The points that have a look of their own, by their place."""
    found = {}
    for one in chart.iter(f"{C}dPt"):
        index = one.find(f"{C}idx")
        assert index is not None
        found[int(index.attrib["val"])] = one
    return found


def values_axis(chart: ElementTree.Element) -> ElementTree.Element:
    found = chart.find(f".//{C}valAx")
    assert found is not None
    return found


def setting(element: ElementTree.Element, path: str) -> str | None:
    found = element.find(path)
    return None if found is None else found.attrib["val"]


# --- the palette ----------------------------------------------------------------------------------

#: Machado, Oliveira and Fernandes (2009), IEEE TVCG 15(6), severity 1.0, on linear RGB
EYES = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
#: linear sRGB to CIE XYZ, each row over that of the white D65
XYZ = (
    (0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339 / 1.08883, 0.1191920 / 1.08883, 0.9503041 / 1.08883),
)
THEMES = ("briefing", "publication")


def linear(colour: str) -> tuple[float, ...]:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    return tuple(one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)


def multiplied(matrix: tuple[tuple[float, ...], ...], vector: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def lab(colour: str, eye: str = "normal") -> tuple[float, float, float]:
    """CIE L*a*b* of a colour as an eye sees it."""
    seen = tuple(min(1.0, max(0.0, one)) for one in multiplied(EYES[eye], linear(colour)))
    x, y, z = (one ** (1 / 3) if one > 216 / 24389 else (24389 / 27 * one + 16) / 116 for one in multiplied(XYZ, seen))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def contrast(colour: str) -> float:
    """WCAG 2.2's contrast ratio with white."""
    return 1.05 / (multiplied(XYZ, linear(colour))[1] + 0.05)


def palette(theme: str) -> list[str]:
    look = load_toml(f"briefings/themes/{theme}.toml")["chart"]
    return [*look["series"], look["rest"]]


def test_measures_are_those_of_the_standards() -> None:
    assert contrast("FFFFFF") == pytest.approx(1, abs=1e-3) and contrast("000000") == pytest.approx(21, abs=1e-3)
    assert lab("FF0000") == pytest.approx((53.24, 80.09, 67.20), abs=0.05)
    # red and green of one lightness: what the test must catch
    assert abs(lab("B35900", "deutan")[1] - lab("6B7A00", "deutan")[1]) < 10


@pytest.mark.parametrize("theme", THEMES)
def test_colours_stand_out_against_paper(theme: str) -> None:
    """WCAG 1.4.11: 3:1 for what must be seen to understand."""
    look = load_toml(f"briefings/themes/{theme}.toml")["chart"]
    assert {one: contrast(one) for one in (*palette(theme), look["total"]) if contrast(one) < 3} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_neighbours_stay_apart_in_greyscale(theme: str) -> None:
    assert min(abs(lab(first)[0] - lab(second)[0]) for first, second in pairwise(palette(theme))) >= 15


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("eye", EYES)
def test_every_two_colours_differ_for_every_eye(theme: str, eye: str) -> None:
    """A difference of 10 in CIE L*a*b* is plain at a glance; the palette keeps 19."""
    for first, second in combinations(palette(theme), 2):
        apart = sum((a - b) ** 2 for a, b in zip(lab(first, eye), lab(second, eye), strict=True)) ** 0.5
        assert apart >= 19, (first, second, apart)


# --- what is not settled --------------------------------------------------------------------------


def test_provisional_columns_are_hatched_and_final_ones_are_not() -> None:
    release = total({2022: "20.1", 2023: "21.4", 2024: "26.2"}, y2024={"status": Status.PROVISIONAL})
    (chart,) = drawn(release)
    own = points(chart)
    assert set(own) == {2}
    assert own[2].find(f".//{A}pattFill") is not None
    series = chart.find(f".//{C}ser/{C}spPr/{A}solidFill")
    assert series is not None
    page = compose(release, (), "fr").sheets[2]
    assert any("Hachures" in getattr(block, "text", "") for block in page.blocks)
    settled = compose(total({2022: "20.1", 2023: "21.4"}), (), "fr").sheets[2]
    assert not any("Hachures" in getattr(block, "text", "") for block in settled.blocks)


def test_provisional_points_of_a_line_are_hollow_diamonds() -> None:
    values = {year: f"{year - 2000}.5" for year in YEARS}
    release = total(values, y2019={"status": Status.ESTIMATED}, y2024={"status": Status.PROVISIONAL})
    (chart,) = drawn(release)
    own = points(chart)
    assert set(own) == {5, 10}
    for one in own.values():
        assert setting(one, f"{C}marker/{C}symbol") == "diamond"
        assert setting(one, f"{C}marker/{C}spPr/{A}solidFill/{A}srgbClr") == "FFFFFF"
        assert setting(one, f"{C}spPr/{A}ln/{A}prstDash") == "sysDash"
        # LibreOffice fills the symbol with it
        light = setting(one, f"{C}spPr/{A}ln/{A}solidFill/{A}srgbClr")
        assert light is not None and contrast(light) >= 3
    assert setting(chart, f".//{C}ser/{C}marker/{C}symbol") == "circle"


# --- gaps and breaks ------------------------------------------------------------------------------


def cached(chart: ElementTree.Element, role: str) -> dict[int, str]:
    found = chart.find(f".//{C}ser/{C}{role}")
    assert found is not None
    return {int(one.attrib["idx"]): one.findtext(f"{C}v", "") for one in found.iter(f"{C}pt")}


BREAKS: list[dict[str, Any]] = [
    {"y2020": {"status": Status.BREAK}},
    {f"y{year}": {"methodology": "historic"} for year in range(2014, 2020)},
]


@pytest.mark.parametrize("changes", BREAKS, ids=["status", "methodology"])
def test_a_break_is_a_gap_that_is_named(changes: dict[str, Any], tmp_path: Path) -> None:
    release = total({year: f"{year - 2000}.5" for year in YEARS}, **changes)
    (chart,) = drawn(release)
    values = {place: value for place, value in cached(chart, "val").items() if value}
    # eleven years and, before 2020, a place that holds nothing
    assert set(values) == set(range(12)) - {6}
    assert cached(chart, "cat")[6] == "Rupture de série" and cached(chart, "cat")[7].startswith("2020")
    assert setting(chart, f".//{C}dispBlanksAs") == "gap"
    path = tmp_path / "break.xlsx"
    path.write_bytes(write_workbook(compose(release, ())))
    sheet = open_workbook(path)["Évolution"]
    (row,) = [cell.row for (cell,) in sheet.iter_rows(max_col=1) if cell.value == "Rupture de série"]
    assert [cell.value for cell in sheet[row]][1] is None and sheet.cell(row + 1, 1).value.startswith("2020")
    page = compose(release, ()).sheets[2]
    assert any("ne se comparent pas" in getattr(block, "text", "") for block in page.blocks)
    (described,) = [block.description for block in page.blocks if isinstance(block, Chart)]
    assert "rupture de série en 2020" in described


def test_few_periods_with_a_break_run_down_the_sheet() -> None:
    """So that the break has a row of its own."""
    (chart,) = drawn(total(dict.fromkeys(range(2021, 2025), "20.5"), y2023={"status": Status.BREAK}))
    assert cached(chart, "cat")[2] == "Rupture de série" and cached(chart, "val").get(2, "") == ""


def test_the_break_of_a_half_year_parts_the_year_that_it_is_in() -> None:
    figures = {f"TOTAL {period}": "20.5" for period in (2022, 2023, "2024-S2", 2024, 2025)}
    found = restated(made(figures, status=Status.FINAL), {"TOTAL 2024-S2": {"status": Status.BREAK}})
    (chart,) = drawn(found)
    # 2024 is neither like 2023 nor like 2025: one half is of the old series, the other of the new one
    assert [cached(chart, "cat").get(place) for place in (2, 4)] == ["Rupture de série"] * 2


@pytest.mark.parametrize("years", [range(2023, 2025), range(2014, 2025)], ids=["bars", "lines"])
def test_a_part_that_breaks_alone_is_named_below_the_chart(years: range) -> None:
    levels = {"TOTAL": "20.5", "ITO": "12.5", "CRM": "8.0"}
    figures = {f"{code} {year}": level for year in years for code, level in levels.items()}
    broken = restated(made(figures, status=Status.FINAL), {"ITO 2024": {"status": Status.BREAK}})
    for found, count in ((broken, 1), (made(figures, status=Status.FINAL), 0)):
        texts = [str(getattr(block, "text", "")) for block in compose(found, ()).sheets[2].blocks]
        assert sum("rupture de série en 2024" in one and "information" in one for one in texts) == count


def test_one_point_is_not_told_as_a_way_from_here_to_there() -> None:
    (described,) = [
        block.description
        for block in compose(made({"TOTAL 2024": "26.2"}), ()).sheets[2].blocks
        if isinstance(block, Chart)
    ]
    assert "26,2 (2024)" in described and described.count("26,2") == 1


def test_without_a_break_nothing_is_cut() -> None:
    (chart,) = drawn(total({year: f"{year - 2000}.5" for year in YEARS}))
    assert "Rupture de série" not in cached(chart, "cat").values() and len(cached(chart, "val")) == 11


# --- axes and labels ------------------------------------------------------------------------------


def test_levels_start_at_zero() -> None:
    for values in ({2023: "26.1", 2024: "26.2"}, dict.fromkeys(YEARS, "26.2")):
        (chart,) = drawn(total(values))
        assert float(setting(values_axis(chart), f"{C}scaling/{C}min") or "nan") == 0


def test_an_index_far_from_zero_starts_near_its_values_and_says_so() -> None:
    figures: dict[str, str | None] = {f"TOTAL {year}": f"{104 + (year - 2014) * 2}.4" for year in YEARS}
    (chart,) = drawn(made(figures, unit_codes=("index",), status=Status.FINAL))
    start = setting(values_axis(chart), f"{C}scaling/{C}min")
    assert start == "100.0"
    assert "l'axe commence à 100" in text_of(chart, f"{C}chart/{C}title").replace("\u00a0", " ")
    figures["TOTAL 2014"] = "12.5"
    (chart,) = drawn(made(figures, unit_codes=("index",), status=Status.FINAL))
    assert setting(values_axis(chart), f"{C}scaling/{C}min") == "0.0"


def test_labels_never_show_digits_that_were_not_published() -> None:
    (chart,) = drawn(total({2021: "10", 2022: "14", 2023: "6.86", 2024: "14.7"}))
    labels = chart.find(f".//{C}ser/{C}dLbls/{C}numFmt")
    assert labels is not None and labels.attrib["formatCode"] == "General"
    (chart,) = drawn(total({2023: "26.17", 2024: "26.2"}))
    labels = chart.find(f".//{C}ser/{C}dLbls/{C}numFmt")
    assert labels is not None and labels.attrib["formatCode"].endswith("#,##0.0")


def test_one_series_needs_no_legend_and_a_long_line_few_labels() -> None:
    values: dict[int, str | None] = {year: f"{30 - abs(2015 - year)}.5" for year in range(2005, 2025)}
    (chart,) = drawn(total(values))
    assert chart.find(f".//{C}legend") is None
    deleted = {
        int(one.find(f"{C}idx").attrib["val"])  # type: ignore[union-attr]
        for one in chart.iter(f"{C}dLbl")
        if one.find(f"{C}delete") is not None
    }
    # the first, the last, and the highest: 2005, 2015, 2024
    assert set(range(20)) - deleted == {0, 10, 19}


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_say_what_where_when_and_in_which_unit(release: Path, language: str) -> None:
    reading, findings = check_release(release)
    where = {"fr": "Maroc", "ar": "المغرب", "en": "Morocco"}[language]
    subject = reading.release.subject[language]
    briefing = compose(reading.release, findings, language)
    charts = [block for sheet in briefing.sheets for block in sheet.blocks if isinstance(block, Chart)]
    assert charts
    units = [load_toml("units.toml")[code]["long"][language] for code in ("MAD_bn", "MAD_mn", "index")]
    words = {form for unit in units for form in (unit.values() if isinstance(unit, dict) else (unit,))}
    words |= {"%", "points", "بالنسبة المئوية", "بالنقط المئوية"}
    for chart in charts:
        assert subject[1:] in chart.title and where in chart.title
        assert re.search(r"20\d\d", chart.title) and any(word in chart.title for word in words)
        assert chart.title != chart.description and where in chart.description
        assert len(chart.description) > 80


# --- right to left --------------------------------------------------------------------------------


def orientations(chart: ElementTree.Element) -> dict[str, str | None]:
    axes = (chart.find(f".//{C}{axis}") for axis in ("catAx", "valAx"))
    return {one.tag.removeprefix(C): setting(one, f"{C}scaling/{C}orientation") for one in axes if one is not None}


def test_arabic_charts_run_from_right_to_left() -> None:
    line = total(dict.fromkeys(YEARS, "20.5"))
    figures = {"TOTAL 2023": "20.5", "TOTAL 2024": "26.2", "ITO 2023": "8.1", "ITO 2024": "10.5"}
    wanted = {
        ("fr", "line"): {"catAx": "minMax", "valAx": "minMax"},
        # time from right to left; the value axis, which crosses at the first period, is on the right
        ("ar", "line"): {"catAx": "maxMin", "valAx": "minMax"},
        # the first bar on top in both; in Arabic they grow to the left
        ("fr", "bar"): {"catAx": "maxMin", "valAx": "minMax"},
        ("ar", "bar"): {"catAx": "maxMin", "valAx": "maxMin"},
    }
    for (language, kind), expected in wanted.items():
        chart = drawn(line if kind == "line" else made(figures), language)[0]
        assert orientations(chart) == expected, (language, kind)
        assert setting(values_axis(chart), f"{C}crosses") == "autoZero"


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_of_charts_know_their_language_and_direction(language: str) -> None:
    (chart,) = drawn(total(dict.fromkeys(YEARS, "20.5")), language)
    directions = {one.attrib.get("rtl") for one in chart.iter(f"{A}pPr")}
    assert directions == ({"1"} if language == "ar" else {None})
    tags = {one.attrib["lang"] for one in chart.iter(f"{A}rPr")} | {setting(chart, f"{C}lang")}
    assert tags == {{"fr": "fr-MA", "ar": "ar-MA", "en": "en"}[language]}
    complex_fonts = [one.attrib["typeface"] for one in chart.iter(f"{A}cs")]
    assert bool(complex_fonts) == (language == "ar") and set(complex_fonts) <= {"Arial"}


# --- contributions --------------------------------------------------------------------------------


def contributed(path: Path) -> Iterator[tuple[str, list[Decimal], Decimal]]:
    """Each period or, for one period, the whole table: what the parts and the rest add, and the growth."""
    book = open_workbook(path, data_only=True)
    rows = [[cell.value for cell in row] for row in book["Contributions"].iter_rows()]
    header = next(place for place, row in enumerate(rows) if row[0] in ("Série", "Période"))
    body = []
    for row in rows[header + 1 :]:
        if not isinstance(row[1], int | float) and not isinstance(row[2] if len(row) > 2 else None, int | float):
            break
        body.append(row)
    if rows[header][0] == "Série":
        column = [Decimal(repr(row[1])) for row in body]
        yield str(rows[header][1]), column[:-1], column[-1]
        return
    for row in body:
        numbers = [Decimal(repr(one)) for one in row[1:] if isinstance(one, int | float)]
        yield str(row[0]), numbers[:-1], numbers[-1]


def test_contributions_make_the_growth(briefings: dict[Path, Path]) -> None:
    told = {path.stem: list(contributed(made)) for path, made in briefings.items() if has_contributions(made)}
    assert {name: len(found) for name, found in told.items()} == {
        "annuelle-2024": 1,
        "oc_ide_recettes_par_secteurs": contributions.MAX_PERIODS,
    }
    for release in briefings:
        if release.stem not in told:
            continue
        panel = Panel(check_release(release)[0].release)
        whole = panel.release.total
        assert whole is not None
        for label, parts, growth in told[release.stem]:
            assert len(parts) >= 2 and abs(sum(parts) - growth) < Decimal("1e-9"), label
            period = parse_period(label.split(" (")[0])
            rate = panel.growth(whole, period) if period else None
            assert rate is not None and abs(rate.value * 100 - growth) < Decimal("1e-9")


def has_contributions(path: Path) -> bool:
    return "Contributions" in open_workbook(path).sheetnames


def test_a_part_that_falls_pulls_to_the_other_side() -> None:
    figures = {"TOTAL 2023": "20.0", "TOTAL 2024": "21.0", "ITO 2023": "12.0", "ITO 2024": "14.0"}
    release = made(figures | {"CRM 2023": "8.0", "CRM 2024": "7.0"})
    chart = drawn(release)[-1]
    assert setting(values_axis(chart), f"{C}scaling/{C}min") is None
    assert [float(value) for value in cached(chart, "val").values()] == pytest.approx([10, -5, 5])
    # at the outer end, which is what a bar's label does by itself
    assert setting(chart, f".//{C}dLblPos") is None and setting(chart, f".//{C}catAx/{C}tickLblPos") == "low"


def test_stacked_parts_carry_the_growth_as_a_mark() -> None:
    figures: dict[str, str | None] = {}
    for step, year in enumerate(range(2019, 2025)):
        figures |= {f"ITO {year}": f"{10 + step}.5", f"CRM {year}": f"{9 - step}.5", f"TOTAL {year}": "20.0"}
    release = made(figures, status=Status.FINAL)
    chart = drawn(release)[-1]
    assert setting(chart, f".//{C}barChart/{C}grouping") == "stacked"
    marks = chart.find(f".//{C}lineChart/{C}ser")
    assert marks is not None
    assert marks.find(f"{C}spPr/{A}ln/{A}noFill") is not None
    assert setting(marks, f"{C}marker/{C}symbol") == "diamond" and setting(marks, f"{C}dLbls/{C}showVal") == "1"
    assert len(chart.findall(f".//{C}barChart/{C}ser")) == 3


def test_parts_that_make_it_all_leave_nothing_over() -> None:
    """Not the residue of their divisions, which a spreadsheet would show as -0,0."""
    figures = {
        f"{code} {year}": str(level * (year - 2018))
        for year in range(2019, 2025)
        for code, level in (("ITO", 300), ("CRM", 233), ("TOTAL", 533))
    }
    (page,) = [one for one in compose(made(figures, unit_codes=["MAD_mn"]), ()).sheets if one.name == "Contributions"]
    (table,) = [one for one in page.blocks if isinstance(one, Table)]
    assert {row.cells[-2].expression for row in table.rows if isinstance(row.cells[-2], Value)} == {number(0)}


# --- lines by part --------------------------------------------------------------------------------


def lines(ends: Mapping[str, int]) -> Chart:
    """The chart of parts of a release in which each part grows to the end given."""
    figures: dict[str, str | None] = {}
    for year in YEARS:
        levels = {code: end - (2024 - year) / 10 for code, end in ends.items()}
        figures |= {f"{code} {year}": f"{level:.1f}" for code, level in levels.items()}
        figures[f"TOTAL {year}"] = f"{sum(levels.values()):.1f}"
    context = Context(Panel(made(figures, status=Status.FINAL)), (), Manner("fr"), load_outline("complete"))
    found = evolution.parts_chart(context)
    assert isinstance(found[0], Chart) and isinstance(evolution.levels(context)[0], Table)
    return found[0]


def sketched(ends: Mapping[str, int]) -> ElementTree.Element:
    """That chart in a workbook, in the place of the chart of the total."""
    release_chart = lines(ends)
    figures: dict[str, str | None] = {}
    for year in YEARS:
        levels = {code: end - (2024 - year) / 10 for code, end in ends.items()}
        figures |= {f"{code} {year}": f"{level:.1f}" for code, level in levels.items()}
        figures[f"TOTAL {year}"] = f"{sum(levels.values()):.1f}"
    briefing = compose(made(figures, status=Status.FINAL), ())
    page = briefing.sheets[2]
    blocks = tuple(release_chart if isinstance(block, Chart) else block for block in page.blocks)
    sheets = tuple(replace(page, blocks=blocks) if one is page else one for one in briefing.sheets)
    with zipfile.ZipFile(io.BytesIO(write_workbook(replace(briefing, sheets=sheets)))) as package:
        return ElementTree.fromstring(package.read("xl/charts/chart1.xml"))


def test_lines_are_named_where_they_end() -> None:
    chart = sketched({"ITO": 30, "CRM": 20, "ESO": 10})
    assert chart.find(f".//{C}legend") is None
    series = chart.findall(f".//{C}ser")
    assert len(series) == 3
    for one in series:
        # on the right, which is what a line's label does by itself
        assert setting(one, f"{C}dLbls/{C}showSerName") == "1" and setting(one, f"{C}dLbls/{C}dLblPos") is None
        assert len(one.findall(f"{C}dLbls/{C}dLbl/{C}delete")) == len(YEARS) - 1


def test_names_that_would_meet_go_to_a_legend() -> None:
    chart = sketched({"ITO": 30, "CRM": 20, "ESO": 19})
    assert chart.find(f".//{C}legend") is not None and chart.find(f".//{C}dLbls") is None


def test_points_that_stand_alone_among_lines_carry_their_values() -> None:
    """The targets beside the series: a point below the line has its value below it, one above it above."""
    found = compose(made({"TOTAL 2023": "26.17", "TOTAL 2024": "26.2", "TOTAL 2024 %%": "0.2"}), ())
    with zipfile.ZipFile(io.BytesIO(write_workbook(found))) as book:
        charts = [ElementTree.fromstring(book.read(name)) for name in book.namelist() if "charts/chart" in name]
    (chart,) = [one for one in charts if len(one.findall(f".//{C}lineChart/{C}ser")) == 3]
    labels = [one.find(f"{C}dLbls/{C}dLblPos") for one in chart.findall(f".//{C}ser")]
    assert [None if one is None else one.get("val") for one in labels] == [None, None, "b"], "17.9 stands below 26.17"


def test_an_index_has_no_largest_parts() -> None:
    figures: dict[str, str | None] = {f"{code} {year}": "110.5" for year in YEARS for code in ("TOTAL", "ITO", "CRM")}
    release = made(figures, unit_codes=("index",), additive=False)
    assert unit("index").code == "index"
    assert evolution.parts_chart(Context(Panel(release), (), Manner("fr"), load_outline("complete"))) == ()


def chart_of_targets(release: Release, language: str = "fr") -> ElementTree.Element:
    """The chart of targets of a release's complete briefing."""
    with zipfile.ZipFile(io.BytesIO(write_workbook(compose(release, (), language)))) as book:
        charts = [ElementTree.fromstring(book.read(name)) for name in book.namelist() if "charts/chart" in name]
    (chart,) = [one for one in charts if len(one.findall(f".//{C}lineChart/{C}ser")) == 3]
    return chart


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_without_a_point_to_name_have_a_legend(language: str, releases: list[Path]) -> None:
    """The historic series, its projection and the targets end far apart: no name is written at each of their points."""
    (historic,) = [path for path in releases if path.name.startswith("historique")]
    chart = chart_of_targets(check_release(historic)[0].release, language)
    assert chart.find(f".//{C}legend") is not None
    assert not [one for one in chart.iter(f"{C}showSerName") if one.attrib["val"] == "1"]


def test_values_among_lines_are_legible_over_the_gridlines() -> None:
    release = made({"TOTAL 2023": "26.17", "TOTAL 2024": "26.2", "TOTAL 2024 %%": "0.2"})
    labels = list(chart_of_targets(release).iter(f"{C}dLbls"))
    assert labels and all(one.find(f"{C}spPr/{A}solidFill") is not None for one in labels)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_title_does_not_break_inside_its_unit(language: str) -> None:
    for chart in drawn(total(dict.fromkeys(YEARS, "20.5")), language):
        title = text_of(chart, f"{C}chart/{C}title")
        assert "(" in title and " " not in title[title.rindex("(") :]
