"""The sheet of the year's outlook: the figures of `nachra.outlook` as formulas, called an estimate, or a reason."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from specimens import open_workbook, release
from verbs import FINE, UNREADABLE, Run

from nachra.briefing import Briefing, Chart, Paragraph, Sheet, Table, Value, plain
from nachra.history import histories
from nachra.jobs import check_release, journalled, plan
from nachra.outlook import outlook
from nachra.places import Places
from nachra.release import Release
from nachra.sentences import Sentences, numbers
from nachra.sheets import compose
from nachra.texts import languages

NAMES = {"fr": "Perspective (estimation)", "en": "Outlook (estimate)", "ar": "الآفاق (تقدير)"}
ESTIMATE = {"fr": "Estimation de nachra", "en": "Estimate of nachra", "ar": "تقدير من nachra"}
ONE_YEAR = {"TOTAL 2024-S1": "12.9", "TOTAL 2024": "26.2", "TOTAL 2025-S1": "13.4"}
THREE_YEARS = {
    "TOTAL 2022-S1": "10.00",
    "TOTAL 2022": "20.50",
    "TOTAL 2023-S1": "11.00",
    "TOTAL 2023": "21.70",
    "TOTAL 2024-S1": "12.00",
    "TOTAL 2024": "24.90",
    "TOTAL 2025-S1": "13.00",
}
#: as the index of the real quarterly series: years are means of their quarters
QUARTERS = {
    f"TOTAL {year}-Q{number}": f"{98 + 3 * number + year % 7}.{year % 10}"
    for year in range(2021, 2025)
    for number in range(1, 5)
}
INDEX = {**QUARTERS, "TOTAL 2025-Q1": "105.1", "TOTAL 2025-Q2": "109.9", "TOTAL 2025-Q3": "112.3"}


def made(figures: Mapping[str, str | None], language: str = "fr", code: str = "MAD_bn") -> Briefing:
    return compose(release(dict(figures), unit_codes=[code]), (), language)


def sheet(briefing: Briefing) -> Sheet | None:
    return next((one for one in briefing.sheets if one.name == NAMES[briefing.language]), None)


def shown(briefing: Briefing) -> list[list[Decimal | str | None]]:
    """The rows of the table as a reader sees them, numbers exact."""
    found = sheet(briefing)
    assert found
    (table,) = [one for one in found.blocks if isinstance(one, Table)]
    places = Places(briefing)
    return [
        [places.evaluate(cell.expression) if isinstance(cell, Value) else cell for cell in row.cells]  # type: ignore[misc]
        for row in table.rows
    ]


def said(briefing: Briefing) -> list[str]:
    found = sheet(briefing)
    assert found
    return [plain(one.text) for one in found.blocks if isinstance(one, Paragraph) and one.look == "message"]


@pytest.mark.parametrize("figures", [ONE_YEAR, THREE_YEARS, INDEX], ids=["one year", "three years", "quarters"])
def test_the_formulas_give_the_outlook(figures: dict[str, str | None]) -> None:
    code = "index" if figures is INDEX else "MAD_bn"
    expected = outlook(histories([release(figures, unit_codes=[code])])["2025", "TOTAL"], 2025)
    *past, last, alone = shown(made(figures, code=code))
    assert alone[5:] == [pytest.approx(expected.rounding.low), pytest.approx(expected.rounding.high)]
    assert [row[0] for row in past] == [str(year) for year, _ in expected.ratios]
    assert [row[3] for row in past] == [pytest.approx(ratio) for _, ratio in expected.ratios]
    assert last[1] == pytest.approx(expected.part.value) and last[4] == pytest.approx(expected.value)
    if expected.interval is None:
        assert last[5:] == [None, None]
    else:
        assert last[5:] == [pytest.approx(expected.interval.low), pytest.approx(expected.interval.high)]


def test_the_interval_by_another_writing_of_it() -> None:
    logs = [math.log(whole / half) for half, whole in ((10, 20.5), (11, 21.7), (12, 24.9))]
    reach = 1.886 * statistics.stdev(logs) * math.sqrt(1 + 1 / 3)
    low, high = (float(one) for one in shown(made(THREE_YEARS))[-2][5:])  # type: ignore[arg-type]
    assert low == pytest.approx(12.995 * math.exp(statistics.mean(logs) - reach))
    assert high == pytest.approx(13.005 * math.exp(statistics.mean(logs) + reach))


def test_where_past_years_agree_the_rounding_is_the_interval() -> None:
    alike = {
        "TOTAL 2023-S1": "10",
        "TOTAL 2023": "20",
        "TOTAL 2024-S1": "12",
        "TOTAL 2024": "24",
        "TOTAL 2025-S1": "15",
    }
    expected = outlook(histories([release(alike)])["2025", "TOTAL"], 2025)
    assert shown(made(alike))[-2][5:] == [pytest.approx(expected.rounding.low), pytest.approx(expected.rounding.high)]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("figures", [ONE_YEAR, THREE_YEARS], ids=["one year", "three years"])
def test_it_is_called_an_estimate_wherever_it_stands(figures: dict[str, str | None], language: str) -> None:
    briefing = made(figures, language)
    found = sheet(briefing)
    assert found
    assert said(briefing)[0].startswith(ESTIMATE[language])
    (chart,) = [one for one in found.blocks if isinstance(one, Chart)]
    (table,) = [one for one in found.blocks if isinstance(one, Table)]
    for words in (chart.title, chart.description, chart.series[1].name, table.columns[4].header):
        assert "nachra" in words
    assert str(table.rows[-2].cells[0]).endswith("(e)")
    everywhere = [plain(one.text) for one in found.blocks if isinstance(one, Paragraph)]
    assert not any("{" in one for one in everywhere)


def test_one_past_year_says_that_no_interval_can_be_given() -> None:
    first, second = said(made(ONE_YEAR))
    assert "27,2\u00a0milliards de dirhams en 2025" in first and "13,4" in first and "2,031" in first
    assert "aucun intervalle" in second and "27,0" in second and "27,5" in second
    assert "3 années passées" in said(made(THREE_YEARS))[1]


def test_every_number_of_the_words_leads_to_a_cell() -> None:
    briefing = made(THREE_YEARS)
    sentences = Sentences(Places(briefing))
    here = [sentence for cell, sentence in sentences.all() if cell.sheet == NAMES["fr"]]
    found = [one for sentence in here for one in numbers(sentence)]
    assert [(one.written, one.decimals) for one in found[:3]] == [("26,42", 2), ("13,00", 2), ("2,032", 3)]
    assert len(found) == 5
    assert all(sentences.sources(one) for one in found)
    sentences.check()


def test_no_sheet_where_the_year_is_published_or_the_past_too_short() -> None:
    for figures in ({"TOTAL 2023": "26.17", "TOTAL 2024": "26.2"}, {"TOTAL 2024-S1": "12.9", "TOTAL 2025-S1": "13.4"}):
        assert sheet(made(figures)) is None


def notes(found: Release, language: str = "fr") -> str:
    briefing = compose(found, (), language)
    (sheet,) = [one for one in briefing.sheets if one.name in ("Notes", "ملاحظات")]
    return "\n".join(one.text for one in sheet.blocks if isinstance(one, Paragraph) and isinstance(one.text, str))


def test_the_notes_say_why_a_year_that_has_begun_is_not_estimated(releases: list[Path]) -> None:
    half = next(one for one in releases if one.stem.startswith("semestrielle"))
    assert "Pas d'estimation de l'année 2025" in notes(check_release(half)[0].release)
    annual = next(one for one in releases if one.stem.startswith("annuelle"))
    assert "estimation de l'année" not in notes(check_release(annual)[0].release)
    assert "estimation de l'année" not in notes(release(THREE_YEARS))


def test_real_quarters_have_an_outlook(shared: Path) -> None:
    path = shared / "data" / "releases" / "hcp_indice_exportation_trimestriel.xlsx"
    found = check_release(path)[0].release
    rows = shown(compose(found, ()))
    assert [row[0] for row in rows] == ["2020", "2021", "2022", "2023", "2024", "2025 (e)", "arrondi seul"]
    expected = outlook(histories([found])[found.methodology, "EXPORTATION"], 2025)
    assert rows[-2][4] == pytest.approx(expected.value)


# --- with earlier releases ------------------------------------------------------------------------

HALVES = {"TOTAL 2024-S1": "12.9", "TOTAL 2025-S1": "13.4"}


def dated(figures: Mapping[str, str | None], edition: str, mark: str, **fields: Any) -> Release:
    """A release of its own file and edition, whose cells say so."""
    found = release(dict(figures), edition=edition, sha256=mark * 64, file=f"{mark}.xlsx", **fields)
    source = {"file": f"{mark}.xlsx", "sha256": mark * 64}
    observations = tuple(
        one.model_copy(update={"source": one.source.model_copy(update=source)}) for one in found.observations
    )
    return Release(**{name: getattr(found, name) for name in Release.model_fields} | {"observations": observations})


def test_earlier_releases_lengthen_the_history() -> None:
    half = dated(HALVES, "2025-10", "a")
    assert sheet(compose(half, ())) is None, "one release alone does not know a whole year"
    annual = dated({"TOTAL 2024": "26.2", "ITO 2024": "10.578", "CRM 2024": "15.641"}, "2025-04", "b")
    briefing = compose(half, (), past=(annual,))
    (past, last, _) = shown(briefing)
    expected = outlook(histories([annual, half])["2025", "TOTAL"], 2025)
    assert past[:3] == ["2024", Decimal("12.9"), Decimal("26.219")], "the sum of the parts, as in the annual briefing"
    assert last[4] == pytest.approx(expected.value)
    rows = {row.key: row for row in briefing.data if row.key.endswith("|past")}
    assert set(rows) == {"ITO|2024|level|past", "CRM|2024|level|past", "TOTAL|2024|sum|past"}
    assert rows["ITO|2024|level|past"].cells[7] == "b.xlsx", "each figure names its own file"
    assert rows["TOTAL|2024|sum|past"].terms == ("ITO|2024|level|past", "CRM|2024|level|past")
    assert "b.xlsx" in dict(briefing.settings)["history"] and "b" * 64 in dict(briefing.settings)["history"]


def test_another_unit_is_turned_into_the_briefings_own() -> None:
    annual = dated({"TOTAL 2024": "26219"}, "2025-04", "b", unit_codes=["MAD_mn"])
    briefing = compose(dated(HALVES, "2025-10", "a"), (), past=(annual,))
    assert shown(briefing)[0][2] == Decimal("26.219")
    Sentences(Places(briefing)).check()


@pytest.mark.parametrize(
    ("edition", "methodology"), [("2026-04", "2025"), ("2025-04", "historic")], ids=["a later one", "another series"]
)
def test_only_what_was_known_then_and_compares(edition: str, methodology: str) -> None:
    other = dated({"TOTAL 2024": "26.2", "TOTAL 2025": "27.9"}, edition, "b", methodology=methodology)
    briefing = compose(dated(HALVES, "2025-10", "a"), (), past=(other,))
    assert sheet(briefing) is None and "history" not in dict(briefing.settings)


def test_a_release_is_not_its_own_past() -> None:
    half = dated(HALVES, "2025-10", "a")
    assert compose(half, (), past=(half,)) == compose(half, ())


@pytest.fixture
def briefed(run: Run, releases: list[Path], tmp_path: Path) -> Path:
    """The half-year sample's briefing, made with the folder of samples as its history."""
    half = next(one for one in releases if one.stem.startswith("semestrielle"))
    target = tmp_path / "briefings" / "half.xlsx"
    target.parent.mkdir()
    assert run("brief", half, "--history", half.parent, "-o", target)[0] == FINE
    return target


def test_a_briefing_with_a_history_is_verified_with_it(run: Run, briefed: Path, releases: list[Path]) -> None:
    half = next(one for one in releases if one.stem.startswith("semestrielle"))
    assert NAMES["fr"] in open_workbook(briefed).sheetnames
    code, out, _ = run("verify", briefed, "--release", half)
    assert code == FINE and "comparée cellule par cellule" in out, "the others stand beside it"
    alone = briefed.parent / "elsewhere" / half.name
    alone.parent.mkdir()
    alone.write_bytes(half.read_bytes())
    code, _, err = run("verify", briefed, "--release", alone)
    assert code == UNREADABLE and "annuelle-2024.xlsx" in err and "--releases" in err
    assert run("verify", briefed, "--release", alone, "--releases", half.parent)[0] == FINE
    code, out, _ = run("verify", briefed)
    assert code == FINE and "intacte" in out, "without them, the ledger speaks"


def test_a_batch_with_another_history_is_made_anew(releases: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "other.xlsx"
    other.write_bytes(releases[0].read_bytes())
    settings = []
    for content in (releases[0].read_bytes(), releases[1].read_bytes()):
        other.write_bytes(content)
        _, journal = journalled(plan(releases, tmp_path, past=(other,)), tmp_path)
        settings.append(journal.settings)
    assert len(set(settings)) == 2


def test_a_history_that_is_not_there_is_said(run: Run, releases: list[Path], tmp_path: Path) -> None:
    code, _, err = run("brief", releases[0], "--history", tmp_path / "absent", "-o", tmp_path / "x.xlsx")
    assert code == UNREADABLE and "absent" in err and not (tmp_path / "x.xlsx").exists()
