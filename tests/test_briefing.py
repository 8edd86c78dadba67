"""A computed cell is one expression: its formula and its cached value are two readings of the same tree."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from fractions import Fraction

import pytest
import specimens
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from nachra.errors import UnreadableError
from nachra.expressions import (
    Constant,
    Expression,
    Operation,
    Ref,
    Sum,
    Verdict,
    evaluate,
    formula,
    minus,
    number,
    over,
    plus,
    times,
)
from nachra.panel import Origin, Panel
from nachra.sheets import compose
from nachra.workbook import write_workbook

numbers = st.decimals(-10_000, 10_000, places=3)
keys = st.sampled_from("abcd")


def nest(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.builds(Operation, st.sampled_from("+-*/"), inner, inner) | st.builds(
        Sum, st.lists(inner, min_size=1, max_size=4).map(tuple)
    )


expressions = st.recursive(st.builds(Ref, keys) | st.builds(Constant, numbers), nest, max_leaves=8)


def computed(written: str, values: dict[str, Decimal]) -> Fraction:
    """What a spreadsheet makes of a formula, exactly: Python's precedence of + - * / is Excel's."""
    exact = re.sub(r"(?<![\w'])\d+(\.\d+)?", r"Fraction('\g<0>')", written)
    names = {key: Fraction(value) for key, value in values.items()}
    return Fraction(eval(exact, {"Fraction": Fraction}, names))


@given(expressions, st.fixed_dictionaries(dict.fromkeys("abcd", numbers)))
def test_formula_gives_the_cached_value(expression: Expression, values: dict[str, Decimal]) -> None:
    written = formula(expression, lambda ref: ref.key)
    try:
        expected = computed(written, values)
    except ZeroDivisionError:
        assume(False)
    # 40 digits are carried; what cancels out loses some of them
    assert Fraction(evaluate(expression, lambda ref: values[ref.key])) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        (minus(over(Ref("a"), Ref("b")), number(1)), "(a/b)-1"),
        (minus(Ref("a"), minus(Ref("b"), Ref("a"))), "a-(b-a)"),
        (over(Ref("a"), times(Ref("b"), number(2))), "a/(b*2)"),
        (minus(Ref("a"), Sum((Ref("b"), Ref("c")))), "a-(b+c)"),
        (over(plus(Ref("a"), Ref("a", "precision")), number("0.5")), "(a+a!)/0.5"),
        (number("1E+3"), "1000"),
        (number("1E-7"), "0.0000001"),
    ],
)
def test_formula_is_what_a_person_would_write(expression: Expression, written: str) -> None:
    assert formula(expression, lambda ref: ref.key + ("!" if ref.column == "precision" else "")) == written


@pytest.mark.parametrize(
    ("claim", "answer"),
    [("0.0300", "no"), ("0.0304", "yes"), ("0.0350", "yes"), ("0.0460", "yes"), ("0.0505", "yes"), ("0.0506", "no")],
)
def test_verdict_asks_whether_two_intervals_meet(claim: str, answer: str) -> None:
    # the levels allow 3.09 to 5.00 %, the claim is rounded to 0.1 point: half of it is 0.05 point
    verdict = Verdict(number("0.0309"), number("0.05"), Ref("claim"), number("0.0005"), "yes", "no")
    assert evaluate(verdict, lambda _: Decimal(claim)) == answer
    written = formula(verdict, lambda ref: ref.key)
    assert written == 'IF(AND(claim+0.0005>=0.0309-1E-12,claim-0.0005<=0.05+1E-12),"yes","no")'


# --- what the sheets compute is what the panel quotes ---------------------------------------------

PERIODS = ("2022", "2023", "2024", "2024-S1", "2025-S1")
published = st.one_of(st.none(), st.decimals(0, 30, places=1).map(str), st.decimals(-5, 3000, places=2).map(str))
figures = st.dictionaries(
    st.builds(
        "{} {}{}".format,
        st.sampled_from(["TOTAL", "ITO", "CRM", "ESO"]),
        st.sampled_from(PERIODS),
        st.sampled_from(["", "", "", " %", " %%"]),
    ),
    published,
    min_size=8,
)
units = st.lists(st.sampled_from(["MAD_mn", "MAD_bn", "USD_mn", "USD_bn"]), min_size=1, max_size=4)


TOTALS: dict[str, str | None] = {"TOTAL 2023": "26.17", "TOTAL 2024": "26.2"}
DOLLARS = ["USD_bn", "MAD_bn", "MAD_bn", "USD_mn"]


@settings(max_examples=40, deadline=None)
@given(figures, units)
@example({**TOTALS, "ITO 2023": "500", "ITO 2024": "0.60", "ITO 2024 %%": "1"}, DOLLARS)
@example({"TOTAL 2022": "0.0", "ITO 2022": None}, ["MAD_mn"])
@example({**TOTALS, "ITO 2023": "500", "ITO 2024": "0.60", "ITO 2024 %%": "20"}, DOLLARS)
def test_sheets_compute_what_the_panel_quotes(given_figures: dict[str, str | None], unit_codes: list[str]) -> None:
    """Whatever is published, in whatever units: every rate and verdict in the workbook is the panel's."""
    known = {key: value for key, value in given_figures.items() if value is not None or not key.endswith("%")}
    made = specimens.release(known, unit_codes=unit_codes)
    panel = Panel(made)
    try:
        data = write_workbook(compose(made, ()))
    except UnreadableError as error:
        assert error.code == "nothing_to_say"
        return
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("Chiffres clés").to_python()
    head = next(place for place, row in enumerate(rows) if row[0] == "Série")
    assert panel.headline
    ranked = panel.ranked_parts(panel.headline)
    series = [made.total, *ranked, *(part for part in made.parts if part not in ranked)]
    for one, row in zip(filter(None, series), rows[head + 1 :], strict=False):
        quoted = {"Croissance": panel.growth(one, panel.headline), "Part": panel.share(one, panel.headline)}
        for column, rate in quoted.items():
            place = next((at for at, header in enumerate(rows[head]) if str(header).startswith(column)), None)
            if place is not None:
                assert row[place] == (pytest.approx(float(rate.value), rel=1e-12, abs=1e-15) if rate else "n.d.")
    verdicts = [row[7] for row in rows if len(row) > 7 and str(row[7]).endswith("compatible")]
    claims = [
        rate
        for one in made.series
        for period in made.periods
        for rate in (panel.growth(one, period), panel.share(one, period))
        if rate and rate.claim and rate.printed
    ]
    assert len(verdicts) == len(claims)
    assert verdicts.count("incompatible") == sum(rate.origin is Origin.REFUSED for rate in claims)
