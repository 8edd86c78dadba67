"""The model of a release: what was published, observation by observation, each with its source cell."""

from __future__ import annotations

from enum import StrEnum
from functools import cache, cached_property
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nachra.figures import Figure
from nachra.periods import Period
from nachra.texts import DEFAULT_LANGUAGE, load_toml

if TYPE_CHECKING:
    import pandas


class Status(StrEnum):
    """Status of an observation; `templates/statuses.toml` maps each to SDMX OBS_STATUS and holds its words."""

    FINAL = "final"
    PROVISIONAL = "provisional"
    REVISED = "revised"
    ESTIMATED = "estimated"
    BREAK = "break"
    MISSING = "missing"
    CONFIDENTIAL = "confidential"

    def label(self, language: str = DEFAULT_LANGUAGE) -> str:
        return str(load_toml("statuses.toml")[self.value]["label"][language])

    @property
    def mark(self) -> str:
        """Return the letter printed beside a figure, without parentheses ("p"); empty for final figures."""
        return str(load_toml("statuses.toml")[self.value]["mark"])


class Measure(StrEnum):
    """What an observation measures; OTHER_LEVEL is a second published level for the same series and period."""

    LEVEL = "level"
    OTHER_LEVEL = "other_level"
    GROWTH = "growth"
    SHARE = "share"


class Source(BaseModel):
    """Where a figure stands: the file's name and SHA-256, the sheet, the cell."""

    model_config = ConfigDict(frozen=True)

    file: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    sheet: str
    cell: str = Field(pattern=r"^[A-Z]{1,3}[1-9][0-9]{0,6}$")


class Series(BaseModel):
    """A series of the release: code, labels by language, and its role towards the total."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$")
    label: dict[str, str]
    short: dict[str, str] = {}
    role: str = Field(default="part", pattern=r"^(total|part)$")

    def name(self, language: str = DEFAULT_LANGUAGE) -> str:
        return self.label.get(language) or self.label[DEFAULT_LANGUAGE]

    def short_name(self, language: str = DEFAULT_LANGUAGE) -> str:
        return self.short.get(language) or self.name(language)


class Observation(BaseModel):
    """Series × period × measure: a figure (None where not published), its status and its source cell.

    Growth and share are in percent, as published ("+3.5"); levels in the unit of the cell.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    series: str
    period: Period
    measure: Measure
    figure: Figure | None
    status: Status
    methodology: str
    source: Source
    note: str = ""

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if (self.figure is None) != (self.status in (Status.MISSING, Status.CONFIDENTIAL)):
            raise ValueError("an observation has a figure, or a status that says why it has none")
        if self.figure is not None and self.figure.quantum <= 0:
            raise ValueError("a figure has a positive quantum")
        is_rate = self.measure in (Measure.GROWTH, Measure.SHARE)
        if self.figure is not None and is_rate != (self.figure.unit.code == "percent"):
            raise ValueError("rates are in percent, levels are not")
        return self


class Release(BaseModel):
    """An official workbook as published: identified by its bytes' SHA-256, laid out as observations."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, ignored_types=(cached_property,))

    file: str
    sha256: str
    layout: str
    publisher: str
    title: str
    edition: str = Field(pattern=r"^(\d{4}(-\d\d(-\d\d)?)?)?$")
    methodology: str
    additive: bool
    series: tuple[Series, ...]
    observations: tuple[Observation, ...]
    notes: tuple[str, ...] = ()
    subject: dict[str, str] = {}

    @model_validator(mode="after")
    def _unique(self) -> Self:
        if len(self._index) != len(self.observations):
            raise ValueError("two observations for one series, period and measure")
        return self

    @cached_property
    def _index(self) -> dict[tuple[str, Period, Measure], Observation]:
        return {(obs.series, obs.period, obs.measure): obs for obs in self.observations}

    def get(self, series: str, period: Period, measure: Measure = Measure.LEVEL) -> Observation | None:
        """Return one observation, None where the release has none (not even as not published)."""
        return self._index.get((series, period, measure))

    def figure(self, series: str, period: Period, measure: Measure = Measure.LEVEL) -> Figure | None:
        """Return one published figure, None where there is none."""
        found = self.get(series, period, measure)
        return found.figure if found else None

    @cached_property
    def periods(self) -> tuple[Period, ...]:
        """Every period of the release, oldest first."""
        return tuple(sorted({obs.period for obs in self.observations}))

    @cached_property
    def total(self) -> Series | None:
        return next((series for series in self.series if series.role == "total"), None)

    @cached_property
    def parts(self) -> tuple[Series, ...]:
        return tuple(series for series in self.series if series.role == "part")

    def to_frame(self) -> pandas.DataFrame:
        """Return the observations as a tidy DataFrame, one row each, in the release's order.

        Columns and dtypes: series, measure, unit, status, methodology, sheet, cell (category); period, label,
        value_text (string: the exact published decimal); start (datetime64[ns], the period's first day); months
        (int64); value, precision (float64, in `unit`, NaN where not published).
        """
        import pandas as pd

        labels = {series.code: series.name() for series in self.series}
        columns = (
            *("series", "label", "period", "start", "months", "measure", "value", "value_text"),
            *("unit", "precision", "status", "methodology", "sheet", "cell"),
        )
        rows = [
            {
                "series": obs.series,
                "label": labels[obs.series],
                "period": str(obs.period),
                "start": f"{obs.period.year}-{obs.period.first:02}-01",
                "months": obs.period.months,
                "measure": obs.measure.value,
                "value": float(obs.figure.value) if obs.figure else float("nan"),
                "value_text": str(obs.figure.value) if obs.figure else None,
                "unit": obs.figure.unit.code if obs.figure else None,
                "precision": float(obs.figure.quantum) if obs.figure else float("nan"),
                "status": obs.status.value,
                "methodology": obs.methodology,
                "sheet": obs.source.sheet,
                "cell": obs.source.cell,
            }
            for obs in self.observations
        ]
        categories = ("series", "measure", "unit", "status", "methodology", "sheet", "cell")
        dtypes = dict.fromkeys(categories, "category") | dict.fromkeys(("label", "period", "value_text"), "string")
        frame = pd.DataFrame(rows, columns=list(columns)).astype(
            dtypes | {"months": "int64", "value": "float64", "precision": "float64"}
        )
        frame["start"] = pd.to_datetime(frame["start"]).astype("datetime64[ns]")
        return frame


@cache
def status_words() -> tuple[tuple[str, Status], ...]:
    """Return every (word, status) of `templates/statuses.toml`, labels included, longest word first."""
    pairs = [
        (str(word), Status(code))
        for code, entry in load_toml("statuses.toml").items()
        for word in (*entry["words"], *entry["label"].values())
    ]
    return tuple(sorted(pairs, key=lambda pair: len(pair[0]), reverse=True))
