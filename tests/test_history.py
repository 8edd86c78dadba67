"""Series over several releases: newest edition, methodology as identity; the link over the break, only by its name."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
import strategies  # noqa: F401  the hypothesis profile
from hypothesis import given
from hypothesis import strategies as st
from specimens import release

from nachra.errors import IncomparableError
from nachra.figures import Figure
from nachra.history import History, Point, cagr, growth, histories, require_one_methodology
from nachra.indicators import Indicator
from nachra.linking import carried, link_series, links
from nachra.periods import Period
from nachra.release import Status
from nachra.units import unit

LINK = "overlap-2023"
BILLIONS = unit("MAD_bn")
OLD = release(
    {"TOTAL 2021": "14.7", "TOTAL 2022": None, "TOTAL 2023": "17.9", "TOTAL 2023 %%": "14"},
    edition="2024-03",
    methodology="historic",
)
NEW = release(
    {"TOTAL 2023": "26.17", "TOTAL 2024": "26.2", "TOTAL 2024-S1": "12.9"}, edition="2025-10", methodology="2025"
)


def history(methodology: str, *releases: object) -> History:
    return histories(releases or (OLD, NEW))[methodology, "TOTAL"]  # type: ignore[arg-type]


def point(value: str, year: int, methodology: str = "2025", series: str = "TOTAL") -> Point:
    return Point(series, methodology, Period(year), Figure(Decimal(value), Decimal("0.1"), BILLIONS))


def test_one_history_a_methodology_oldest_period_first() -> None:
    found = histories([NEW, OLD])
    assert set(found) == {("historic", "TOTAL"), ("2025", "TOTAL")}
    assert [str(period) for period in history("2025").points] == ["2023", "2024-S1", "2024"]
    assert [one.period.year for one in history("historic").years] == [2021, 2023], "2022 is not published"
    assert {one.methodology for one in history("historic").years} == {"historic"}


def test_the_newest_edition_replaces_what_earlier_ones_said() -> None:
    revised = release({"TOTAL 2024": "26.4"}, edition="2026-03", methodology="2025")
    for order in ([NEW, revised], [revised, NEW]):
        points = histories(order)["2025", "TOTAL"].points
        assert points[Period(2024)].figure.value == Decimal("26.4")
        assert points[Period(2024)].edition == "2026-03"
        assert points[Period(2023)].figure.value == Decimal("26.17"), "what is not revised stays"


def test_the_sum_of_the_parts_is_the_level_and_its_cells_are_theirs() -> None:
    made = release(
        {"TOTAL 2024": "26.2", "ITO 2024": "10.578", "CRM 2024": "15.641"}, edition="2025-10", methodology="2025"
    )
    found = histories([made])["2025", "TOTAL"].points[Period(2024)]
    assert found.figure.value == Decimal("26.219")
    assert [one.series for one in found.cells] == ["ITO", "CRM"]


@pytest.mark.parametrize("compare", [growth, cagr])
def test_no_rate_across_the_break(compare: object) -> None:
    """Growth 2021 → 2024 would be +78 %, a number that means nothing."""
    first, last = history("historic").points[Period(2021)], history("2025").points[Period(2024)]
    with pytest.raises(IncomparableError) as error:
        compare(last, first)  # type: ignore[operator]
    assert error.value.code == "two_methodologies"
    assert "historic" in error.value.message("fr") and "2025" in error.value.message("fr")


def test_no_rate_between_series_or_unlike_periods() -> None:
    with pytest.raises(IncomparableError) as error:
        growth(point("2", 2024), point("1", 2023, series="ITO"))
    assert error.value.code == "series_differ"
    half, year = history("2025").points[Period(2024, 6)], history("2025").points[Period(2023)]
    with pytest.raises(IncomparableError) as error:
        growth(half, year)
    assert error.value.code == "periods_differ"


def test_within_a_methodology_there_is_a_rate() -> None:
    points = history("historic").points
    found = growth(points[Period(2023)], points[Period(2021)])
    assert found.value == pytest.approx(Decimal("17.9") / Decimal("14.7") - 1)
    yearly = cagr(points[Period(2023)], points[Period(2021)])
    assert (1 + yearly.value) ** 2 == pytest.approx(1 + found.value)
    require_one_methodology(*points.values())


def broken(*statuses: Status) -> dict[Period, Point]:
    """The total of 2022, 2023 and 2024, each of its own edition with its status."""
    made = [
        release({f"TOTAL {year}": level}, status=status, edition=f"{year + 1}-03", methodology="2025")
        for year, level, status in zip((2022, 2023, 2024), ("14.7", "26.17", "26.2"), statuses, strict=True)
    ]
    return dict(histories(made)["2025", "TOTAL"].points)


@pytest.mark.parametrize("compare", [growth, cagr])
def test_no_rate_across_a_break_inside_a_methodology(compare: Callable[[Point, Point], Indicator]) -> None:
    points = broken(Status.FINAL, Status.BREAK, Status.PROVISIONAL)
    assert compare(points[Period(2024)], points[Period(2023)]).value > 0, "both are of the new series"
    for last in (2023, 2024):
        with pytest.raises(IncomparableError) as error:
            compare(points[Period(last)], points[Period(2022)])
        assert error.value.code == "series_break"
        assert "2022" in error.value.message("fr") and str(last) in error.value.message("fr")


def test_a_later_edition_may_take_a_break_back() -> None:
    early = release({"TOTAL 2022": "14.7", "TOTAL 2023": "15"}, status=Status.BREAK, edition="2024-03")
    late = release({"TOTAL 2022": "14.7", "TOTAL 2023": "15"}, status=Status.FINAL, edition="2025-03")
    for releases, crosses in (([early], True), ([early, late], False)):
        points = histories(releases)["2025", "TOTAL"].points
        assert (points[Period(2022)].pieces[0] != points[Period(2023)].pieces[1]) is crosses


def test_the_link_joins_at_its_overlap_and_nowhere_else() -> None:
    old = release(
        {"TOTAL 2021": "14.7", "TOTAL 2022": "16", "TOTAL 2023": "17.9"}, edition="2024-03", methodology="historic"
    )
    new = release({"TOTAL 2023": "26.17"}, status=Status.BREAK, edition="2025-10", methodology="2025")
    later = release({"TOTAL 2024": "30"}, status=Status.BREAK, edition="2025-11", methodology="2025")
    points = link_series(history("historic", old), history("2025", new, later), LINK).points
    assert growth(points[Period(2023)], points[Period(2021)]).value > 0
    with pytest.raises(IncomparableError):
        growth(points[Period(2024)], points[Period(2023)])


# --- the link ---------------------------------------------------------------------------------------


def test_the_factor_is_26_17_over_17_9() -> None:
    linked = link_series(history("historic"), history("2025"), LINK)
    assert linked.methodology == LINK and linked.factor
    ratio = linked.factor.ratio
    assert ratio.value == pytest.approx(Decimal("26.17") / Decimal("17.9"))
    assert ratio.interval.low == pytest.approx(Decimal("26.165") / Decimal("17.95"))
    assert ratio.interval.high == pytest.approx(Decimal("26.175") / Decimal("17.85"))
    levels = {one.period.year: one.figure.value for one in linked.years}
    assert levels[2021] == pytest.approx(Decimal("14.7") * Decimal("26.17") / Decimal("17.9"))
    assert (levels[2023], levels[2024]) == (Decimal("26.17"), Decimal("26.2")), "published years are not changed"
    assert all(period.kind == "year" for period in linked.points)


def test_a_linked_point_compares_with_no_published_one() -> None:
    linked = link_series(history("historic"), history("2025"), LINK)
    with pytest.raises(IncomparableError):
        growth(history("2025").points[Period(2024)], linked.points[Period(2021)])
    assert growth(linked.points[Period(2024)], linked.points[Period(2021)]).value > 0


def test_the_link_keeps_the_old_growth() -> None:
    linked = link_series(history("historic"), history("2025"), LINK)
    before = growth(history("historic").points[Period(2023)], history("historic").points[Period(2021)])
    assert growth(linked.points[Period(2023)], linked.points[Period(2021)]).value == pytest.approx(before.value)
    rate = linked.points[Period(2023)].growth
    assert rate and rate.value == Decimal("0.14"), "the rate that the old series publishes for the overlap"


@pytest.mark.parametrize(
    ("old", "new", "link", "code"),
    [
        ("historic", "2025", "overlap-1999", "link_unknown"),
        ("2025", "historic", LINK, "link_other"),
        ("historic", "historic", LINK, "link_other"),
    ],
)
def test_only_what_a_link_is_made_for(old: str, new: str, link: str, code: str) -> None:
    with pytest.raises(IncomparableError) as error:
        link_series(history(old), history(new), link)
    assert error.value.code == code


def test_without_the_overlap_there_is_no_link() -> None:
    short = release({"TOTAL 2021": "14.7"}, edition="2024-03", methodology="historic")
    with pytest.raises(IncomparableError) as error:
        link_series(history("historic", short), history("2025"), LINK)
    assert error.value.code == "link_no_overlap"


def test_every_link_says_that_it_is_an_estimate() -> None:
    for link in links().values():
        for language, word in (("fr", "estimation de nachra"), ("en", "estimate of nachra"), ("ar", "تقدير من nachra")):
            assert word in link.label(language)


_tenths = st.integers(10, 1000).map(lambda tenths: Decimal(tenths) / 10)


@given(_tenths, _tenths, _tenths, st.decimals("-0.05", "0.05", places=4), st.decimals("-0.05", "0.05", places=4))
def test_a_carried_figure_holds_every_true_value(
    level: Decimal, old: Decimal, new: Decimal, slip: Decimal, other: Decimal
) -> None:
    """Whatever true values were rounded to the three figures, their product is within the carried one's interval."""
    quantum = Decimal("0.1")
    above, below = (Figure(one, quantum, BILLIONS) for one in (new, old))
    from nachra.indicators import growth as rate

    share = rate(above, below)
    low, high = share.interval.low + 1, share.interval.high + 1
    ratio = Indicator(share.value + 1, type(share.interval)(low, high))
    found = carried(Figure(level, quantum, BILLIONS), ratio, above)
    true = (level + slip) * (new + other) / (old - slip)
    tolerance = Decimal("1e-20")
    assert found.interval.low - tolerance <= true <= found.interval.high + tolerance
