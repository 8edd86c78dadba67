"""The samples and the blank templates: rebuilt to the byte, and holding what was published, no more, no less."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
import releases_made as made
from office import REPOSITORY

from nachra.checks import check
from nachra.findings import Severity
from nachra.grid import Kind
from nachra.layouts import nomenclature
from nachra.reading import Reading, read_release
from nachra.release import Measure, Status
from nachra.texts import templates

ANNUAL, HALF, HISTORIC = "annuelle-2024", "semestrielle-2025-S1", "historique-2009-2023"
UNITS = {"MAD_bn": "MAD_bn", "MAD_mn": "MAD_mn", "pct_share": "percent", "pct_yoy": "percent"}
MEASURES = {"pct_share": Measure.SHARE, "pct_yoy": Measure.GROWTH}


class Fact(NamedTuple):
    """A published figure and the sample that it belongs to."""

    sample: str
    series: str
    period: str
    measure: Measure
    value: Decimal
    quantum: Decimal
    unit: str
    status: Status


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def status(words: str) -> Status:
    """What the status column means for the line that a figure opens."""
    if words.startswith("preliminary"):
        return Status.PROVISIONAL
    forecast_or_hearsay = words.startswith(("expected", "FORECAST", "industry statement"))
    return Status.ESTIMATED if forecast_or_hearsay else Status.FINAL


def facts() -> set[Fact]:
    """Lay published_figures.csv out as the observations that it asks for."""
    found: set[Fact] = set()
    lines: dict[tuple[str, str, str], Status] = {}
    for row in table(REPOSITORY / "workbooks" / "published_figures.csv"):
        new = "series=NEW" in row["status"]
        assert new != ("series=OLD" in row["status"]), row
        sample = (HALF if "-H" in row["period"] else ANNUAL) if new else HISTORIC
        line = (sample, row["subsector"], row["period"])
        measure = MEASURES.get(row["unit"], Measure.OTHER_LEVEL if line in lines else Measure.LEVEL)
        if measure is Measure.LEVEL:
            lines[line] = status(row["status"])
        quantum = Decimal(1).scaleb(-len(row["value"].partition(".")[2]))
        period = row["period"].replace("H", "S")
        # a rate, or a second level, has the status of its line
        fact = Fact(sample, line[1], period, measure, Decimal(row["value"]), quantum, UNITS[row["unit"]], lines[line])
        assert fact not in found, fact
        found.add(fact)
    return found


@pytest.fixture(scope="module")
def samples(releases: list[Path]) -> dict[str, Reading]:
    return {path.stem: read_release(path) for path in releases}


def test_rebuilt_to_the_same_bytes() -> None:
    made_now = made.script.outputs()
    committed = [*(REPOSITORY / "workbooks" / "releases").glob("*"), *(templates() / "releases").glob("*.xlsx")]
    assert set(made_now) == set(committed)
    assert [path.name for path, data in made_now.items() if path.read_bytes() != data] == []
    assert made.script.outputs() == made_now


def test_samples_hold_every_published_figure_and_no_other(samples: dict[str, Reading]) -> None:
    observed = {
        Fact(
            sample,
            obs.series,
            str(obs.period),
            obs.measure,
            obs.figure.value,
            obs.figure.quantum,
            obs.figure.unit.code,
            obs.status,
        )
        for sample, reading in samples.items()
        for obs in reading.release.observations
        if obs.figure
    }
    assert observed == facts()
    assert len(observed) == len(table(REPOSITORY / "workbooks" / "published_figures.csv"))


def test_what_was_not_published_is_said_to_be(samples: dict[str, Reading]) -> None:
    for reading in samples.values():
        absent = [obs for obs in reading.release.observations if obs.figure is None]
        assert {obs.status for obs in absent} == {Status.MISSING}
        # declared by the status, in an empty cell
        assert [reading.cell(obs) for obs in absent] == [None] * len(absent)
        assert {one.severity for one in reading.findings} <= {Severity.NOTE}


def test_nothing_is_computed(samples: dict[str, Reading]) -> None:
    for reading in samples.values():
        cells = [cell for sheet in reading.grid.sheets for cell in sheet.cells.values()]
        assert [cell.address for cell in cells if cell.formula] == []
        # every number on the sheet is a published figure or a year
        figures = {obs.source.cell for obs in reading.release.observations}
        numbers = [cell for cell in reading.table.cells.values() if cell.kind is Kind.NUMBER]
        assert {cell.address for cell in numbers if cell.address not in figures} <= {f"A{cell.row}" for cell in numbers}


def test_every_figure_has_its_source_in_the_notes(samples: dict[str, Reading]) -> None:
    rows = table(REPOSITORY / "workbooks" / "published_figures.csv")
    for row in rows:
        new = "series=NEW" in row["status"]
        sample = (HALF if "-H" in row["period"] else ANNUAL) if new else HISTORIC
        shown = row["value"].replace(".", ",")
        lines = [note for note in samples[sample].release.notes if row["source"] in note and row["subsector"] in note]
        assert any(f" {shown} " in note for note in lines), row


def test_figures_are_those_of_the_research(shared: Path) -> None:
    """The project's own list is the research's, without what was derived, targeted or about something else."""
    codes = {one.code for one in nomenclature()}

    def chosen(row: dict[str, str]) -> bool:
        if row["subsector"] not in codes or row["status"].startswith(("DERIVED", "TARGET")):
            return False
        if "series=NEW" in row["status"]:
            return row["period"] in ("2023", "2024", "2024-H1", "2025-H1")
        return row["subsector"] == "TOTAL" and row["period"].isdigit()

    def key(row: dict[str, str]) -> tuple[str, ...]:
        return row["period"], row["subsector"], row["value"], row["unit"]

    ours = table(REPOSITORY / "workbooks" / "published_figures.csv")
    theirs = table(shared / "data" / "published_figures.csv")
    assert {key(row) for row in ours} == {key(row) for row in theirs if chosen(row)}
    assert not any(row["status"].startswith(("DERIVED", "TARGET")) for row in ours)


@pytest.mark.parametrize(
    ("sample", "found"),
    [
        (ANNUAL, {"claim-unchecked", "not-published", "total-unchecked"}),
        (HALF, {"not-published", "total-unchecked"}),
        (HISTORIC, {"conflicting-level", "rounder-level", "claim-unchecked", "no-breakdown", "not-published"}),
    ],
)
def test_findings_of_the_samples(samples: dict[str, Reading], sample: str, found: set[str]) -> None:
    reading = samples[sample]
    findings = {one.code: one for one in check(reading)}
    assert set(findings) == found
    assert {one.code for one in findings.values() if one.severity is not Severity.NOTE} == found & {"conflicting-level"}
    if sample == HISTORIC:
        years = {code: findings[code].params["period"] for code in ("rounder-level", "conflicting-level")}
        assert {code: period.year for code, period in years.items()} == {
            "rounder-level": 2015,
            "conflicting-level": 2019,
        }
        assert findings["conflicting-level"].severity is Severity.WARNING


def test_facts_of_the_samples(samples: dict[str, Reading]) -> None:
    releases = {name: reading.release for name, reading in samples.items()}
    assert {name: release.methodology for name, release in releases.items()} == {
        ANNUAL: "2025",
        HALF: "2025",
        HISTORIC: "historic",
    }
    assert {release.edition for release in releases.values()} == {"2025-10"}
    # none of them may pass for a document of the Office
    for release in releases.values():
        assert any("n'est pas un document de l'Office des Changes" in note for note in release.notes)


# --- the blank templates --------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "period"), [("annuel", 2026), ("semestriel", "S1 2026")])
def test_template_filled_in_by_a_statistician(tmp_path: Path, kind: str, period: int | str) -> None:
    book = made.opened((templates() / "releases" / f"{kind}.xlsx").read_bytes())
    sheet = book["Publication"]
    head = next(row for row in sheet.iter_rows() if any(cell.value == "Code" for cell in row))
    columns = {cell.value: cell.column for cell in head if cell.value}
    for name, value in (("titre", "Exportations, 2026"), ("edition", "2027-02"), ("unite", "Mds DH")):
        sheet[book.defined_names[f"nachra_{name}"].attr_text.partition("!")[2].replace("$", "")].value = value
    typed = {"TOTAL": 30.5, "ITO": 12.25, "CRM": 11, "ESO": 4.5, "BPO": 2700, "KPO": None}
    line = head[0].row + 1
    for row in range(line, line + len(typed)):
        code = sheet.cell(row, columns["Code"]).value
        sheet.cell(row, 1).value = period
        sheet.cell(row, columns["Valeur"]).value = typed[code]
        sheet.cell(row, columns["Unité"]).value = "MDH" if code == "BPO" else None
        sheet.cell(row, columns["Statut"]).value = "non publié" if code == "KPO" else "provisoire"
    sheet.cell(line, columns["Variation (%)"]).value = 4.2
    path = tmp_path / "publication.xlsx"
    book.save(path)
    reading = read_release(path)
    assert reading.layout.id == kind
    assert (reading.release.title, reading.release.edition) == ("Exportations, 2026", "2027-02")
    written = "2026" if kind == "annuel" else "2026-S1"
    assert made.figures(reading) == {
        ("TOTAL", written, "level"): "30.5 MAD_bn ±0.1 provisional",
        ("TOTAL", written, "growth"): "4.2 percent ±0.1 provisional",
        ("ITO", written, "level"): "12.25 MAD_bn ±0.01 provisional",
        ("CRM", written, "level"): "11 MAD_bn ±1 provisional",
        ("ESO", written, "level"): "4.5 MAD_bn ±0.1 provisional",
        ("BPO", written, "level"): "2700 MAD_mn ±1 provisional",
        ("KPO", written, "level"): "missing",
    }
    assert {one.code for one in check(reading)} == {"claim-unchecked", "not-published", "total-unchecked"}


@pytest.mark.parametrize("kind", ["annuel", "semestriel"])
def test_blank_template_is_recognised_and_empty(kind: str) -> None:
    reading = read_release(templates() / "releases" / f"{kind}.xlsx")
    assert (reading.layout.id, reading.release.observations) == (kind, ())
    assert [one for one in check(reading) if one.severity is Severity.ERROR] == []


@pytest.mark.parametrize("kind", ["annuel", "semestriel"])
def test_lists_of_the_template_are_what_reading_knows(kind: str) -> None:
    book = made.opened((templates() / "releases" / f"{kind}.xlsx").read_bytes())
    validations = book["Publication"].data_validations.dataValidation
    offered = [set(one.formula1.strip('"').split(",")) for one in validations if one.type == "list"]
    assert {status.label() for status in Status} in offered
    assert {one.code for one in nomenclature()} in offered
    assert all(
        f"nachra_{name}" in book.defined_names for name in ("titre", "edition", "unite", "methodologie", "modele")
    )
