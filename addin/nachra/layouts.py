"""A release layout: how to recognise one kind of workbook and where its figures stand, read from TOML."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from nachra.errors import ProfileError
from nachra.profiles import Strict, Text, folders, read_profile
from nachra.release import Series, Status
from nachra.texts import load_toml
from nachra.units import normalise

Role = Literal["period", "series", "label", "level", "other_level", "growth", "share", "unit", "status", "note"]


class Recognise(Strict):
    """Texts that must all stand somewhere in the workbook (inside a cell; case, accents and spaces ignored)."""

    texts: list[Text] = Field(min_length=1)


class Table(Strict):
    """Where the figures stand: `header` is the text of a cell in the header row.

    rows = "series", columns = "periods": labels below the header cell (or left of it), periods to its right.
    rows = "periods", columns = "series": the same, turned.
    rows = "observations": every row is one observation; [columns] says what each column holds.
    """

    header: Text
    rows: Literal["series", "periods", "observations"]
    columns: Literal["periods", "series", "roles"] = "roles"

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        pairs = {"series": "periods", "periods": "series", "observations": "roles"}
        if pairs[self.rows] != self.columns:
            raise ValueError(f'rows = "{self.rows}" goes with columns = "{pairs[self.rows]}"')
        return self


class Numbers(Strict):
    """How numbers typed as text are written: decimal mark, and the marks that group digits by three."""

    decimal: Literal[",", "."] = ","
    group: str = Field(default=" ", pattern=r"^[ .,']*$")


class Where(Strict):
    """Where facts stand: "@name" is a named cell, "B3" a cell of the table's sheet; nothing: found by itself.

    `notes` is the title of the sheet whose texts are the release's notes.
    """

    title: str | None = None
    publisher: str | None = None
    edition: str | None = None
    unit: str | None = None
    methodology: str | None = None
    notes: str | None = None


class LayoutSeries(Series):
    """A series as a layout names it: labels it may stand under, beside its own."""

    aliases: tuple[str, ...] = ()


class Layout(Strict):
    """One kind of release workbook; the TOML file's keys are these fields (see templates/releases/README.md)."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    name: Text
    publisher: Text
    recognise: Recognise
    table: Table
    columns: dict[str, Role] = Field(default_factory=dict)
    numbers: Numbers = Numbers()
    where: Where = Where()
    unit: str | None = None
    methodology: str = "unspecified"
    additive: bool = True
    default_status: Status = Status.FINAL
    subject: dict[str, str] = Field(default_factory=dict)
    series: list[LayoutSeries] = Field(default_factory=list)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.table.rows == "observations") != bool(self.columns):
            raise ValueError('[columns] goes with rows = "observations", and only with it')
        if self.columns and not {"period", "series", "level"} <= set(self.columns.values()):
            raise ValueError("[columns] needs a period, a series and a level")
        return self

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, code: str | None) -> str | None:
        if code == "percent" or (code is not None and code not in load_toml("units.toml")):
            raise ValueError(f"{code!r} is not a unit of levels in units.toml")
        return code

    @field_validator("series")
    @classmethod
    def _told_apart(cls, series: list[LayoutSeries]) -> list[LayoutSeries]:
        taken: dict[str, LayoutSeries] = {}
        for one in series:
            for label in (one.code, *one.label.values(), *one.aliases):
                if taken.setdefault(normalise(label), one) is not one:
                    raise ValueError(f"two series answer to {label!r}")
        return series


@cache
def nomenclature() -> tuple[LayoutSeries, ...]:
    """Return the series of the digital-services exports, from `templates/nomenclature.toml`."""
    fields = ("code", "role", "short", "label", "aliases")
    entries = load_toml("nomenclature.toml")["series"]
    return tuple(LayoutSeries(**{name: entry[name] for name in fields}) for entry in entries)


def load_layout(path: Path) -> Layout:
    """Read one profile; ProfileError says which key is wrong."""
    layout = read_profile(path, Layout)
    return layout if layout.series else layout.model_copy(update={"series": list(nomenclature())})


def load_layouts() -> tuple[Layout, ...]:
    """Read every profile of every folder, in the order of their names; ProfileError for two with one id."""
    found: dict[str, Layout] = {}
    for folder in folders("releases", "NACHRA_LAYOUTS"):
        for path in sorted(folder.glob("*.toml")):
            layout = load_layout(path)
            if layout.id in found:
                raise ProfileError("profile_twice", path=str(path), id=layout.id)
            found[layout.id] = layout
    return tuple(found.values())
