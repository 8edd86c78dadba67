"""The validation report of the European Statistical System: its shape, and every finding in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from specimens import edited

from nachra.ess import event_time, validations
from nachra.findings import CATALOGUE, Finding
from nachra.jobs import check_release
from nachra.release import Measure, Release
from nachra.texts import languages

TIME = "2025-10-24T09:30:00Z"
#: the structure's version 1.0.0: what is allowed, and what must be there
SHAPE = {
    "event": ({"time", "actor", "agent", "trigger"}, {"time", "actor"}),
    "rule": ({"language", "expression", "severity", "description", "change", "explanation"},
             {"language", "expression", "severity"}),
    "data": ({"source", "target", "description"}, {"source", "target"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def wrong(releases: list[Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Release, tuple[Finding, ...]]:
    """A release whose published share of ITO is impossible."""
    release = check_release(releases[0])[0].release
    share = next(one for one in release.observations if (one.series, one.measure) == ("ITO", Measure.SHARE))
    made = edited(releases[0], tmp_path_factory.mktemp("ess") / "wrong.xlsx", {share.source.cell: 45.3})
    reading, findings = check_release(made)
    return reading.release, findings


def by_rule(report: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in report:
        found.setdefault(one["rule"]["expression"], []).append(one)
    return found


@pytest.mark.parametrize("language", languages())
def test_the_shape(wrong: tuple[Release, tuple[Finding, ...]], language: str) -> None:
    report = validations(*wrong, TIME, language)
    assert len({one["id"] for one in report}) == len(report)
    for one in report:
        assert set(one) == {"id", "type", "event", "rule", "data", "value"} and one["type"] == "validation"
        assert one["value"] in ("0", "1", "NA")
        for name, (allowed, required) in SHAPE.items():
            assert required <= set(one[name]) <= allowed
        assert one["rule"]["severity"] in ("information", "warning", "error")
        for name in ("source", "target"):
            assert one["data"][name] and all(isinstance(key, str) for key in one["data"][name])
        assert all(isinstance(value, str) for value in (*one["event"].values(), *one["rule"].values()))


def test_every_rule_and_every_finding_is_reported(wrong: tuple[Release, tuple[Finding, ...]]) -> None:
    release, findings = wrong
    found = by_rule(validations(release, findings, TIME))
    assert list(found) == list(CATALOGUE)
    for code, report in found.items():
        here = [one for one in findings if one.code == code]
        assert len(report) == max(1, len(here))
        wanted = "1" if not here else "NA" if code.endswith("-unchecked") else "0"
        assert {one["value"] for one in report} == {wanted}, code
    share = next(one for one in findings if one.code == "share-mismatch")
    (failed,) = found["share-mismatch"]
    assert failed["rule"]["severity"] == "error"
    assert failed["rule"]["description"] == f"[ESS {share.level}] {share.message()}"
    assert failed["data"]["target"] == [f"wrong.xlsx ! {share.sheet} ! {cell}" for cell in share.cells]
    assert release.sha256 in failed["data"]["source"][0]


def test_the_time_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1761298200")
    assert event_time() == TIME
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "hier")
    assert event_time() > TIME
