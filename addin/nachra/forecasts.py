"""What the command line shows of targets and outlooks: lines for people, JSON; estimates are called so in both."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from nachra import formats
from nachra.errors import IncomparableError
from nachra.figures import Figure, plain, round_half_up
from nachra.history import History
from nachra.indicators import Indicator
from nachra.outlook import LEVEL, Outlook
from nachra.remarks import amount, methodology_name, outlook_remark, position_remark
from nachra.targets import Position, Reading
from nachra.texts import load_toml, text
from nachra.units import unit

#: decimals of a computed figure in JSON: far beyond any published precision
_PLACES = 6


def _written(value: Decimal | None) -> str | None:
    return None if value is None else plain(round_half_up(value, _PLACES))


def _value(found: Indicator | None) -> str | None:
    return _written(found.value) if found else None


def position_json(found: Position, history: History, language: str) -> dict[str, Any]:
    """Return the JSON of a series' position towards a target; values are decimal texts, rates are fractions."""
    return {
        "series": found.latest.series,
        "basis": found.basis,
        "reading": found.reading.value,
        "is_estimate": found.reading is not Reading.OWN,
        "year": found.target.period.year,
        "target": plain(found.target.figure.value),
        "target_methodology": found.target.methodology,
        "aim": _written(found.aim.value),
        "unit": found.aim.unit.code,
        "source": found.target.source,
        "baseline": plain(found.baseline.figure.value) if found.baseline else None,
        "latest": plain(found.latest.figure.value),
        "latest_unit": found.latest.figure.unit.code,
        "latest_period": str(found.latest.period),
        "distance": _value(found.distance),
        "attained": _value(found.attained),
        "progress": _value(found.progress),
        "required_growth": _value(found.required),
        "pace": _written(found.pace),
        "projection": [{"period": str(period), "value": _written(value)} for period, value in found.path],
        "remark": position_remark(found, history, language),
    }


def position_lines(found: Position, history: History, language: str) -> list[str]:
    """Return what is shown of a position: the basis first, then the figures, then what they are."""
    year, name = found.target.period.year, methodology_name(found.basis, language)

    def percent(one: Indicator | None) -> str:
        return formats.percent(one.value, 1, language) if one else text("ahead.undefined", language)

    def billions(value: Decimal) -> str:
        return amount(Figure(value, Decimal("0.1"), found.aim.unit), language)

    figures = text(
        "ahead.line_distance",
        language,
        distance=billions(found.distance.value),
        attained=percent(found.attained),
        first=found.baseline.period.year if found.baseline else "",
        progress=percent(found.progress),
        required=percent(found.required),
    )
    aim = billions(found.aim.value) if found.reading is Reading.LINKED else amount(found.aim, language)
    lines = [text("ahead.line_target", language, year=year, aim=aim, basis=name), f"  {figures}"]
    if found.path and found.pace is not None:
        pace = formats.percent(found.pace, 1, language, sign=True)
        end = billions(found.path[-1][1])
        lines.append("  " + text("ahead.line_projection", language, year=year, pace=pace, value=end))
    return [*lines, "  " + position_remark(found, history, language)]


def unused_json(language: str) -> list[dict[str, Any]]:
    """Return the statements that are never computed with, each with the reason."""
    return [
        {
            "year": int(one["period"]),
            "value": one["value"],
            "unit": one["unit"],
            "source": one["source"],
            "reason": one["reason"][language],
        }
        for one in load_toml("targets.toml")["unused"]
    ]


def unused_lines(language: str) -> list[str]:
    """Return the same as lines."""
    return [
        text(
            "ahead.line_unused",
            language,
            value=amount(Figure(Decimal(one["value"]), Decimal(1), unit(one["unit"])), language),
            year=one["year"],
            source=one["source"],
            reason=one["reason"],
        )
        for one in unused_json(language)
    ]


def outlook_json(found: Outlook, language: str) -> dict[str, Any]:
    """Return the JSON of a year's outlook; `low` and `high` are null where no interval can be given."""
    return {
        "is_estimate": True,
        "value": _written(found.value),
        "unit": found.part.unit.code,
        "low": _written(found.interval.low) if found.interval else None,
        "high": _written(found.interval.high) if found.interval else None,
        "level": plain(LEVEL) if found.interval else None,
        "rounding_low": _written(found.rounding.low),
        "rounding_high": _written(found.rounding.high),
        "known": str(found.known),
        "part": _written(found.part.value),
        "ratios": [{"year": year, "ratio": _written(ratio)} for year, ratio in found.ratios],
        "remark": outlook_remark(found, language),
    }


def outlook_lines(history: History, found: Outlook | IncomparableError, language: str) -> list[str]:
    """Return what is shown of a series' outlook, or why there is none."""
    name = methodology_name(history.methodology, language)
    params = {"series": history.series, "basis": name}
    if isinstance(found, IncomparableError):
        return [text("ahead.line_refused", language, **params, reason=found.message(language))]
    value = amount(Figure(found.value, found.part.quantum, found.part.unit), language)
    head = text("ahead.line_outlook", language, **params, value=value, year=found.year.year)
    return [head, "  " + outlook_remark(found, language)]
