"""A release in the formats that others read: SDMX-CSV, CSV, JSON, Parquet. The same release gives the same bytes.

CSV: UTF-8, comma, "." for decimals. Text cells that a spreadsheet would take for a formula begin with an apostrophe, as
OWASP advises against CSV injection; figures are left alone. SDMX-CSV holds codes only, no text of the workbook.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from enum import StrEnum

from nachra.errors import ExportError, UsageError
from nachra.figures import plain
from nachra.periods import Period
from nachra.release import Measure, Release
from nachra.texts import load_toml
from nachra.tidy import mapping_of, multiplier, rows

#: what a spreadsheet may take for the beginning of a formula (OWASP, "CSV Injection")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: columns that hold figures: never a text from the workbook
_NUMERIC = {"months", "value", "unit_mult", "decimals", "precision"}


class Format(StrEnum):
    """The formats of `nachra export`."""

    SDMX_CSV = "sdmx-csv"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"

    @property
    def suffix(self) -> str:
        """Return the end of a file's name in this format."""
        return ".sdmx.csv" if self is Format.SDMX_CSV else f".{self.value}"


def export(release: Release, form: Format, *, bom: bool = False) -> bytes:
    """Return a release in a format; `bom` puts a byte order mark before CSV, which Excel needs to read UTF-8.

    Raises UsageError where an optional library is missing, with the command that installs it; ExportError where the
    format cannot hold the release.
    """
    if bom and form is not Format.CSV:
        raise UsageError("bom_format")
    written: dict[Format, Callable[[Release], bytes]] = {
        Format.SDMX_CSV: sdmx_csv_bytes,
        Format.CSV: csv_bytes,
        Format.JSON: json_bytes,
        Format.PARQUET: parquet_bytes,
    }
    return (b"\xef\xbb\xbf" if bom else b"") + written[form](release)


def safe_cell(value: str) -> str:
    """Return a text that no spreadsheet takes for a formula: with an apostrophe before it where one might."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def csv_bytes(release: Release) -> bytes:
    """Return the tidy rows as CSV."""
    found = rows(release)
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    columns = list(found[0]) if found else []
    writer.writerow(columns)
    for row in found:
        writer.writerow(
            [
                "" if value is None else value if name in _NUMERIC else safe_cell(str(value))
                for name, value in row.items()
            ]
        )
    return stream.getvalue().encode()


def json_bytes(release: Release) -> bytes:
    """Return the release's facts and its tidy rows as JSON; values are decimal texts, null where not published."""
    facts = {
        "file": release.file,
        "sha256": release.sha256,
        "title": release.title,
        "publisher": release.publisher,
        "edition": release.edition,
        "methodology": release.methodology,
        "layout": release.layout,
    }
    content = {"release": facts, "observations": rows(release)}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def parquet_bytes(release: Release) -> bytes:
    """Return the release's DataFrame (see Release.to_frame) with the codes of the field, as Parquet."""
    try:
        import pyarrow  # type: ignore[import-untyped,unused-ignore]  # noqa: F401
    except ImportError:
        raise UsageError("extra_missing", format="parquet", command='pip install "nachra[parquet]"') from None
    import pandas as pd

    frame = release.to_frame()
    tidy = pd.DataFrame(rows(release), columns=_columns(release))
    for name in tidy.columns:
        if name not in frame.columns:
            frame[name] = tidy[name].astype("Int64" if name in _NUMERIC else "string")
    stream = io.BytesIO()
    frame.to_parquet(stream, engine="pyarrow", index=False)
    return stream.getvalue()


def _columns(release: Release) -> list[str] | None:
    found = rows(release)
    return list(found[0]) if found else None


# --- SDMX -------------------------------------------------------------------------------------------


def sdmx_rows(release: Release) -> list[dict[str, str]]:
    """Return the observations under the components of `templates/sdmx.toml`, all texts, "" where there is nothing.

    Raises ExportError for a series without a mapping, a period without a frequency, a unit that is not known.
    """
    content = load_toml("sdmx.toml")
    found = []
    for obs in release.observations:
        mapped = mapping_of(obs.series, obs.methodology)
        if mapped is None:
            raise ExportError("export_unmapped", path=release.file, series=obs.series, methodology=obs.methodology)
        where = {"path": release.file, "sheet": obs.source.sheet, "cell": obs.source.cell}
        if obs.period.kind not in content["frequency"]:
            raise ExportError("export_span", **where, period=obs.period.label())
        status = load_toml("statuses.toml")[obs.status.value]
        dimension = _dimension(release, obs.series, obs.period, obs.measure)
        if dimension is None:
            raise ExportError("export_unit", **where, series=obs.series, period=obs.period.label())
        figure = obs.figure
        found.append(
            {name: str(value) for name, value in content["dimensions"].items()}
            | {
                "FREQ": content["frequency"][obs.period.kind],
                "ACTIVITY": obs.series,
                "METHODOLOGY": content["methodology"][obs.methodology],
                "MEASURE": obs.measure.value.upper(),
                "UNIT_MEASURE": content["unit_measure"][dimension],
                "TIME_PERIOD": str(obs.period),
                "OBS_VALUE": plain(figure.value) if figure else "",
                "OBS_STATUS": status["sdmx"],
                "CONF_STATUS": status.get("conf", "F"),
                "UNIT_MULT": str(multiplier(figure.unit)) if figure else "",
                "DECIMALS": str(figure.decimals) if figure else "",
                "NACHRA_STATUS": obs.status.value,
                "INT_ACC_ITEM": " ".join(mapped.items),
                "INT_ACC_ITEM_STATUS": mapped.status,
                "INT_ACC_ITEM_CONFIDENCE": mapped.confidence,
                "ISIC": " ".join(mapped.isic),
                "EDITION": release.edition,
                "SOURCE_SHA256": obs.source.sha256,
                "SOURCE_CELL": obs.source.cell,
            }
        )
    return found


def _dimension(release: Release, series: str, period: Period, measure: Measure) -> str | None:
    """The unit's dimension of an observation; where nothing is published, that of the release's other levels."""
    figure = release.figure(series, period, measure)
    if figure:
        return figure.unit.dimension
    if measure in (Measure.GROWTH, Measure.SHARE):
        return "percent"
    levels = {obs.figure.unit.dimension for obs in release.observations if obs.measure is measure and obs.figure}
    return levels.pop() if len(levels) == 1 else None


def sdmx_csv_bytes(release: Release) -> bytes:
    """Return a release as SDMX-CSV 2.0, written by pysdmx under the structure of `templates/sdmx.toml`."""
    found = sdmx_rows(release)
    try:
        import pandas as pd
        from pysdmx.io import write_sdmx
        from pysdmx.io.format import Format as SdmxFormat
        from pysdmx.io.pd import PandasDataset
        from pysdmx.model import Component, Components, Concept, DataType, Role, Schema
    except ImportError:
        raise UsageError("extra_missing", format="sdmx-csv", command='pip install "nachra[sdmx]"') from None
    content = load_toml("sdmx.toml")
    roles = dict.fromkeys(content["dimensions"], Role.DIMENSION) | {"OBS_VALUE": Role.MEASURE}
    roles |= dict.fromkeys(content["attributes"]["list"], Role.ATTRIBUTE)
    components = Components(
        Component(
            id=name,
            required=role is Role.DIMENSION,
            role=role,
            concept=Concept(name),
            local_dtype=DataType.STRING,
            attachment_level="O" if role is Role.ATTRIBUTE else None,
        )
        for name, role in roles.items()
    )
    about = content["structure"]
    schema = Schema(about["kind"], about["agency"], about["id"], components, about["version"])
    data = PandasDataset(structure=schema, data=pd.DataFrame(found, columns=list(roles), dtype="object"))
    written: str | None = write_sdmx(data, SdmxFormat.DATA_SDMX_CSV_2_0_0)
    assert written is not None, "without a path pysdmx returns the text"
    return written.encode()
