"""A release as tidy rows, one an observation, with the codes of the field: status, multiplier, EBOPS items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nachra.figures import plain
from nachra.release import Observation, Release
from nachra.texts import load_toml
from nachra.units import Unit


@dataclass(frozen=True, slots=True)
class Mapping:
    """The EBOPS 2010 items and ISIC Rev. 4 divisions of a series; `status` is official or indicative."""

    items: tuple[str, ...]
    isic: tuple[str, ...]
    status: str
    confidence: str


def mapping_of(series: str, methodology: str) -> Mapping | None:
    """Return what a series maps to; None where the nomenclature says nothing of it in this methodology."""
    content = load_toml("nomenclature.toml")
    if methodology not in content["methodology"]:
        return None  # another publication's TOTAL is not this one
    entry = next((one.get("ebops") for one in content["series"] if one["code"] == series), None)
    if entry is None:
        return None
    return Mapping(tuple(entry["codes"]), tuple(entry["isic"]), entry["status"], entry["confidence"])


def multiplier(unit: Unit) -> int:
    """Return SDMX UNIT_MULT: the power of ten that a unit counts in (6 for millions)."""
    return unit.factor.adjusted()


def rows(release: Release) -> list[dict[str, Any]]:
    """Return every observation as a row; values are exact decimals as texts, None where not published."""
    names = {series.code: series.name() for series in release.series}
    return [_row(release, obs, names[obs.series]) for obs in release.observations]


def _row(release: Release, obs: Observation, label: str) -> dict[str, Any]:
    status = load_toml("statuses.toml")[obs.status.value]
    mapped = mapping_of(obs.series, obs.methodology)
    return {
        "series": obs.series,
        "label": label,
        "period": str(obs.period),
        "start": f"{obs.period.year}-{obs.period.first:02}-01",
        "months": obs.period.months,
        "measure": obs.measure.value,
        "value": plain(obs.figure.value) if obs.figure else None,
        "unit": obs.figure.unit.code if obs.figure else None,
        "unit_mult": multiplier(obs.figure.unit) if obs.figure else None,
        "decimals": obs.figure.decimals if obs.figure else None,
        "precision": plain(obs.figure.quantum) if obs.figure else None,
        "status": obs.status.value,
        "obs_status": status["sdmx"],
        "conf_status": status.get("conf", "F"),
        "methodology": obs.methodology,
        "ebops": " ".join(mapped.items) if mapped else None,
        "ebops_status": mapped.status if mapped else None,
        "ebops_confidence": mapped.confidence if mapped else None,
        "isic": " ".join(mapped.isic) if mapped else None,
        "publisher": release.publisher,
        "edition": release.edition,
        "file": obs.source.file,
        "sha256": obs.source.sha256,
        "sheet": obs.source.sheet,
        "cell": obs.source.cell,
    }
