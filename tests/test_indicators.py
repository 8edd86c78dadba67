"""Indicators: identities, what rounding allows, and the figures that were published."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import bases, levels, published

from nachra import indicators
from nachra.errors import IncomparableError, UndefinedError
from nachra.figures import Figure, Interval, round_half_up
from nachra.indicators import Indicator
from nachra.periods import Period, parse_period
from nachra.units import unit

#: the last place of a division at 40 digits
LAST = Decimal("1e-30")

Pair = tuple[Decimal, Figure]  # a true value and what is published of it


def mdh(value: str, quantum: str = "1") -> Figure:
    return Figure(Decimal(value), Decimal(quantum), unit("MAD_mn"))


def bn(value: str) -> Figure:
    number = Decimal(value)
    return Figure(number, Decimal(1).scaleb(int(number.as_tuple().exponent)), unit("MAD_bn"))


def percent(value: str, quantum: str = "0.1") -> Figure:
    return Figure(Decimal(value), Decimal(quantum), unit("percent"))


def rounded(limits: Interval) -> tuple[str, str]:
    """An interval of fractions in percent, to one decimal, as sentences write it."""
    low, high = (str(round_half_up(end * 100, 1)) for end in (limits.low, limits.high))
    return low, high


def holds(indicator: Indicator, true: Decimal) -> bool:
    return indicator.interval.low - LAST <= true <= indicator.interval.high + LAST


# --- published cases --------------------------------------------------------------------------------------

LEVELS_2024 = {"ITO": "10578", "CRM": "9797", "ESO": "3462", "BPO": "2334", "KPO": "48"}


@pytest.mark.parametrize(
    ("series", "published_share"), [("ITO", "40.3"), ("CRM", "37.4"), ("ESO", "13.2"), ("BPO", "8.9"), ("KPO", "0.2")]
)
def test_published_shares_of_2024(series: str, published_share: str) -> None:
    parts = {code: mdh(level) for code, level in LEVELS_2024.items()}
    total = indicators.total_of(list(parts.values()), unit("MAD_mn"))
    assert (total.value, total.quantum) == (26219, 5)
    share = indicators.share(parts[series], total)
    assert round_half_up(share.value * 100, 1) == Decimal(published_share)
    assert indicators.allows(share.interval, percent(published_share))


@pytest.mark.parametrize(
    ("current", "previous", "computed", "limits", "allowed", "refused"),
    [
        ("13.4", "12.9", "3.9", ("3.1", "4.7"), "3.5", "2.9"),  # first half of 2025
        ("26.2", "26.17", "0.1", ("-0.1", "0.3"), "0.2", "0.5"),  # year 2024
    ],
)
def test_published_growth_that_the_rounded_levels_allow(
    current: str, previous: str, computed: str, limits: tuple[str, str], allowed: str, refused: str
) -> None:
    growth = indicators.growth(bn(current), bn(previous))
    assert round_half_up(growth.value * 100, 1) == Decimal(computed)
    assert rounded(growth.interval) == limits
    assert indicators.allows(growth.interval, percent(allowed))
    assert not indicators.allows(growth.interval, percent(refused))


def test_a_rate_is_allowed_when_its_own_rounding_reaches_the_levels() -> None:
    limits = Interval(Decimal("0.0310"), Decimal("0.0470"))
    assert indicators.allows(limits, percent("4.7")) and indicators.allows(limits, percent("3.1"))
    assert indicators.allows(limits, percent("5", "1"))  # 4.5 to 5.5
    assert indicators.allows(limits, percent("3.05")) and not indicators.allows(limits, percent("3.0"))


@pytest.mark.parametrize(
    ("current", "target", "years", "rate"),
    [("17.9", "40", 7, "12.2"), ("26.22", "40", 6, "7.3")],  # Digital Morocco 2030, on the old series and the new one
)
def test_growth_that_the_target_requires(current: str, target: str, years: int, rate: str) -> None:
    required = indicators.required_growth(bn(current), bn(target), years)
    assert round_half_up(required.value * 100, 1) == Decimal(rate)


@pytest.mark.parametrize(
    ("indicator", "value"),
    [
        (indicators.growth(mdh("110"), mdh("100")), "0.1"),
        (indicators.growth(mdh("48"), mdh("78")), "-0.384615384615"),
        (indicators.growth(mdh("-5"), mdh("100")), "-1.05"),  # a deficit after a surplus still has a rate
        (indicators.growth(bn("1.10"), mdh("1000")), "0.1"),  # units are brought together
        (indicators.change(mdh("110"), mdh("100")), "10"),
        (indicators.change(bn("1.5"), mdh("700")), "0.8"),
        (indicators.share(mdh("25"), mdh("100")), "0.25"),
        (indicators.share(mdh("500"), bn("2.00")), "0.25"),
        (indicators.share(mdh("0"), mdh("100")), "0"),
        (indicators.contribution(mdh("30"), mdh("25"), mdh("100")), "5"),
        (indicators.contribution(mdh("20"), mdh("25"), bn("0.10")), "-5"),
        (indicators.cagr(mdh("121"), mdh("100"), 2), "0.1"),
        (indicators.cagr(mdh("100"), mdh("100"), 7), "0"),
        (indicators.cagr(mdh("90"), mdh("100"), 1), "-0.1"),
        (indicators.index(mdh("117"), mdh("100")), "117"),
        (indicators.implied_second_half(mdh("26219"), mdh("12900", "100")), "13319"),
    ],
)
def test_worked_by_hand(indicator: Indicator, value: str) -> None:
    assert round_half_up(indicator.value, 12) == Decimal(value)
    assert indicator.value in indicator.interval


def test_second_half_has_the_doubts_of_both() -> None:
    assert indicators.implied_second_half(bn("26.2"), bn("13.4")).interval == Interval(Decimal("12.7"), Decimal("12.9"))


def test_share_change_is_in_points() -> None:
    points = indicators.share_change(indicators.share(mdh("42"), mdh("100")), indicators.share(mdh("40"), mdh("100")))
    assert points.value == 2 and points.value in points.interval


# --- what rounding allows ---------------------------------------------------------------------------------


@given(published(), bases())
def test_growth_and_index_hold_the_true_ones(current: Pair, previous: Pair) -> None:
    with localcontext(prec=40):
        true = current[0] / previous[0] - 1
        assert holds(indicators.growth(current[1], previous[1]), true)
        index = indicators.index(current[1], previous[1])
        assert index.interval.low - Decimal("1e-15") <= (true + 1) * 100 <= index.interval.high + Decimal("1e-15")


@given(published(), published())
def test_change_holds_the_true_one(current: Pair, previous: Pair) -> None:
    assert current[0] - previous[0] in indicators.change(current[1], previous[1]).interval


@given(published(), bases())
def test_share_holds_the_true_one(part: Pair, total: Pair) -> None:
    with localcontext(prec=40):
        assert holds(indicators.share(part[1], total[1]), part[0] / total[0])


@given(published(), published(), bases())
def test_contribution_holds_the_true_one(current: Pair, previous: Pair, total: Pair) -> None:
    with localcontext(prec=40):
        found = indicators.contribution(current[1], previous[1], total[1])
        true = 100 * (current[0] - previous[0]) / total[0]
        assert found.interval.low - Decimal("1e-24") <= true <= found.interval.high + Decimal("1e-24")


@given(bases(), bases(), st.integers(1, 30))
def test_yearly_growth_holds_the_true_one(last: Pair, first: Pair, years: int) -> None:
    with localcontext(prec=40):
        true = (last[0] / first[0]) ** (Decimal(1) / years) - 1
        assert holds(indicators.cagr(last[1], first[1], years), true)


@given(st.lists(published(), max_size=6))
def test_total_holds_the_true_sum(parts: list[Pair]) -> None:
    total = indicators.total_of([figure for _, figure in parts], unit("MAD_mn"))
    assert sum(true for true, _ in parts) in total.interval


@given(published(), bases())
def test_published_rate_of_true_levels_is_allowed(current: Pair, previous: Pair) -> None:
    """Whoever rounds levels and rates honestly is never accused."""
    with localcontext(prec=40):
        rate = percent(str(round_half_up((current[0] / previous[0] - 1) * 100, 1)))
    assert indicators.allows(indicators.growth(current[1], previous[1]).interval, rate)


@given(published(), bases(), st.integers(1, 9))
def test_finer_levels_allow_less(current: Pair, previous: Pair, divisor: int) -> None:
    def finer(figure: Figure) -> Figure:
        return Figure(figure.value, figure.quantum / divisor, figure.unit)

    wide = indicators.growth(current[1], previous[1]).interval
    narrow = indicators.growth(finer(current[1]), finer(previous[1])).interval
    assert wide.low <= narrow.low <= narrow.high <= wide.high


# --- identities -------------------------------------------------------------------------------------------


@given(levels(), levels())
def test_growth_index_and_change_say_the_same(current: Figure, previous: Figure) -> None:
    growth, index = indicators.growth(current, previous), indicators.index(current, previous)
    assert abs(index.value - (growth.value + 1) * 100) < Decimal("1e-15")
    assert abs(indicators.change(current, previous).value - growth.value * previous.value) < Decimal("1e-15")
    assert indicators.cagr(current, previous, 1).value == growth.value
    assert (growth.value > 0) == (current.value > previous.value)


@given(levels(), levels(), st.sampled_from(("MAD", "MAD_th", "MAD_bn")))
def test_rates_do_not_depend_on_the_unit(current: Figure, previous: Figure, code: str) -> None:
    elsewhere = current.to(unit(code))
    assert indicators.growth(elsewhere, previous).value == indicators.growth(current, previous).value
    assert indicators.share(elsewhere, previous).value == indicators.share(current, previous).value


@given(levels(), levels(), st.integers(1, 20))
def test_required_growth_reaches_the_target(current: Figure, target: Figure, years: int) -> None:
    rate = indicators.required_growth(current, target, years).value
    with localcontext(prec=40):
        reached = current.value * (1 + rate) ** years
    assert abs(reached - target.value) < Decimal("1e-15")


CODES = ("ITO", "CRM", "ESO", "BPO", "KPO")
PARTS = st.dictionaries(st.sampled_from(CODES), levels(positive=False), max_size=5)


def exact_sum(values: list[Decimal]) -> Decimal:
    with localcontext(prec=80):
        return sum(values, Decimal(0))


def growth_in_points(total: Figure, before: Figure) -> Decimal:
    with localcontext(prec=80):
        return ((total.value - before.value) * 100 / before.value).quantize(Decimal("1e-24"))


@given(PARTS, PARTS, levels(positive=False), levels())
def test_contributions_and_remainder_are_the_growth_exactly(
    current: dict[str, Figure], previous: dict[str, Figure], total: Figure, before: Figure
) -> None:
    found, remainder = indicators.contributions(current, previous, total, before)
    assert list(found) == [code for code in current if code in previous]
    assert exact_sum([*found.values(), remainder]) == growth_in_points(total, before)
    for code, points in found.items():
        alone = indicators.contribution(current[code], previous[code], before).value
        assert abs(points - alone) < Decimal("1e-20")


@given(st.dictionaries(st.sampled_from(CODES), st.tuples(levels(), levels()), min_size=1))
def test_nothing_remains_where_the_parts_add_up(pairs: dict[str, tuple[Figure, Figure]]) -> None:
    current, previous = ({code: pair[side] for code, pair in pairs.items()} for side in (0, 1))
    total, before = (indicators.total_of(list(parts.values()), unit("MAD_mn")) for parts in (current, previous))
    assume(before.interval.low > 0)
    found, remainder = indicators.contributions(current, previous, total, before)
    assert remainder == 0
    assert exact_sum(list(found.values())) == growth_in_points(total, before)


def test_remainder_is_what_is_not_published_twice() -> None:
    current = {"ITO": mdh("60"), "CRM": mdh("30"), "KPO": mdh("20")}
    previous = {"ITO": mdh("50"), "CRM": mdh("40")}
    found, remainder = indicators.contributions(current, previous, mdh("110"), mdh("100"))
    assert found == {"ITO": 10, "CRM": -10}
    assert remainder == 10


def test_contributions_of_parts_in_another_unit() -> None:
    found, remainder = indicators.contributions({"ITO": bn("0.06")}, {"ITO": mdh("50")}, mdh("110"), mdh("100"))
    assert (found, remainder) == ({"ITO": 10}, 0)


def test_contributions_of_absurd_levels_are_still_numbers() -> None:
    total, before = mdh("1e30"), mdh("1")
    found, remainder = indicators.contributions({"ITO": total}, {"ITO": before}, total, before)
    assert (found, remainder) == ({"ITO": growth_in_points(total, before)}, 0)


# --- refusals ---------------------------------------------------------------------------------------------

ON_A_BASE: dict[str, Callable[[Figure], object]] = {
    "growth": lambda base: indicators.growth(mdh("10"), base),
    "index": lambda base: indicators.index(mdh("10"), base),
    "share": lambda base: indicators.share(mdh("10"), base),
    "contribution": lambda base: indicators.contribution(mdh("10"), mdh("9"), base),
    "contributions": lambda base: indicators.contributions({}, {}, mdh("10"), base),
    "cagr": lambda base: indicators.cagr(mdh("10"), base, 3),
    "cagr to it": lambda base: indicators.cagr(base, mdh("10"), 3),
    "required growth": lambda base: indicators.required_growth(base, mdh("10"), 3),
}


@pytest.mark.parametrize(
    "base", [mdh("0"), mdh("-5"), mdh("0.4", "1"), mdh("50", "100")], ids=["0", "-5", "0.4±0.5", "50±50"]
)
@pytest.mark.parametrize("name", ON_A_BASE)
def test_no_rate_on_a_base_that_is_not_positive(name: str, base: Figure) -> None:
    with pytest.raises(UndefinedError) as caught:
        ON_A_BASE[name](base)
    assert caught.value.code == "base_not_positive"


@pytest.mark.parametrize("name", ON_A_BASE)
def test_nothing_is_computed_across_dimensions(name: str) -> None:
    with pytest.raises(IncomparableError) as caught:
        ON_A_BASE[name](Figure(Decimal(10), Decimal(1), unit("USD_mn")))
    assert caught.value.code == "units_differ"
    assert "M$" in str(caught.value) and "MDH" in str(caught.value)


def test_parts_in_another_dimension_contribute_nothing() -> None:
    dollars = Figure(Decimal(10), Decimal(1), unit("USD_mn"))
    with pytest.raises(IncomparableError):
        indicators.change(mdh("10"), dollars)
    with pytest.raises(IncomparableError):
        indicators.contributions({"ITO": dollars}, {"ITO": mdh("9")}, mdh("10"), mdh("9"))


@pytest.mark.parametrize("years", [0, -1])
def test_no_yearly_growth_within_a_year(years: int) -> None:
    with pytest.raises(IncomparableError) as caught:
        indicators.cagr(mdh("10"), mdh("9"), years)
    assert caught.value.code == "years_too_few"


@pytest.mark.parametrize(
    ("current", "previous"),
    [("2025-S1", "2024-S2"), ("2025-01/2025-09", "2024"), ("2024", "2024-S1"), ("2025-03", "2025-Q1")],
)
def test_unlike_periods_are_refused_with_both_names(current: str, previous: str) -> None:
    one, other = (parse_period(label) or Period(1000) for label in (current, previous))
    with pytest.raises(IncomparableError) as caught:
        indicators.require_comparable(one, other)
    assert caught.value.code == "periods_differ"
    assert f"{one.label()} et {other.label()}".casefold() in str(caught.value).casefold()


@pytest.mark.parametrize(
    ("current", "previous"), [("2025-S1", "2024-S1"), ("2024", "2017"), ("2025-01/2025-09", "2024-01/2024-09")]
)
def test_like_periods_are_accepted(current: str, previous: str) -> None:
    one, other = (parse_period(label) or Period(1000) for label in (current, previous))
    indicators.require_comparable(one, other)
