"""Numbers with their published precision: reading them, rounding them, and what their rounding allows."""

from __future__ import annotations

from decimal import Decimal

import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st
from strategies import QUANTA, decimals, digits_15, published

from nachra import formats
from nachra.figures import (
    Figure,
    Interval,
    ParsedNumber,
    decimal_of_float,
    display_scale,
    parse_number,
    plain,
    published_quantum,
    quantum_of_decimal,
    quantum_of_format,
    round_half_up,
)
from nachra.units import unit

FRENCH, OFFICE, ENGLISH = (",", " "), (",", "."), (".", ",")


def figure(value: str, quantum: str = "1", code: str = "MAD_mn") -> Figure:
    return Figure(Decimal(value), Decimal(quantum), unit(code))


# --- numbers written as text ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "marks", "value", "quantum"),
    [
        ("26219", FRENCH, "26219", "1"),
        ("26,2", FRENCH, "26.2", "0.1"),
        ("26,20", FRENCH, "26.20", "0.01"),
        ("0,0", FRENCH, "0", "0.1"),
        ("26 219,5", FRENCH, "26219.5", "0.1"),
        ("26\u00a0219,5", FRENCH, "26219.5", "0.1"),
        ("26\u202f219,5", FRENCH, "26219.5", "0.1"),
        ("26\u2009219,5", FRENCH, "26219.5", "0.1"),
        ("1 234 567", FRENCH, "1234567", "1"),
        ("1.234,5", OFFICE, "1234.5", "0.1"),
        ("1.519.310,1", OFFICE, "1519310.1", "0.1"),
        ("1,234.5", ENGLISH, "1234.5", "0.1"),
        ("1234.5", (".", ""), "1234.5", "0.1"),
        ("-4,9", FRENCH, "-4.9", "0.1"),
        ("- 4,9", FRENCH, "-4.9", "0.1"),
        ("-12 091", FRENCH, "-12091", "1"),
        ("+3,5", FRENCH, "3.5", "0.1"),
        ("\u22124,9", FRENCH, "-4.9", "0.1"),
        ("\u20134,9", FRENCH, "-4.9", "0.1"),
        ("(5)", FRENCH, "-5", "1"),
        ("(1 234,5)", FRENCH, "-1234.5", "0.1"),
        ("  42\u00a0", FRENCH, "42", "1"),
        ("\u200e26,2\u200f", FRENCH, "26.2", "0.1"),
    ],
)
def test_number_in_text(text: str, marks: tuple[str, str], value: str, quantum: str) -> None:
    assert parse_number(text, *marks) == ParsedNumber(Decimal(value), Decimal(quantum))


@pytest.mark.parametrize(
    ("text", "value"), [("5%", "5"), ("3,5 %", "3.5"), ("3,5\u00a0%", "3.5"), ("-0,2\u202f%", "-0.2"), ("(5)%", "-5")]
)
def test_percentage_in_text(text: str, value: str) -> None:
    parsed = parse_number(text)
    assert parsed is not None
    assert (parsed.value, parsed.percent) == (Decimal(value), True)


@pytest.mark.parametrize(
    ("text", "marks", "value", "ambiguous"),
    [
        ("1,234", FRENCH, "1.234", True),
        ("1,234", ENGLISH, "1234", True),
        ("10.597", OFFICE, "10597", True),
        ("10.597", ENGLISH, "10.597", True),
        ("-10.597", OFFICE, "-10597", True),
        ("(1,234)", ENGLISH, "-1234", True),
        ("0,234", FRENCH, "0.234", False),  # nobody groups after a zero
        ("1234,567", FRENCH, "1234.567", False),
        ("1.234,5", OFFICE, "1234.5", False),
        ("1.234.567", OFFICE, "1234567", False),
        ("1,23", FRENCH, "1.23", False),
        ("1 234", FRENCH, "1234", False),
    ],
)
def test_number_that_another_locale_reads_otherwise(
    text: str, marks: tuple[str, str], value: str, ambiguous: bool
) -> None:
    parsed = parse_number(text, *marks)
    assert parsed is not None
    assert (parsed.value, parsed.ambiguous) == (Decimal(value), ambiguous)


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        (text, FRENCH)
        for text in (
            *("", " ", "-", "+", "%", ",", "()", "( )", "n.d.", "..", "-   "),
            *("1_000", "１２", "٣", "²", "1\u0660", "nan", "NaN", "inf", "-inf", "Infinity", "1e3", "1e999", "0x10"),
            *("1,2,3", "1,", ",5", "--5", "+-5", "5-", "-(5)", "(-5)", "(5", "5)", "5%%", "%5", "26,2 MDH", "26.2"),
            *("1 23", "12 34", "1 2345", "1234 567", "1  234", "1 234\u00a0567", " 1 234 56", "1\t234", "1\n"),
            *("1'234", "26,2*", "=1+1", "2024-05"),
        )
    ]
    + [("1 234,5", OFFICE), ("1.234.56", OFFICE), ("12.34,5", OFFICE), ("1,5", ENGLISH), ("1.234,5", ENGLISH)],
)
def test_text_that_is_not_a_number(text: str, marks: tuple[str, str]) -> None:
    assert parse_number(text, *marks) is None


@given(decimals(places=4), st.integers(0, 4))
def test_number_written_by_cldr_is_read_back(value: Decimal, places: int) -> None:
    value = round_half_up(value, places)
    written = format_decimal(value, "#,##0" + (f".{'0' * places}" if places else ""), locale="fr_MA")
    parsed = parse_number(written, *FRENCH)
    assert parsed is not None
    assert (parsed.value, parsed.quantum) == (value, Decimal(1).scaleb(-places))


@pytest.mark.parametrize(("language", "marks"), [("fr", FRENCH), ("ar", OFFICE), ("en", ENGLISH)])
@given(decimals(places=4), st.integers(0, 4), st.booleans())
def test_number_written_by_us_is_read_back(
    language: str, marks: tuple[str, str], value: Decimal, places: int, sign: bool
) -> None:
    parsed = parse_number(formats.number(value, places, language, sign=sign), *marks)
    assert parsed is not None
    assert parsed.value == round_half_up(value, places)


@given(st.text(alphabet="0123456789 .,-+()%\u00a0\u202f\u2212eE_", max_size=12))
def test_any_text_is_one_number_or_none(text: str) -> None:
    parsed = parse_number(text)
    if parsed is not None:
        digits = text.replace("\u2212", "-").replace(",", ".").translate(dict.fromkeys(map(ord, " \u00a0\u202f%()+")))
        assert abs(parsed.value) == abs(Decimal(digits))


# --- numbers stored as binary doubles ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "value"),
    [
        (127.90000000000146, "127.9"),  # met in the Office's own file
        (0.1 + 0.2, "0.3"),
        (1.1 * 3, "3.3"),
        (26219.0, "26219"),
        (26200.0, "26200"),
        (0.0350001, "0.0350001"),
        (-179339.4000000001, "-179339.4"),
        (1 / 3, "0.333333333333333"),
        (1e-12, "0"),
        (-0.0, "0"),
        (26219000000.1, "26219000000.1"),
        (1234567890123.4, "1234567890123.4"),
        (123456789012345678.0, "123456789012346000"),
        (1e300, "1e300"),
    ],
)
def test_decimal_of_a_double(number: float, value: str) -> None:
    assert decimal_of_float(number) == Decimal(value)
    assert not decimal_of_float(-0.0).is_signed()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_no_decimal_of_what_is_not_finite(number: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        decimal_of_float(number)


@given(decimals())
def test_six_decimals_survive_the_double(value: Decimal) -> None:
    assert decimal_of_float(float(value)) == value


@given(digits_15(), st.sampled_from((1, -1)))
def test_fifteen_digits_survive_the_double(value: Decimal, sign: int) -> None:
    assert decimal_of_float(float(value * sign)) == value * sign


@given(decimals(2, 10**6), decimals(2, 10**6), decimals(2, 10**6))
def test_residue_of_a_sum_is_dropped(first: Decimal, second: Decimal, third: Decimal) -> None:
    assert decimal_of_float(float(first) - float(second) + float(third)) == first - second + third


# --- precision --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number_format", "quantum", "scale"),
    [
        ("0", "1", 0),
        ("#,##0", "1", 0),
        ("# ##0", "1", 0),
        ("0000", "1", 0),
        ("0.0", "0.1", 0),
        (".00", "0.01", 0),
        ("#.00", "0.01", 0),
        ("#,##0.00", "0.01", 0),
        ("0.?", "0.1", 0),
        ('#,##0;\\-#,##0;"-   "', "1", 0),  # the Office's own
        ("#,##0.0_);(#,##0.0)", "0.1", 0),
        ("#,##0.0_);[Red]\\(#,##0.0\\)", "0.1", 0),
        ('_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-;_-* "-"??\\ "€"_-;_-@_-', "0.01", 0),
        ("#,##0.00\\ [$DH-40C]", "0.01", 0),
        ('0.0" MDH"', "0.1", 0),
        ('"S"0', "1", 0),
        ("[>=1000]#,##0;0.0", "1", 0),
        ("[Blue]0.00;[Red]-0.00", "0.01", 0),
        ("#\\ ##0.0", "0.1", 0),
        ("0%", "0.01", 0),
        ("0.0%", "0.001", 0),
        ("0.00 %", "0.0001", 0),
        ('0.0"%"', "0.1", 0),  # a percent sign in quotes multiplies nothing
        ("0.0\\%", "0.1", 0),
        ("#,##0,", "1000", 3),
        ("#,##0.0,", "100", 3),
        ("0.00,,", "10000", 6),
        ('#,##0.0,," Mds"', "100000", 6),
        ("General", None, 0),
        ("general", None, 0),
        ("", None, 0),
        ("@", None, 0),
        (";;;", None, 0),
        ("0.##", None, 0),
        ("0.0#", None, 0),
        ("0.00E+00", None, 0),
        ("# ?/?", None, 0),
        ("dd/mm/yyyy", None, 0),
        ("mmm\\-yy", None, 0),
        ("[h]:mm:ss", None, 0),
        ("[$-40C]d mmmm yyyy", None, 0),
    ],
)
def test_quantum_and_scale_of_a_display_format(number_format: str, quantum: str | None, scale: int) -> None:
    assert quantum_of_format(number_format) == (None if quantum is None else Decimal(quantum))
    assert display_scale(number_format) == scale


@pytest.mark.parametrize(
    ("value", "quantum"),
    [("26.20", "0.1"), ("10578", "1"), ("10500", "1"), ("0", "1"), ("0.00", "1"), ("-4.25", "0.01")],
)
def test_quantum_of_a_decimal(value: str, quantum: str) -> None:
    assert quantum_of_decimal(Decimal(value)) == Decimal(quantum)


@pytest.mark.parametrize(
    ("value", "number_format", "quantum"),
    [
        ("98", "0.0", "0.1"),  # shown as 98.0
        ("26.2", "General", "0.1"),
        ("26.17", "0.00", "0.01"),
        ("3314.4", "#,##0", "0.1"),  # one or two hidden places are figures
        ("3314.45", "#,##0", "0.01"),
        ("3314.4512", "#,##0", "1"),  # four are the residue of a computation
        ("0.035", "0.0%", "0.001"),
        ("0.0353", "0.0%", "0.0001"),
        ("0.0353612", "0.0%", "0.001"),
        ("44992000", "#,##0,", "1000"),  # shown as 44,992
        ("26.2", "dd/mm/yyyy", "0.1"),
    ],
)
def test_published_quantum(value: str, number_format: str, quantum: str) -> None:
    assert published_quantum(Decimal(value), number_format) == Decimal(quantum)


@pytest.mark.parametrize(
    ("value", "places", "rounded"),
    [
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("0.5", 0, "1"),
        ("1.5", 0, "2"),
        ("0.125", 2, "0.13"),
        ("-0.125", 2, "-0.13"),
        ("1.005", 2, "1.01"),  # Excel's answer, though the double lies below
        ("2.675", 2, "2.68"),
        ("3.449999", 1, "3.4"),
        ("1250", -2, "1300"),
        ("1e300", 1, "1e300"),
    ],
)
def test_rounding_is_excels(value: str, places: int, rounded: str) -> None:
    assert round_half_up(Decimal(value), places) == Decimal(rounded)
    assert round_half_up(decimal_of_float(float(value)), places) == Decimal(rounded)


@given(decimals(), st.integers(-2, 5))
def test_rounding_moves_by_half_a_unit_at_most_and_once(value: Decimal, places: int) -> None:
    rounded = round_half_up(value, places)
    assert abs(rounded - value) <= Decimal(1).scaleb(-places) / 2
    assert round_half_up(rounded, places) == rounded == -round_half_up(-value, places)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("26.20", "26.2"),
        ("1E+3", "1000"),
        ("-0", "0"),
        ("-0.00", "0"),
        ("0.10", "0.1"),
        ("-3.50", "-3.5"),
        ("1E-7", "0.0000001"),
    ],
)
def test_plain_has_no_exponent_and_no_idle_zeros(value: str, written: str) -> None:
    assert plain(Decimal(value)) == written


# --- intervals and figures --------------------------------------------------------------------------------


def interval(low: str, high: str) -> Interval:
    return Interval(Decimal(low), Decimal(high))


def test_interval_is_closed() -> None:
    one = interval("26.15", "26.25")
    assert Decimal("26.15") in one and Decimal("26.25") in one and Decimal("26.2501") not in one
    assert one.width == Decimal("0.1")
    assert one.overlaps(interval("26.25", "27")) and interval("26.25", "27").overlaps(one)
    assert not one.overlaps(interval("26.26", "27"))


def test_interval_is_not_empty() -> None:
    with pytest.raises(ValueError, match="empty interval"):
        interval("2", "1")


@given(published(), published())
def test_sums_and_differences_hold_those_of_the_true_values(
    one: tuple[Decimal, Figure], other: tuple[Decimal, Figure]
) -> None:
    (first, left), (second, right) = one, other
    assert first in left.interval and second in right.interval
    assert first + second in left.interval + right.interval
    assert first - second in left.interval - right.interval
    assert (left.interval - right.interval).width == left.quantum + right.quantum


@pytest.mark.parametrize(
    ("quantum", "places"), [("0.1", 1), ("0.01", 2), ("1", 0), ("10", 0), ("1000", 0), ("0.5", 1), ("0.10", 1)]
)
def test_decimals_that_a_precision_deserves(quantum: str, places: int) -> None:
    assert figure("26.2", quantum).decimals == places


def test_figure_in_another_unit_keeps_its_relative_precision() -> None:
    billions = figure("26.2", "0.1", "MAD_bn")
    assert billions.to(unit("MAD_mn")) == figure("26200", "100")
    assert billions.to(unit("MAD")).interval == interval("26150000000", "26250000000")
    assert figure("10578").to(unit("MAD_bn")) == figure("10.578", "0.001", "MAD_bn")
    assert billions.to(unit("MAD_bn")) is billions


@given(decimals(), st.sampled_from(QUANTA), st.sampled_from(("MAD", "MAD_th", "MAD_mn", "MAD_bn")))
def test_change_of_unit_is_undone_by_the_opposite(value: Decimal, quantum: Decimal, code: str) -> None:
    there = Figure(value, quantum, unit("MAD_mn")).to(unit(code))
    assert there.to(unit("MAD_mn")) == Figure(value, quantum, unit("MAD_mn"))


@pytest.mark.parametrize("code", ["USD_mn", "percent", "index"])
def test_no_change_of_unit_across_dimensions(code: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        figure("1").to(unit(code))
