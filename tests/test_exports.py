"""A release in standard formats: the same figures, official codes, nothing guessed, nothing that a spreadsheet runs."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import office
import pytest
from specimens import release

from nachra.errors import ExportError, UsageError
from nachra.exports import Format, csv_bytes, export, json_bytes, parquet_bytes, safe_cell, sdmx_csv_bytes, sdmx_rows
from nachra.jobs import check_release
from nachra.release import Observation, Release, Status
from nachra.texts import load_toml
from nachra.tidy import mapping_of, rows

#: SDMX cross-domain code lists, CL_OBS_STATUS 2.2 and CL_CONF_STATUS 1.2
OBS_STATUS = set("ABDEFGHIJKLMNOPQSUVW")
CONF_STATUS = set("ACDFMNPSTU")


@pytest.fixture(scope="module", params=["annuelle-2024", "semestrielle-2025-S1", "historique-2009-2023"])
def sample(request: pytest.FixtureRequest) -> Release:
    return check_release(office.REPOSITORY / "workbooks" / "releases" / f"{request.param}.xlsx")[0].release


def parsed(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def changed(found: Release, **fields: Any) -> Release:
    return Release.model_validate({**dict(found), **fields})


# --- CSV, JSON, Parquet -----------------------------------------------------------------------------


def test_csv_holds_every_observation_to_the_digit(sample: Release) -> None:
    found = parsed(csv_bytes(sample))
    assert len(found) == len(sample.observations)
    statuses = load_toml("statuses.toml")
    for row, obs in zip(found, sample.observations, strict=True):
        assert (row["series"], row["period"], row["measure"]) == (obs.series, str(obs.period), obs.measure.value)
        assert (row["sheet"], row["cell"], row["sha256"]) == (obs.source.sheet, obs.source.cell, sample.sha256)
        assert row["obs_status"] == statuses[obs.status.value]["sdmx"]
        if obs.figure is None:
            assert (row["value"], row["unit"], row["decimals"]) == ("", "", "")
        else:
            assert Decimal(row["value"]) == obs.figure.value
            assert Decimal(10) ** int(row["unit_mult"]) == obs.figure.unit.factor
            assert int(row["decimals"]) == obs.figure.decimals


def test_json_is_the_same_table(sample: Release) -> None:
    content = json.loads(json_bytes(sample))
    assert content["release"]["sha256"] == sample.sha256
    as_text = [{k: "" if v is None else str(v) for k, v in row.items()} for row in content["observations"]]
    assert as_text == parsed(csv_bytes(sample))


def test_parquet_is_the_data_frame_with_codes(sample: Release) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    found = pandas.read_parquet(io.BytesIO(parquet_bytes(sample)))
    frame = sample.to_frame()
    assert list(found.columns[: len(frame.columns)]) == list(frame.columns)
    assert found["value"].equals(frame["value"]) and found["start"].equals(frame["start"])
    tidy = rows(sample)
    for name in ("obs_status", "unit_mult", "decimals", "ebops", "ebops_status"):
        shown = [None if pandas.isna(one) else one for one in found[name]]
        assert shown == [row[name] for row in tidy], name


@pytest.mark.parametrize("form", Format)
def test_the_same_release_gives_the_same_bytes(sample: Release, form: Format) -> None:
    assert export(sample, form) == export(sample, form)


def test_a_byte_order_mark_is_for_csv(sample: Release) -> None:
    assert export(sample, Format.CSV, bom=True) == b"\xef\xbb\xbf" + export(sample, Format.CSV)
    assert not export(sample, Format.CSV).startswith(b"\xef\xbb\xbf")
    for form in (Format.JSON, Format.PARQUET, Format.SDMX_CSV):
        with pytest.raises(UsageError):
            export(sample, form, bom=True)


@pytest.mark.parametrize(
    "begun", ["=1+1", "+33 5", "-2", "@SUM(A1)", "\tx", "\rx", "\nx", "=cmd|' /C calc'!A0", "＝1", "＠x"]
)
def test_no_cell_begins_like_a_formula(begun: str) -> None:
    assert safe_cell(begun) == "'" + begun
    made = release({"TOTAL 2024": "-26.2"})
    source = made.observations[0].source.model_copy(update={"sheet": begun, "file": f"{begun}.xlsx"})
    hostile = changed(
        made,
        publisher=begun,
        observations=(made.observations[0].model_copy(update={"source": source}),),
        series=tuple(one.model_copy(update={"label": {"fr": begun}}) for one in made.series),
    )
    (row,) = parsed(csv_bytes(hostile))
    for name in ("label", "publisher", "sheet", "file"):
        assert row[name].startswith("'") and row[name][1:].startswith(begun)
    assert row["value"] == "-26.2", "a negative figure stays one"
    pytest.importorskip("pysdmx")
    assert sdmx_csv_bytes(hostile) == sdmx_csv_bytes(made), "no text of the workbook goes there"


def test_ordinary_texts_are_left_alone() -> None:
    for text in ("Total", "خدمات", "2024", "", "'déjà", "a=b", " =1"):
        assert safe_cell(text) == text


# --- codes ------------------------------------------------------------------------------------------


def test_statuses_are_of_the_official_code_lists() -> None:
    for status, entry in load_toml("statuses.toml").items():
        assert entry["sdmx"] in OBS_STATUS, status
        assert entry.get("conf", "F") in CONF_STATUS, status


def test_every_mapping_says_whether_it_is_official() -> None:
    for entry in load_toml("nomenclature.toml")["series"]:
        found = mapping_of(entry["code"], "2025")
        assert found and found.status in ("official", "indicative") and found.items, entry["code"]
    parts = {item for entry in load_toml("nomenclature.toml")["series"] if entry["role"] == "part"
             for item in entry["ebops"]["codes"]}  # fmt: skip
    total = mapping_of("TOTAL", "2025")
    assert total and set(total.items) == parts
    assert mapping_of("TOTAL", "oc-ide") is None, "the total of another publication"
    assert mapping_of("FOO", "2025") is None


# --- SDMX -------------------------------------------------------------------------------------------


def read_by_sdmx1(data: bytes) -> list[tuple[dict[str, str], str, dict[str, str]]]:
    """Read SDMX-CSV with the library that did not write it: key, value, attributes of every observation."""
    pytest.importorskip("sdmx")
    from sdmx.model import v30
    from sdmx.reader.csv import Reader

    content = load_toml("sdmx.toml")
    structure = v30.DataStructureDefinition(id=content["structure"]["id"], version=content["structure"]["version"])
    for name in content["dimensions"]:
        structure.dimensions.getdefault(id=name)
    for name in content["attributes"]["list"]:
        structure.attributes.getdefault(id=name)
    structure.measures.getdefault(id="OBS_VALUE")
    flow = v30.Dataflow(id=content["structure"]["id"], structure=structure)
    message = Reader().convert(io.BytesIO(data), structure=flow)
    return [
        (
            {name: str(one.value) for name, one in obs.dimension.values.items()},
            str(obs.value),
            {name: str(one.value) for name, one in obs.attached_attribute.items()},
        )
        for dataset in message.data
        for obs in dataset.obs
    ]


def test_what_pysdmx_writes_sdmx1_reads(sample: Release) -> None:
    pytest.importorskip("pysdmx")
    read = read_by_sdmx1(sdmx_csv_bytes(sample))
    assert len(read) == len(sample.observations)
    for (key, value, attributes), obs in zip(read, sample.observations, strict=True):
        assert (key["ACTIVITY"], key["TIME_PERIOD"]) == (obs.series, str(obs.period))
        assert (key["REF_AREA"], key["ACCOUNTING_ENTRY"], key["MEASURE"]) == ("MA", "C", obs.measure.value.upper())
        assert key["FREQ"] == {12: "A", 6: "S", 3: "Q", 1: "M"}[obs.period.months]
        assert attributes["NACHRA_STATUS"] == obs.status.value
        assert attributes["INT_ACC_ITEM_STATUS"] == "indicative"
        assert attributes["SOURCE_CELL"] == obs.source.cell
        if obs.figure is None:
            assert (value, attributes["OBS_STATUS"], attributes["UNIT_MULT"]) == ("", "O", "")
        else:
            assert Decimal(value) == obs.figure.value
            assert Decimal(10) ** int(attributes["UNIT_MULT"]) == obs.figure.unit.factor
    keys = [tuple(key.items()) for key, _, _ in read]
    assert len(set(keys)) == len(keys), "a key names one observation"


def test_the_methodology_is_part_of_the_key() -> None:
    old, new = (
        sdmx_rows(release({"TOTAL 2023": value}, methodology=name))
        for name, value in (("historic", "17.9"), ("2025", "26.17"))
    )
    assert old[0]["METHODOLOGY"] == "HISTORIC" and new[0]["METHODOLOGY"] == "M2025"
    dimensions = load_toml("sdmx.toml")["dimensions"]
    assert [old[0][name] for name in dimensions] != [new[0][name] for name in dimensions]


def test_every_methodology_has_its_code() -> None:
    assert set(load_toml("sdmx.toml")["methodology"]) == set(load_toml("nomenclature.toml")["methodology"])


@pytest.mark.parametrize("name", ["hcp_indice_exportation_trimestriel.xlsx", "oc_ide_recettes_par_secteurs.xlsx"])
def test_an_unmapped_series_is_refused_not_guessed(shared: Path, name: str) -> None:
    found = check_release(shared / "data" / "releases" / name)[0].release
    with pytest.raises(ExportError) as error:
        export(found, Format.SDMX_CSV)
    assert error.value.code == "export_unmapped" and found.observations[0].series in error.value.message()
    assert {row["ebops"] for row in parsed(export(found, Format.CSV))} == {""}


def _with(made: Release, **fields: Any) -> Release:
    first: Observation = made.observations[0].model_copy(update=fields)
    return changed(made, observations=(first, *made.observations[1:]))


def test_what_sdmx_has_no_code_for_is_refused() -> None:
    with pytest.raises(ExportError) as error:
        sdmx_rows(release({"TOTAL 2025-01/2025-09": "20.1"}))
    assert error.value.code == "export_span" and error.value.cell == "E1"
    with pytest.raises(ExportError) as error:
        sdmx_rows(release({"TOTAL 2024": None}))
    assert error.value.code == "export_unit"
    with pytest.raises(ExportError) as error:
        sdmx_rows(release({"TOTAL 2024": "26.2"}, methodology="unspecified"))
    assert error.value.code == "export_unmapped"


def test_a_confidential_figure_is_said_to_be_so() -> None:
    made = release({"TOTAL 2024": None, "ITO 2024": "10.6"})
    row = sdmx_rows(_with(made, status=Status.CONFIDENTIAL))[0]
    assert (row["OBS_VALUE"], row["OBS_STATUS"], row["CONF_STATUS"]) == ("", "Q", "C")
    assert row["UNIT_MEASURE"] == "MAD", "that of the other levels"


@pytest.mark.parametrize(
    ("form", "module", "extra"), [("sdmx-csv", "pysdmx", "sdmx"), ("parquet", "pyarrow", "parquet")]
)
def test_a_missing_extra_is_said_with_the_command(form: str, module: str, extra: str) -> None:
    """In a process where the library cannot be imported."""
    program = f"""
import sys
sys.modules["{module}"] = None
from nachra.errors import UsageError
from nachra.exports import Format, export
from nachra.jobs import check_release
from pathlib import Path
try:
    export(check_release(Path({str(office.REPOSITORY / "workbooks" / "releases" / "annuelle-2024.xlsx")!r}))[0].release,
           Format({form!r}))
except UsageError as error:
    print(error.message("fr"))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, encoding="utf-8", check=True)
    assert f'pip install "nachra[{extra}]"' in done.stdout
