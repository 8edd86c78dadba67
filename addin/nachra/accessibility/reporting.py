"""What `nachra audit` prints: lines for people, failing rules first, and JSON in the shape of the public contract."""

from __future__ import annotations

from typing import Any

from nachra.accessibility.verdicts import Audit, Outcome, Verdict
from nachra.texts import text

#: places that are shown of one sheet; JSON has them all
SHOWN = 6


def audit_lines(audit: Audit, language: str) -> list[str]:
    """Return what is shown of one workbook: failing rules first, then what nobody could judge, what holds, the sum."""

    def say(key: str, **params: object) -> str:
        return text(f"audit.{key}", language, **params)

    failed, held, open_ = (audit.of(verdict) for verdict in (Verdict.FAIL, Verdict.PASS, Verdict.NOT_CHECKABLE))
    named = say("outline", outline=audit.outline) if audit.is_ours else say("no_outline")
    lines = [say("head", path=audit.path, promise=named)]
    broken = [one for one in failed if one.promised]
    allowed = [one for one in failed if not one.promised]
    for heading, outcomes in (("broken", broken), ("allowed" if audit.is_ours else "advised", allowed)):
        if outcomes:
            lines += ["", say(heading)]
        for one in outcomes:
            rule = say("rule", title=one.title(language), rule=one.rule, why=one.why(language))
            lines += [f"  ✗ {rule}", *(f"      {line}" for line in _places(one, language))]
            lines.append(f"      → {one.message(language)}")
    if open_:
        lines += ["", say("open")]
        lines += [f"  ? {say('unjudged', title=one.title(language), reason=one.message(language))}" for one in open_]
    if held:
        lines += ["", say("held"), *(f"  ✓ {one.title(language)}" for one in held)]
    counts = {"held": len(held), "failed": len(failed), "broken": len(broken), "open": len(open_)}
    verdict = "promise_holds" if audit.promised_holds else "promise_broken"
    return [*lines, "", say("summary", **counts), say(verdict, path=audit.path)]


def _places(outcome: Outcome, language: str) -> list[str]:
    """Return one line a sheet with its first places; nothing where the whole workbook is meant."""
    lines = []
    for sheet, cells in outcome.cells.items():
        more = len(cells) - SHOWN
        shown = ", ".join(cells[:SHOWN]) + (text("audit.more", language, count=more) if more > 0 else "")
        if sheet:
            lines.append(text("audit.place" if shown else "audit.sheet", language, sheet=sheet, cells=shown))
    return lines


def audit_json(audit: Audit, language: str) -> dict[str, Any]:
    """Return the JSON of one workbook: every rule of the checklist, in its order."""
    return {
        "path": audit.path,
        "outline": audit.outline or None,
        "promised_holds": audit.promised_holds,
        "rules": [
            {
                "id": one.rule,
                "title": one.title(language),
                "level": "essential" if one.is_essential else "desirable",
                "verdict": one.verdict.value,
                "promised": one.promised,
                "cells": [{"sheet": sheet, "cells": cells} for sheet, cells in one.cells.items()],
                "message": one.message(language),
            }
            for one in audit.outcomes
        ],
    }
