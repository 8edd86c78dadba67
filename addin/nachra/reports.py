"""What the command line prints: lines for people, JSON in the shapes of the public contract."""

from __future__ import annotations

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

    names = " ; ".join(f"[{one.name}]" if one.optional else one.name for one in function.arguments)
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


def batch_json(done: list[Briefed], failed: list[Failed], seconds: float, language: str) -> dict[str, Any]:
    """Return the JSON of a batch: what was written, what failed and why."""
    return {
        "briefings": [
            {
                "release": str(one.release),
                "sha256": one.sha256,
                "language": one.language,
                "outline": one.outline,
                "series": one.series or None,
                "path": str(one.path),
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
