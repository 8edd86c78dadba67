"""What the command line prints: lines for people, JSON in the shapes of the public contract."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nachra import plurals
from nachra.errors import NachraError
from nachra.texts import text

if TYPE_CHECKING:
    from nachra.findings import Finding
    from nachra.functions import CellFunction
    from nachra.jobs import Briefed, Failed
    from nachra.release import Release
    from nachra.verification import Change, Verified


def say(key: str, language: str, /, **params: object) -> str:
    """Return a wording of the command line."""
    return text(f"cli.{key}", language, **params)


def counted(findings: dict[str, int], language: str) -> str:
    """Return the numbers of findings in words."""
    from nachra.findings import in_words

    return in_words(findings, language)


def release_lines(
    path: Path, release: Release, findings: tuple[Finding, ...], copy: Path | None, language: str
) -> list[str]:
    """Return what `nachra check` shows of one release: what was recognised, then every finding with its cells."""
    from nachra.findings import count_by_severity

    observations = plurals.counted("observation", len(release.observations), language)
    params = {"title": release.title, "layout": release.layout, "observations": observations}
    lines = [say("recognised", language, path=path, **params)]
    for finding in findings:
        shown = ", ".join(finding.cells[:6]) + ("…" if len(finding.cells) > 6 else "")
        place = say("cells", language, sheet=finding.sheet, cells=shown).strip()
        severity = text(f"severities.{finding.severity.value}", language)
        lines.append(f"  {severity:<9} {finding.code:<22} {place}")
        lines.append(f"            {finding.message(language)}")
    total = counted(count_by_severity(findings), language) if findings else say("no_findings", language)
    lines.append(f"  {total}")
    if copy:
        lines.append("  " + say("annotated", language, path=copy))
    return lines


def function_lines(function: CellFunction, language: str) -> list[str]:
    """Return what `nachra functions` shows of one function."""
    from nachra.functions import localised

    between = " ; " if language == "fr" else ", "
    names = between.join(f"[{one.name}]" if one.optional else one.name for one in function.arguments)
    lines = [f"{function.name}({names})", f"    {function.help[language]}"]
    lines += [f"      {one.name:<10} {one.help[language]}" for one in function.arguments]
    examples = (localised(example) if language == "fr" else example for example in function.examples)
    return lines + [f"      {example}" for example in examples]


def failure(path: str, error: NachraError, language: str) -> dict[str, str]:
    """Return the JSON of a file that could not be used."""
    return {"release": path, "code": error.code, "message": error.message(language)}


def release_json(path: Path, release: Release, findings: tuple[Finding, ...], language: str) -> dict[str, Any]:
    """Return the JSON of a checked release: every observation with its cell, every finding."""
    from nachra.figures import plain

    return {
        "path": str(path),
        "sha256": release.sha256,
        "layout": release.layout,
        "title": release.title,
        "edition": release.edition,
        "observations": [
            {
                "series": obs.series,
                "period": str(obs.period),
                "measure": obs.measure.value,
                "value": plain(obs.figure.value) if obs.figure else None,
                "unit": obs.figure.unit.code if obs.figure else None,
                "precision": plain(obs.figure.quantum) if obs.figure else None,
                "status": obs.status.value,
                "methodology": obs.methodology,
                "sheet": obs.source.sheet,
                "cell": obs.source.cell,
            }
            for obs in release.observations
        ],
        "findings": [
            {
                "code": finding.code,
                "level": finding.level,
                "severity": finding.severity.value,
                "message": finding.message(language),
                "sheet": finding.sheet,
                "cells": list(finding.cells),
            }
            for finding in findings
        ],
    }


def batch_json(
    done: list[Briefed], failed: list[Failed], pdfs: dict[Path, Path] | None, seconds: float, language: str
) -> dict[str, Any]:
    """Return the JSON of a batch: what was written, what failed and why; the PDF of each workbook where asked for."""
    return {
        "briefings": [
            {
                "release": str(one.release),
                "sha256": one.sha256,
                "language": one.language,
                "outline": one.outline,
                "series": one.series or None,
                "path": str(one.path),
                **({"pdf": str(pdfs[one.path]) if one.path in pdfs else None} if pdfs is not None else {}),
                "findings": one.findings,
            }
            for one in done
        ],
        "failed": [failure(str(one.release), one.error, language) for one in failed],
        "seconds": round(seconds, 3),
    }


def function_json(function: CellFunction, language: str) -> dict[str, Any]:
    """Return the JSON of a cell function."""
    arguments = [{"name": one.name, "optional": one.optional, "help": one.help[language]} for one in function.arguments]
    return {
        "name": function.name,
        "category": function.category,
        "arguments": arguments,
        "help": function.help[language],
        "examples": list(function.examples),
    }


def function_page(language: str) -> str:
    """Return the documentation page of the cell functions, in Markdown."""
    from nachra.functions import REGISTRY, localised
    from nachra.texts import load_toml

    lines = [f"# {say('page_title', language)}", "", say("page_lead", language), ""]
    for category, names in load_toml("functions.toml")["categories"].items():
        lines += [f"## {names[language]}", ""]
        for function in (one for one in REGISTRY.values() if one.category == category):
            names_of = ", ".join(f"[{one.name}]" if one.optional else one.name for one in function.arguments)
            lines += [f"### {function.name}({localised(names_of) if language == 'fr' else names_of})", ""]
            lines += [function.help[language], ""]
            lines += [f"- `{one.name}` : {one.help[language]}" for one in function.arguments]
            examples = (localised(one) if language == "fr" else one for one in function.examples)
            lines += ["", "```", *examples, "```", ""]
    return "\n".join(lines)


# --- verification ---------------------------------------------------------------------------------

#: differences shown of one briefing; JSON has them all
SHOWN_CHANGES = 40
#: changes that their place and their kind say whole
BARE = ("ledger", "sheet added", "sheet removed")


def verified_lines(verified: Verified, language: str) -> list[str]:
    """Return what `nachra verify` shows of one briefing: its state, its differences, what else is to be known."""
    from nachra import __version__

    def line(key: str, **params: object) -> str:
        return text(f"verify.{key}", language, **params)

    changes = verified.changes
    lines = [line(verified.state, path=verified.path, count=len(changes))]
    is_remade = verified.state == "not_reproduced"
    lines += [f"  {_change_line(change, language, is_remade)}" for change in changes[:SHOWN_CHANGES]]
    if len(changes) > SHOWN_CHANGES:
        lines.append("  " + line("more", count=len(changes) - SHOWN_CHANGES))
    if verified.state == "not_reproduced" and not verified.is_as_then:
        lines.append("  " + line("other_version", old=verified.settings.get("version", "?"), new=__version__))
    if verified.release:
        lines.append("  " + line("compared", release=verified.release))
    if verified.uncached:
        lines.append("  " + line("uncached", count=verified.uncached))
    if verified.newer:
        newer = verified.newer
        lines.append("  " + line("newer", release=newer.path, edition=newer.edition, period=newer.period))
    return lines


def _change_line(change: Change, language: str, is_remade: bool) -> str:
    topic, _, called = change.detail.partition(" ")
    keys = (f"what_{change.detail.replace(' ', '_')}", f"what_{topic}", f"what_{change.what}")
    what = next(filter(None, (_word(key, language) for key in keys)))
    place = "!".join(filter(None, (change.sheet, change.cell))) or _word("workbook", language)
    if change.what == "chart":
        what, place = _word("what_chart", language), f"{place}, {_each_word(change.detail, language)}"
    elif topic in ("name", "view", "table"):
        place = f"{place}, {_each_word(called, language)}"
    old, new = change.old, change.new
    if change.detail == "look":
        old, new = _differing(old, new)
    elif change.detail == "number format":
        old, new = old and old.replace("\\", ""), new.replace("\\", "")
    key = "change_unknown" if old is None else "change_release" if is_remade or topic == "release" else "change"
    if change.detail in BARE or topic == "hidden":
        key = "change_bare"
    elif old == "" and new:
        key = "change_added"
    elif not new:
        key = "change_removed" if old else "change_unknown"
    shown = [_shortened(_each_word(one, language) if change.detail == "look" else one, language) for one in (old, new)]
    nothing = _word("nothing", language)
    return text(f"verify.{key}", language, place=place, what=what, old=shown[0], new=shown[1] or nothing)


def _word(key: str, language: str) -> str:
    """Return a wording of verification, empty where there is none of that name."""
    try:
        return text(f"verify.{key}", language)
    except KeyError:
        return ""


def _each_word(shown: str | None, language: str) -> str:
    words = re.split(r"(\W+)", shown or "")
    return "".join((word.isalpha() and _word(f"word_{word}", language)) or word for word in words)


def _differing(old: str | None, new: str) -> tuple[str | None, str]:
    """Return of two looks what is not in both."""
    if old is None:
        return old, new
    before, now = old.split("; "), new.split("; ")
    return "; ".join(one for one in before if one not in now), "; ".join(one for one in now if one not in before)


def _shortened(shown: str | None, language: str) -> str:
    """Return a value on one line, with the decimal comma where French has one."""
    one_line = " ".join((shown or "").split())
    if language == "fr" and one_line.replace(".", "", 1).lstrip("-").isdecimal():
        one_line = one_line.replace(".", ",")
    return one_line if len(one_line) <= 90 else one_line[:89] + "…"


def verified_json(verified: Verified) -> dict[str, Any]:
    """Return the JSON of a verified briefing."""
    newer = verified.newer
    return {
        "path": str(verified.path),
        "state": verified.state,
        "release": str(verified.release) if verified.release else None,
        "outdated_by": {"path": str(newer.path), "edition": newer.edition, "period": newer.period} if newer else None,
        "uncached": verified.uncached,
        "changes": [
            {"sheet": one.sheet, "cell": one.cell, "what": one.what, "old": one.old, "new": one.new}
            | ({"detail": one.detail} if one.detail else {})
            for one in verified.changes
        ],
    }
