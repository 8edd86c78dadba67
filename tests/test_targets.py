"""The targets of Digital Morocco 2030: their sources, one basis at a time, never 26.2 against 17.9."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from specimens import release

from nachra.errors import IncomparableError, UndefinedError
from nachra.figures import Figure
from nachra.history import History, histories
from nachra.linking import link_series
from nachra.periods import Period
from nachra.release import Status
from nachra.targets import Reading, own_baseline, position, progress, targets
from nachra.texts import load_toml
from nachra.units import unit

OLD = release(
    {"TOTAL 2021": "14.7", "TOTAL 2023": "17.9", "TOTAL 2023 %%": "14"}, edition="2024-03", methodology="historic"
)
NEW = release(
    {"TOTAL 2023": "26.17", "TOTAL 2024": "26.2", "TOTAL 2024 %%": "0.2", "ITO 2024": "10.6", "TOTAL 2025-S1": "13.4"},
    edition="2025-10",
    methodology="2025",
)
KNOWN = histories([OLD, NEW])
HISTORIC, CURRENT = KNOWN["historic", "TOTAL"], KNOWN["2025", "TOTAL"]
LINKED = link_series(HISTORIC, CURRENT, "overlap-2023")
LAST = targets()[-1]
AIM = Figure(Decimal(40), Decimal(0), unit("MAD_bn"))


def test_the_targets_are_those_of_the_strategy() -> None:
    assert [(one.period.year, one.figure.value) for one in targets()] == [(2026, Decimal(25)), (2030, Decimal(40))]
    for one in targets():
        assert one.source.startswith("https://") and one.methodology == "historic" and one.series == "TOTAL"
    assert (own_baseline().figure.value, own_baseline().period) == (Decimal("17.9"), Period(2023))


def test_statements_that_do_not_compare_are_listed_and_unused() -> None:
    unused = load_toml("targets.toml")["unused"]
    assert {(one["period"], one["value"]) for one in unused} == {("2030", "42"), ("2030", "40")}
    assert all(one["source"] and all(one["reason"].values()) for one in unused)
    assert Decimal(42) not in {one.figure.value for one in targets()}


def test_on_its_own_basis() -> None:
    found = position(HISTORIC, LAST)
    assert (found.reading, found.basis, found.aim.value) == (Reading.OWN, "historic", Decimal(40))
    assert found.distance.value == Decimal("22.1")
    assert found.attained.value == Decimal("0.4475")
    assert found.progress and found.progress.value == 0 and found.progress.interval.width == 0
    assert found.required and (1 + found.required.value) ** 7 == pytest.approx(Decimal(40) / Decimal("17.9"))
    assert round(found.required.value, 3) == Decimal("0.122")


def test_read_on_the_2025_series_it_starts_from_that_series() -> None:
    found = position(CURRENT, LAST)
    assert (found.reading, found.basis, found.aim.value) == (Reading.OTHER, "2025", Decimal(40))
    assert found.baseline and found.baseline.figure.value == Decimal("26.17"), "not 17.9"
    assert found.latest.period == Period(2024), "a half-year is no year"
    assert found.progress and found.progress.value == pytest.approx(Decimal("0.03") / (40 - Decimal("26.17")))
    assert found.required and round(found.required.value, 3) == Decimal("0.073")


def test_on_the_linked_series_the_target_is_carried_over() -> None:
    found = position(LINKED, LAST)
    factor = Decimal("26.17") / Decimal("17.9")
    assert found.reading is Reading.LINKED
    assert found.aim.value == pytest.approx(40 * factor)
    assert found.aim.interval.low < found.aim.value < found.aim.interval.high
    assert found.required and (1 + found.required.value) ** 6 == pytest.approx(40 * factor / Decimal("26.2"))


def test_never_26_against_17() -> None:
    """(26.2 - 17.9) / (40 - 17.9) would say that 38 % of the way was done in a year."""
    with pytest.raises(IncomparableError) as error:
        progress(CURRENT.points[Period(2024)], own_baseline(), AIM)
    assert error.value.code == "two_methodologies"
    with pytest.raises(IncomparableError):
        progress(LINKED.points[Period(2024)], own_baseline(), AIM)
    without = History("TOTAL", "2025", {Period(2024): CURRENT.points[Period(2024)]})
    assert position(without, LAST).progress is None and position(without, LAST).baseline is None


def test_the_share_of_the_way() -> None:
    start = own_baseline()
    later = replace(start, period=Period(2024), figure=Figure(Decimal("20.1"), Decimal("0.1"), unit("MAD_bn")))
    found = progress(later, start, AIM)
    assert found.value == pytest.approx(Decimal("2.2") / Decimal("22.1"))
    assert found.interval.low == pytest.approx(Decimal("2.1") / Decimal("22.05"))
    assert found.interval.high == pytest.approx(Decimal("2.3") / Decimal("22.15"))
    millions = replace(later, figure=Figure(Decimal(20100), Decimal(100), unit("MAD_mn")))
    assert progress(millions, start, AIM).value == pytest.approx(found.value)
    with pytest.raises(UndefinedError):
        progress(later, start, Figure(Decimal(15), Decimal(0), unit("MAD_bn")))


def test_a_target_below_the_start_has_no_way_to_it() -> None:
    found = position(CURRENT, targets()[0])
    assert found.progress is None and found.distance.value == Decimal("-1.2")


def test_the_path_goes_on_at_the_latest_pace() -> None:
    found = position(CURRENT, LAST)
    assert found.pace == Decimal("0.002"), "the published rate"
    assert [period.year for period, _ in found.path] == list(range(2024, 2031))
    assert found.path[0][1] == Decimal("26.2")
    assert found.path[-1][1] == pytest.approx(Decimal("26.2") * Decimal("1.002") ** 6)
    alone = History("TOTAL", "2025", {Period(2024): replace(CURRENT.points[Period(2024)], growth=None)})
    assert position(alone, LAST).pace is None and position(alone, LAST).path == ()
    two = {period: replace(point, growth=None) for period, point in CURRENT.points.items()}
    computed = position(History("TOTAL", "2025", two), LAST).pace
    assert computed == pytest.approx(Decimal("26.2") / Decimal("26.17") - 1)


def test_a_target_that_is_past_needs_no_growth() -> None:
    reached = replace(CURRENT.points[Period(2024)], period=Period(2030))
    found = position(History("TOTAL", "2025", {reached.period: reached}), LAST)
    assert found.required is None and found.path == ()


def test_targets_are_for_the_total_and_for_whole_years() -> None:
    with pytest.raises(IncomparableError) as error:
        position(KNOWN["2025", "ITO"], LAST)
    assert error.value.code == "target_series"
    halves = {period: point for period, point in CURRENT.points.items() if period.kind == "half"}
    with pytest.raises(IncomparableError) as error:
        position(History("TOTAL", "2025", halves), LAST)
    assert error.value.code == "target_no_year"


def test_no_progress_and_no_pace_over_a_break_inside_a_methodology() -> None:
    early = release({"TOTAL 2023": "17.9"}, status=Status.FINAL, edition="2024-03", methodology="historic")
    late = release({"TOTAL 2024": "26.2"}, status=Status.BREAK, edition="2025-03", methodology="historic")
    found = position(histories([early, late])["historic", "TOTAL"], LAST)
    assert (found.progress, found.pace, found.path) == (None, None, ())
    assert found.distance.value == Decimal("13.8"), "what is left to go needs no past"
