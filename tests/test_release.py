"""The model of a release: what it refuses to hold, and the same figures as a tidy table."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import releases_made as made
from pydantic import ValidationError

from nachra.figures import Figure
from nachra.periods import Period
from nachra.reading import read_release
from nachra.release import Measure, Observation, Release, Series, Source, Status, status_words
from nachra.texts import load_toml
from nachra.units import unit

SHA256 = "0123456789abcdef" * 4
SOURCE = Source(file="a.xlsx", sha256=SHA256, sheet="Publication", cell="E12")


def observation(**fields: Any) -> Observation:
    given = {
        "series": "TOTAL",
        "period": Period(2024),
        "measure": Measure.LEVEL,
        "figure": Figure(Decimal("26.2"), Decimal("0.1"), unit("MAD_bn")),
        "status": Status.PROVISIONAL,
        "methodology": "2025",
        "source": SOURCE,
    }
    return Observation(**given | fields)


def release(*observations: Observation, **fields: Any) -> Release:
    given = {
        "file": "a.xlsx",
        "sha256": SHA256,
        "layout": "annuel",
        "publisher": "Office",
        "title": "T",
        "edition": "2025-10",
        "methodology": "2025",
        "additive": True,
        "series": (Series(code="TOTAL", label={"fr": "Total"}, role="total"),),
        "observations": observations,
    }
    return Release(**given | fields)


PERCENT = Figure(Decimal("0.2"), Decimal("0.1"), unit("percent"))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"figure": None}, "says why it has none"),
        ({"status": Status.MISSING}, "says why it has none"),
        ({"status": Status.CONFIDENTIAL}, "says why it has none"),
        ({"figure": Figure(Decimal(1), Decimal(0), unit("MAD_bn"))}, "positive quantum"),
        ({"figure": PERCENT}, "rates are in percent"),
        ({"figure": PERCENT, "measure": Measure.OTHER_LEVEL}, "rates are in percent"),
        ({"measure": Measure.GROWTH}, "rates are in percent"),
        ({"measure": Measure.SHARE}, "rates are in percent"),
    ],
)
def test_incoherent_observation(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        observation(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"figure": None, "status": Status.MISSING},
        {"figure": None, "status": Status.CONFIDENTIAL, "measure": Measure.SHARE},
        {"figure": PERCENT, "measure": Measure.GROWTH},
    ],
)
def test_coherent_observation(fields: dict[str, Any]) -> None:
    assert observation(**fields).status in Status


@pytest.mark.parametrize(
    "fields",
    [{"cell": "12E"}, {"cell": "E0"}, {"cell": "ABCD1"}, {"sha256": "ABC"}, {"sha256": SHA256.upper()}],
)
def test_source_leads_to_a_cell_of_a_known_file(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Source(**{"file": "a.xlsx", "sha256": SHA256, "sheet": "S", "cell": "E12"} | fields)


@pytest.mark.parametrize("edition", ["octobre 2025", "25-10", "2025-1", "2025-10-1"])
def test_edition_is_a_date_or_the_beginning_of_one(edition: str) -> None:
    with pytest.raises(ValidationError):
        release(edition=edition)


def test_two_observations_of_the_same() -> None:
    with pytest.raises(ValidationError, match="two observations"):
        release(observation(), observation(status=Status.FINAL))
    both = release(observation(), observation(figure=PERCENT, measure=Measure.GROWTH))
    assert both.figure("TOTAL", Period(2024), Measure.GROWTH) == PERCENT


def test_answers_of_a_release() -> None:
    missing = observation(period=Period(2023), figure=None, status=Status.MISSING)
    one = release(observation(), missing)
    assert one.periods == (Period(2023), Period(2024))
    assert one.get("TOTAL", Period(2023)) == missing
    assert one.figure("TOTAL", Period(2023)) is None
    assert one.get("ITO", Period(2024)) is None
    assert (one.total, one.parts) == (one.series[0], ())


def test_names_of_a_series_fall_back_to_french() -> None:
    series = Series(code="ITO", label={"fr": "Technologies", "en": "Technology"}, short={"fr": "ITO"})
    assert [series.name(language) for language in ("fr", "en", "ar")] == ["Technologies", "Technology", "Technologies"]
    assert [series.short_name(language) for language in ("fr", "en")] == ["ITO", "Technology"]


def test_every_status_is_mapped_and_found_by_its_words() -> None:
    entries = load_toml("statuses.toml")
    assert set(entries) == set(Status)
    # CL_OBS_STATUS: normal, provisional, revised by the publisher, estimated, break, missing, confidential
    assert "".join(entries[status]["sdmx"] for status in Status) == "APAEBOQ", "CL_OBS_STATUS 2.2 has neither R nor C"
    words = [word for word, _ in status_words()]
    assert sorted(words, key=len, reverse=True) == words
    assert {status.label() for status in Status} <= set(words)
    assert len(dict(status_words())) == len(set(status_words()))


# --- as a table -----------------------------------------------------------------------------------

#: as the docstring of `Release.to_frame` has them
COLUMNS = {
    "series": "category",
    "label": "string",
    "period": "string",
    "start": "datetime64[ns]",
    "months": "int64",
    "measure": "category",
    "value": "float64",
    "value_text": "string",
    "unit": "category",
    "precision": "float64",
    "status": "category",
    "methodology": "category",
    "sheet": "category",
    "cell": "category",
}


@pytest.fixture(scope="module")
def frame(releases: list[Path]) -> tuple[Release, pd.DataFrame]:
    found = read_release(next(path for path in releases if path.stem == "semestrielle-2025-S1")).release
    return found, found.to_frame()


def test_columns_and_types(frame: tuple[Release, pd.DataFrame]) -> None:
    assert {name: str(dtype) for name, dtype in frame[1].dtypes.items()} == COLUMNS
    documented = " ".join((Release.to_frame.__doc__ or "").split())
    assert all(name in documented for name in COLUMNS)


def test_table_of_nothing_has_the_same_columns() -> None:
    empty = release().to_frame()
    assert len(empty) == 0
    assert {name: str(dtype) for name, dtype in empty.dtypes.items()} == COLUMNS


def test_every_observation_comes_back(frame: tuple[Release, pd.DataFrame]) -> None:
    found, table = frame
    assert len(table) == len(found.observations)
    for obs, row in zip(found.observations, table.itertuples(index=False), strict=True):
        assert (row.series, row.period, row.measure) == (obs.series, str(obs.period), obs.measure)
        assert (row.status, row.methodology) == (obs.status, obs.methodology)
        assert (row.sheet, row.cell) == (obs.source.sheet, obs.source.cell)
        assert (row.start.year, row.start.month, row.start.day) == (obs.period.year, obs.period.first, 1)
        assert row.months == obs.period.months == 6
        if obs.figure is None:
            assert row.value_text is pd.NA
            assert row.unit is pd.NA or pd.isna(row.unit)
            assert pd.isna(row.value) and pd.isna(row.precision)
        else:
            assert Decimal(row.value_text) == obs.figure.value
            assert (row.value, row.precision) == (float(obs.figure.value), float(obs.figure.quantum))
            assert row.unit == obs.figure.unit.code


def test_table_is_ready_to_be_analysed(frame: tuple[Release, pd.DataFrame]) -> None:
    table = frame[1]
    levels = table[table.measure == "level"].pivot(index="start", columns="series", values="value")
    assert levels.loc["2025-01-01", "TOTAL"] == 13.4
    assert levels["TOTAL"].tolist() == [12.9, 13.4]
    assert table[table.measure == "growth"].value.tolist() == [3.5]


def test_values_are_written_without_an_exponent() -> None:
    one = release(observation(figure=Figure(Decimal(1000), Decimal(1), unit("MAD_mn"))))
    assert one.to_frame().value_text.tolist() == ["1000"]
    assert made.read(made.with_cells({"B6": 4000000})).release.to_frame().value_text.iloc[3] == "4000000"
