"""Where a year will land: the method against a second writing of it, its refusals, and its past on real quarters."""

from __future__ import annotations

import importlib.util
import math
import statistics
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from specimens import release

from nachra.errors import IncomparableError
from nachra.history import History, histories
from nachra.jobs import check_release
from nachra.outlook import Outlook, covering, outlook
from nachra.periods import Period
from nachra.release import Status

#: Student's t, 0.90 quantile, as a printed table has it
T = {1: 3.078, 2: 1.886, 3: 1.638, 4: 1.533}


def made(figures: dict[str, str | None], **fields: Any) -> History:
    found = histories([release(figures, edition="2025-10", methodology="2025", **fields)])
    return found["2025", "TOTAL"]


def halves(*years: tuple[str, str]) -> dict[str, str | None]:
    """{"TOTAL 2020-S1": …, "TOTAL 2020": …} for pairs of a first half and a year, from 2020 on."""
    found: dict[str, str | None] = {}
    for year, (half, whole) in enumerate(years, 2020):
        found |= {f"TOTAL {year}-S1": half, f"TOTAL {year}": whole}
    return found


def test_one_past_year_gives_the_ratio_and_no_interval() -> None:
    found = outlook(made({"TOTAL 2024-S1": "12.9", "TOTAL 2024": "26.2", "TOTAL 2025-S1": "13.4"}), 2025)
    assert found.interval is None
    assert found.value == pytest.approx(Decimal("13.4") * Decimal("26.2") / Decimal("12.9"))
    assert found.ratios == ((2024, pytest.approx(Decimal("26.2") / Decimal("12.9"))),)
    assert (found.known, found.part.value) == (Period(2025, 6), Decimal("13.4"))
    assert found.rounding.low == pytest.approx(Decimal("13.35") * Decimal("26.15") / Decimal("12.95"))
    assert found.rounding.high == pytest.approx(Decimal("13.45") * Decimal("26.25") / Decimal("12.85"))
    assert {str(one.period) for one in found.points} == {"2025-S1", "2024", "2024-S1"}


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_the_interval_is_that_of_a_mean(count: int) -> None:
    pairs = [("10.00", "20.50"), ("11.00", "21.70"), ("12.00", "24.90"), ("13.00", "25.40"), ("14.00", "29.30")][:count]
    found = outlook(made({**halves(*pairs), f"TOTAL {2020 + count}-S1": "15.00"}), 2020 + count)
    logs = [math.log(float(whole) / float(half)) for half, whole in pairs]
    middle, reach = statistics.mean(logs), T[count - 1] * statistics.stdev(logs) * math.sqrt(1 + 1 / count)
    assert float(found.value) == pytest.approx(15 * math.exp(middle))
    assert found.interval
    # the known part is rounded, too
    assert float(found.interval.low) == pytest.approx(14.995 * math.exp(middle - reach), rel=1e-6)
    assert float(found.interval.high) == pytest.approx(15.005 * math.exp(middle + reach), rel=1e-6)


def test_past_years_that_agree_leave_the_rounding() -> None:
    found = outlook(made({**halves(("10.0", "20.0"), ("12.0", "24.0")), "TOTAL 2022-S1": "15.0"}), 2022)
    assert found.interval == found.rounding and found.rounding.low < 30 < found.rounding.high


def test_quarters_and_months_make_the_same_parts() -> None:
    quarters = {f"TOTAL 2024-Q{number}": value for number, value in enumerate(["6.0", "6.5", "6.6", "7.1"], 1)}
    found = outlook(made({**quarters, "TOTAL 2025-Q1": "6.3", "TOTAL 2025-Q2": "6.7"}), 2025)
    assert found.known == Period(2025, 6)
    assert found.value == pytest.approx(Decimal("13.0") * Decimal("26.2") / Decimal("12.5"))
    months = {f"TOTAL 2024-{month:02}": "2.0" for month in range(1, 13)}
    found = outlook(made({**months, **{f"TOTAL 2025-{month:02}": "2.2" for month in range(1, 6)}}), 2025)
    assert (found.known, found.value) == (Period(2025, 5), pytest.approx(Decimal("26.4")))


def test_the_longest_part_that_the_past_knows_counts() -> None:
    """Nine months are published, but the past has first halves only."""
    found = outlook(
        made({"TOTAL 2024-S1": "10", "TOTAL 2024": "20", "TOTAL 2025-S1": "11", "TOTAL 2025-Q3": "9"}), 2025
    )
    assert (found.known, found.value) == (Period(2025, 6), Decimal(22))


def test_a_published_level_goes_before_the_sum_of_its_parts() -> None:
    history = made({"TOTAL 2024-S1": "10.0", "TOTAL 2024-Q1": "4.0", "TOTAL 2024-Q2": "5.0", "TOTAL 2024-S2": "11.0"})
    half, year = covering(history, Period(2024, 6)), covering(history, Period(2024))
    assert half and half[0].value == Decimal("10.0") and len(half[1]) == 1
    assert year and year[0].value == Decimal("21.0")
    assert year[0].quantum == Decimal("0.2"), "two roundings"
    assert covering(history, Period(2024, 9)) is None


def test_an_index_is_averaged_by_its_months() -> None:
    history = made({"TOTAL 2024-S1": "100", "TOTAL 2024-Q3": "110", "TOTAL 2024-Q4": "120"}, unit_codes=["index"])
    found = covering(history, Period(2024))
    assert found and found[0].value == Decimal(100) / 2 + Decimal(110) / 4 + Decimal(120) / 4


@pytest.mark.parametrize(
    ("figures", "code"),
    [
        ({"TOTAL 2024": "26.2", "TOTAL 2025": "27.0"}, "outlook_published"),
        ({"TOTAL 2024": "26.2", "TOTAL 2025-S2": "13.0"}, "outlook_no_part"),
        ({"TOTAL 2024": "26.2"}, "outlook_no_part"),
        ({"TOTAL 2024": "26.2", "TOTAL 2025-S1": "13.4"}, "outlook_no_past"),
        ({"TOTAL 2024-S1": "12.9", "TOTAL 2025-S1": "13.4"}, "outlook_no_past"),
        ({"TOTAL 2024-S1": "0", "TOTAL 2024": "5.0", "TOTAL 2025-S1": "13.4"}, "outlook_no_past"),
    ],
)
def test_refusals(figures: dict[str, str | None], code: str) -> None:
    with pytest.raises(IncomparableError) as error:
        outlook(made(figures), 2025)
    assert error.value.code == code
    for language in ("fr", "en", "ar"):
        assert "2025" in error.value.message(language)


# --- on real quarters -------------------------------------------------------------------------------


def _benchmark() -> Any:
    path = Path(__file__).parent / "benchmarks" / "outlook.py"
    spec = importlib.util.spec_from_file_location("benchmarks_outlook", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_past_was_estimated_as_well_as_promised(shared: Path) -> None:
    """Each past year of nine real series, from its first quarters and earlier years only."""
    hcp = shared / "data" / "releases" / "hcp_indice_exportation_trimestriel.xlsx"
    known_until = _benchmark().known_until
    held, errors, naive = [], [], []
    for history in histories([check_release(hcp)[0].release]).values():
        for year in range(2021, 2025):
            actual, before = covering(history, Period(year)), covering(history, Period(year - 1))
            assert actual and before
            for month in (3, 6, 9):
                found: Outlook = outlook(known_until(history, year, month), year)
                assert all(point.period.year <= year and point.period != Period(year) for point in found.points)
                errors.append(abs(found.value / actual[0].value - 1))
                naive.append(abs(before[0].value / actual[0].value - 1))
                assert (found.interval is None) == (year == 2021)
                if found.interval:
                    held.append(found.interval.low <= actual[0].value <= found.interval.high)
    assert (len(errors), len(held)) == (108, 81)
    # an interval of 80 %: 65 of 81 are due, and chance alone leaves some ten more or fewer
    assert 55 <= sum(held) <= 75
    assert sum(errors) < sum(naive) / 2, "better than to suppose that nothing changes"


def test_the_benchmark_says_how_often_it_held(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hcp = shared / "data" / "releases" / "hcp_indice_exportation_trimestriel.xlsx"
    assert _benchmark().main([hcp]) == 0
    assert "69 of 81" in capsys.readouterr().out


def test_years_before_a_break_in_the_series_teach_nothing() -> None:
    before = release(halves(("10.0", "20.0"), ("11.0", "23.0")), status=Status.FINAL, edition="2022-03")
    start = release({"TOTAL 2022-S1": "15.0"}, status=Status.BREAK, edition="2023-03")
    after = release({"TOTAL 2022": "30.0", "TOTAL 2023-S1": "16.0"}, status=Status.FINAL, edition="2023-10")
    found = outlook(histories([before, start, after])["2025", "TOTAL"], 2023)
    assert [year for year, _ in found.ratios] == [2022] and found.value == Decimal(32)
    with pytest.raises(IncomparableError) as error:
        outlook(histories([before, start])["2025", "TOTAL"], 2022)
    assert error.value.code == "outlook_no_past"
