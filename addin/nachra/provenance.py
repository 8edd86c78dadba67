"""Where the value of a call comes from: the library's answers that it gives or is computed from."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from nachra.ahead import OUTLOOK, REQUIRED, TARGET
from nachra.answers import CHANGE, CONTRIBUTION, GROWTH, LEVEL, SHARE, Answer
from nachra.asking import lookup
from nachra.calls import Call
from nachra.cells import Cell, Scalar, each, has_number

#: sources named in a note
SHOWN_SOURCES = 4
#: functions that give one figure, and its measure
FIGURES = {
    "EXPORT_VALUE": LEVEL,
    "EXPORT_GROWTH": GROWTH,
    "EXPORT_SHARE": SHARE,
    "EXPORT_CHANGE": CHANGE,
    "EXPORT_CONTRIBUTION": CONTRIBUTION,
    "EXPORT_TARGET": TARGET,
    "EXPORT_REQUIRED_GROWTH": REQUIRED,
    "EXPORT_OUTLOOK": OUTLOOK,
}


def sources_of(answers: Iterable[Answer]) -> str:
    """Return the sources of answers for a note, each once; of many the first ones and "…"."""
    sources = list(dict.fromkeys(one.source for one in answers if one.source))
    return " ; ".join(sources[:SHOWN_SOURCES]) + (" …" if len(sources) > SHOWN_SOURCES else "")


def answers_behind(call: Call, values: tuple[Cell, ...]) -> list[Answer]:
    """Return the library's answers behind a call, as the edition that it names knew them; none for one on numbers."""
    names = [one.name for one in call.function.arguments]
    given = dict.fromkeys(names) | dict(zip(names, values, strict=False))
    edition = given.pop("edition", None)
    found: list[Answer] = []
    if has_number(given.get("series")):
        return found

    def keep(measure: Cell, series: Scalar, period: Scalar) -> None:
        answer = lookup(series, period, measure, edition)
        if answer:
            found.append(answer)

    for series, period, measure in _asked(call, values, given):
        each(partial(keep, measure), series, period)
    return found


def _asked(call: Call, values: tuple[Cell, ...], given: dict[str, Cell]) -> list[tuple[Cell, Cell, Cell]]:
    """Series, period and measure of each figure that a call asks for; `given` are its arguments by name."""
    name, series = call.function.name, given.get("series")
    match name:
        case "EXPORT_VERSION":
            return []
        case "EXPORT_CAGR" | "EXPORT_INDEX":
            first, last = (given["from"], given["to"]) if name == "EXPORT_CAGR" else (given["base"], given["period"])
            return [(series, one, None) for one in ([last] if first is None else [first, last])]
        case "EXPORT_SERIES":
            table = call.function.call(*values)
            return [(series, row[0], given["measure"]) for row in table] if isinstance(table, tuple) else []
    period = given["year"] if "year" in given else given["period"]
    return [(series, period, given.get("measure") or FIGURES.get(name))]
