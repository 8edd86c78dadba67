"""Arithmetic over the data sheet's cells, as trees: one tree gives the native formula and its cached value.

Because both are read from the same tree, a formula and the value shown for it cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Literal

from nachra.figures import PRECISION


@dataclass(frozen=True, slots=True)
class Ref:
    """A cell of the data sheet: the row of an observation (or of a sum of parts), in its column of values.

    `column` is "value" (in the briefing's unit, rates as fractions), "precision" (likewise) or "published".
    """

    key: str
    column: Literal["value", "precision", "published"] = "value"


@dataclass(frozen=True, slots=True)
class Constant:
    """A number of the method itself (1, 2, 100), never a figure."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Operation:
    """Two expressions joined by one of + - * / ^."""

    operator: Literal["+", "-", "*", "/", "^"]
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms added up."""

    terms: tuple[Expression, ...]


FunctionName = Literal["LN", "EXP", "SQRT", "STDEV", "MIN", "MAX"]


@dataclass(frozen=True, slots=True)
class Function:
    """A function that every spreadsheet has under this name; STDEV is that of a sample."""

    name: FunctionName
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """An expression that a table shows, written as the cell that shows it: a long formula is read step by step."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Verdict:
    """Text that depends on two intervals: `yes` where they overlap, else `no`."""

    low: Expression
    high: Expression
    claim: Expression
    half: Expression
    yes: str
    no: str


Expression = Ref | Constant | Operation | Sum | Function | Shown | Verdict


def number(value: int | str | Decimal) -> Constant:
    """Return a constant."""
    return Constant(Decimal(value))


def minus(left: Expression, right: Expression) -> Operation:
    """Return left - right."""
    return Operation("-", left, right)


def plus(left: Expression, right: Expression) -> Operation:
    """Return left + right."""
    return Operation("+", left, right)


def times(left: Expression, right: Expression) -> Operation:
    """Return left * right."""
    return Operation("*", left, right)


def over(left: Expression, right: Expression) -> Operation:
    """Return left / right."""
    return Operation("/", left, right)


def power(left: Expression, right: Expression) -> Operation:
    """Return left ^ right."""
    return Operation("^", left, right)


def function(name: FunctionName, *arguments: Expression) -> Function:
    """Return a function of arguments."""
    return Function(name, arguments)


def evaluate(expression: Expression, value_of: Callable[[Ref], Decimal]) -> Decimal | str:
    """Compute an expression on exact decimals."""
    with localcontext(prec=PRECISION):
        match expression:
            case Ref():
                return value_of(expression)
            case Constant(value):
                return value
            case Shown(shown):
                return evaluate(shown, value_of)
            case Sum(terms):
                return sum((_decimal(term, value_of) for term in terms), Decimal(0))
            case Function(name, arguments):
                return _FUNCTIONS[name]([_decimal(one, value_of) for one in arguments])
            case Operation(operator, left, right):
                a, b = _decimal(left, value_of), _decimal(right, value_of)
                return {"+": a.__add__, "-": a.__sub__, "*": a.__mul__, "/": a.__truediv__, "^": a.__pow__}[operator](b)
            case Verdict(low, high, claim, half, yes, no):
                ends = [_decimal(part, value_of) for part in (low, high, claim, half)]
                inside = ends[2] + ends[3] >= ends[0] and ends[2] - ends[3] <= ends[1]
                return yes if inside else no


def _sample_deviation(values: list[Decimal]) -> Decimal:
    mean = sum(values, Decimal(0)) / len(values)
    return (sum(((one - mean) ** 2 for one in values), Decimal(0)) / (len(values) - 1)).sqrt()


_FUNCTIONS: dict[FunctionName, Callable[[list[Decimal]], Decimal]] = {
    "LN": lambda values: values[0].ln(),
    "EXP": lambda values: values[0].exp(),
    "SQRT": lambda values: values[0].sqrt(),
    "STDEV": _sample_deviation,
    "MIN": min,
    "MAX": max,
}


def _decimal(expression: Expression, value_of: Callable[[Ref], Decimal]) -> Decimal:
    value = evaluate(expression, value_of)
    assert isinstance(value, Decimal)
    return value


def formula(expression: Expression, address_of: Callable[[Ref | Shown], str]) -> str:
    """Write an expression as a native formula, without the leading "="."""
    match expression:
        case Ref() | Shown():
            return address_of(expression)
        case Constant(value):
            return format(value, "f")
        case Sum(terms):
            return "+".join(formula(term, address_of) for term in terms)
        case Function(name, arguments):
            return f"{name}({','.join(formula(one, address_of) for one in arguments)})"
        case Operation(operator, left, right):
            a, b = (_bracketed(side, address_of) for side in (left, right))
            return f"{a}{operator}{b}"
        case Verdict(low, high, claim, half, yes, no):
            lo, hi, c, h = (_bracketed(part, address_of) for part in (low, high, claim, half))
            # doubles: a published rate on the very edge of its interval must not fall off by the last bit
            return f'IF(AND({c}+{h}>={lo}-1E-12,{c}-{h}<={hi}+1E-12),"{yes}","{no}")'


def _bracketed(expression: Expression, address_of: Callable[[Ref | Shown], str]) -> str:
    written = formula(expression, address_of)
    return f"({written})" if isinstance(expression, Operation | Sum) else written
