"""The findings as a validation report of the European Statistical System, in JSON.

Shape: ESSnet ValidatIntegration, "Generic machine-readable validation report structure", version 1.0.0 (2017): a list
of validations, each an event, a rule, the data it was about, and a value: "1" satisfied, "0" not, "NA" not evaluated.
"""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

from nachra import __version__
from nachra.findings import CATALOGUE, Finding, Severity
from nachra.release import Release
from nachra.texts import DEFAULT_LANGUAGE, text

_SEVERITIES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "information"}
#: findings which say that something could not be checked
_UNCHECKED = "-unchecked"


def event_time() -> str:
    """Return the time of a validation in UTC: now, or what SOURCE_DATE_EPOCH says where a build must repeat itself."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = dt.datetime.fromtimestamp(int(given), dt.UTC) if given.isdecimal() else dt.datetime.now(dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def validations(
    release: Release, findings: tuple[Finding, ...], time: str, language: str = DEFAULT_LANGUAGE
) -> list[dict[str, Any]]:
    """Return the validations of a release: one for every finding, one for every rule that found nothing."""
    found: list[dict[str, Any]] = []
    for code, (level, severity) in CATALOGUE.items():
        here: list[Finding | None] = [one for one in findings if one.code == code]
        for finding in here or [None]:
            said = finding.message(language) if finding else text("export.ess_clean", language)
            found.append(
                {
                    "id": f"{release.sha256[:12]}-{len(found) + 1:04}",
                    "type": "validation",
                    "event": {"time": time, "actor": f"nachra {__version__}", "agent": "", "trigger": "nachra check"},
                    "rule": {
                        "language": f"nachra {__version__}",
                        "expression": code,
                        "severity": _SEVERITIES[severity],
                        "description": f"[ESS {level}] {said}",
                    },
                    "data": {
                        "source": [f"{release.file} sha256:{release.sha256}"],
                        "target": _targets(release, finding),
                        "description": f"{release.title}, {release.edition}".strip(", "),
                    },
                    "value": _value(code, finding),
                }
            )
    return found


def _value(code: str, finding: Finding | None) -> str:
    if finding is None:
        return "1"
    return "NA" if code.endswith(_UNCHECKED) else "0"


def _targets(release: Release, finding: Finding | None) -> list[str]:
    if finding is None or not finding.cells:
        return [" ! ".join(one for one in (release.file, finding.sheet if finding else "") if one)]
    return [f"{release.file} ! {finding.sheet} ! {cell}" for cell in finding.cells]
