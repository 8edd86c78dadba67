"""Two workbooks that nobody here made: every cell against a reading of the raw XML, written for this test alone."""

from __future__ import annotations

import hashlib
import re
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from nachra.checks import check
from nachra.findings import Severity
from nachra.reading import Reading, read_release
from nachra.release import Measure, Status

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
COLUMNS = "CDEFGHIJKLMNOPQRSTU"

OC = "oc_ide_recettes_par_secteurs.xlsx"
OC_ROWS = {
    8: ("Industrie", "INDUSTRIE"),
    9: ("Immobilier", "IMMOBILIER"),
    10: ("Commerce", "COMMERCE"),
    11: ("Energie et mines", "ENERGIE_MINES"),
    12: ("Tourisme", "TOURISME"),
    13: ("Holding", "HOLDING"),
    14: ("Banque", "BANQUE"),
    15: ("Assurance", "ASSURANCE"),
    16: ("Agriculture", "AGRICULTURE"),
    17: ("Transports", "TRANSPORTS"),
    18: ("Grands travaux", "GRANDS_TRAVAUX"),
    19: ("Télécommunications", "TELECOMS"),
    20: ("Pêche", "PECHE"),
    21: ("Autres services", "AUTRES_SERVICES"),
    22: ("Divers secteurs", "DIVERS"),
    24: ("TOTAL", "TOTAL"),
}
OC_PERIODS = [*(str(year) for year in range(2007, 2025)), "2025-01/2025-09"]

HCP = "hcp_indice_exportation_trimestriel.xlsx"
HCP_COLUMNS = {
    "B": ("Alimentation, boissons et tabacs", "ALIMENTATION"),
    "C": ("Energie et \xa0lubrifiants", "ENERGIE"),
    "D": ("Produits bruts d'origine animale et végétale", "BRUTS_ANIMAUX_VEGETAUX"),
    "E": ("Produits bruts d'origine minérale", "BRUTS_MINERAUX"),
    "F": ("Demi \xa0produits", "DEMI_PRODUITS"),
    "G": ("Produits finis d'équipement agricole", "EQUIPEMENT_AGRICOLE"),
    "H": ("Produits finis d'équipement industriel", "EQUIPEMENT_INDUSTRIEL"),
    "I": ("Produits finis de consommation", "CONSOMMATION"),
    "J": ("Exportation", "EXPORTATION"),
}
HCP_QUARTERS = [(year, quarter) for year in range(2020, 2026) for quarter in range(1, 5)][:23]


class Seen(NamedTuple):
    """An observation as it should be read; everything but the name of its series comes from the raw file."""

    value: Decimal
    quantum: Decimal
    unit: str
    status: Status
    sheet: str
    measure: Measure = Measure.LEVEL


def raw_cells(path: Path) -> dict[str, str]:
    """Return the first sheet's cells as their XML stores them: the text of strings, the digits of numbers."""
    with zipfile.ZipFile(path) as package:
        shared = [
            "".join(text.text or "" for text in item.iter(f"{_MAIN}t"))
            for item in ElementTree.fromstring(package.read("xl/sharedStrings.xml"))
        ]
        cells = {}
        for cell in ElementTree.fromstring(package.read("xl/worksheets/sheet1.xml")).iter(f"{_MAIN}c"):
            value = cell.findtext(f"{_MAIN}v")
            if value is not None:
                cells[cell.attrib["r"]] = shared[int(value)] if cell.get("t") == "s" else value
    return cells


def observed(reading: Reading) -> dict[tuple[str, str, str], Seen]:
    """Return what nachra read, by series, period and cell."""
    found = {}
    for obs in reading.release.observations:
        assert obs.figure is not None, obs
        figure = obs.figure
        seen = Seen(figure.value, figure.quantum, figure.unit.code, obs.status, obs.source.sheet, obs.measure)
        found[obs.series, str(obs.period), obs.source.cell] = seen
    return found


@pytest.fixture(scope="module")
def oc(shared: Path) -> Path:
    return shared / "data" / "releases" / OC


@pytest.fixture(scope="module")
def hcp(shared: Path) -> Path:
    return shared / "data" / "releases" / HCP


@pytest.fixture(scope="module")
def oc_reading(oc: Path) -> Reading:
    return read_release(oc)


@pytest.fixture(scope="module")
def hcp_reading(hcp: Path) -> Reading:
    return read_release(hcp)


def test_oc_every_figure(oc: Path, oc_reading: Reading) -> None:
    raw = raw_cells(oc)
    expected = {}
    for row, (label, code) in OC_ROWS.items():
        assert raw[f"{'A' if code == 'TOTAL' else 'B'}{row}"] == label
        for column, period in zip(COLUMNS, OC_PERIODS, strict=True):
            stored = Decimal(raw[f"{column}{row}"])
            # the Office keeps one decimal under "#,##0"; what lies below is the residue of its subtractions
            value = stored.quantize(Decimal("0.1"))
            assert abs(stored - value) < Decimal("1e-9")
            quantum = Decimal(1) if value == value.to_integral_value() else Decimal("0.1")
            status = Status.PROVISIONAL if column in "TU" else Status.FINAL
            expected[code, period, f"{column}{row}"] = Seen(value, quantum, "MAD_mn", status, "R-IDEM-S")
    assert len(expected) == 16 * 19 == 304
    assert observed(oc_reading) == expected


def test_oc_figures_read_by_eye(oc_reading: Reading) -> None:
    seen = observed(oc_reading)
    for code, period, cell, value, status in [
        ("DIVERS", "2007", "C22", "127.9", Status.FINAL),
        ("INDUSTRIE", "2007", "C8", "3314.4", Status.FINAL),
        ("INDUSTRIE", "2011", "G8", "6129.5", Status.FINAL),
        ("TOTAL", "2007", "C24", "37959", Status.FINAL),
        ("INDUSTRIE", "2024", "T8", "16464", Status.PROVISIONAL),
        ("TOTAL", "2025-01/2025-09", "U24", "43609", Status.PROVISIONAL),
    ]:
        assert (seen[code, period, cell].value, seen[code, period, cell].status) == (Decimal(value), status)


def test_oc_facts(oc: Path, oc_reading: Reading) -> None:
    release = oc_reading.release
    assert release.title == (
        "RECETTES DES INVESTISSEMENTS DIRECTS ETRANGERS AU MAROC, REPARTITION PAR SECTEUR D'ACTIVITE, "
        "ANNEES 2007-2024 ET JANVIER-SEPTEMBRE 2025"
    )
    assert (release.layout, release.publisher, release.edition) == (
        "oc-ide-secteurs",
        "Office des Changes",
        "2026-01-12",
    )
    assert release.notes == ("*Chiffres provisoires",)
    assert release.file == OC
    assert {obs.source.sha256 for obs in release.observations} == {hashlib.sha256(oc.read_bytes()).hexdigest()}


def test_oc_oddities_are_found_and_nothing_else(oc: Path, oc_reading: Reading) -> None:
    found = {item.code: item for item in check(oc_reading)}
    assert {code: item.severity for code, item in found.items()} == {
        "plug-row": Severity.WARNING,
        "external-link": Severity.WARNING,
        "broken-name": Severity.NOTE,
        "partial-year": Severity.NOTE,
    }
    assert len(found) == len(check(oc_reading))
    assert found["plug-row"].cells == tuple(f"{column}22" for column in COLUMNS)
    assert set(found["partial-year"].cells) == {f"U{row}" for row in OC_ROWS}
    assert "OUBELAID" in found["external-link"].message()
    with zipfile.ZipFile(oc) as package:
        names = re.findall(r'<definedName name="([^"]+)"', package.read("xl/workbook.xml").decode())
    assert found["broken-name"].params["count"] == len(set(names))


def test_hcp_every_figure(hcp: Path, hcp_reading: Reading) -> None:
    raw = raw_cells(hcp)
    expected = {}
    for column, (label, code) in HCP_COLUMNS.items():
        assert raw[f"{column}1"] == label
        for row, (year, quarter) in enumerate(HCP_QUARTERS, 2):
            assert raw[f"A{row}"] == f"{year}T{quarter}"
            stored = Decimal(raw[f"{column}{row}"])
            value = stored.quantize(Decimal("0.1"))
            assert abs(stored - value) < Decimal("1e-9")
            seen = Seen(value, Decimal("0.1"), "index", Status.FINAL, "1- Indice trimestriel ")
            expected[code, f"{year}-Q{quarter}", f"{column}{row}"] = seen
    assert len(expected) == 9 * 23 == 207
    assert observed(hcp_reading) == expected


def test_hcp_agrees_with_its_printed_note(hcp_reading: Reading) -> None:
    # HCP's own note on the first quarter of 2025: the exports index went from 117,2 to 117,0
    values = {key[:2]: seen.value for key, seen in observed(hcp_reading).items()}
    assert values["EXPORTATION", "2024-Q1"] == Decimal("117.2")
    assert values["EXPORTATION", "2025-Q1"] == Decimal("117.0")


def test_hcp_facts_and_findings(hcp_reading: Reading) -> None:
    release = hcp_reading.release
    assert (release.layout, release.publisher) == ("hcp-indice-exportation", "Haut-Commissariat au Plan")
    assert release.notes == ("Source : Haut Commissariat au Plan",)
    assert release.total is not None and release.total.code == "EXPORTATION"
    assert [(item.code, item.severity) for item in check(hcp_reading)] == [("unit-from-layout", Severity.NOTE)]
