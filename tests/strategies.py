"""Hypothesis strategies shared by the tests: decimals, true values and their published roundings, periods."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st

from nachra.figures import Figure, round_half_up
from nachra.periods import Period
from nachra.units import unit

# a deadline is a timing assertion, and the same examples on every machine make failures repeatable
settings.register_profile("nachra", deadline=None, derandomize=True)
settings.load_profile("nachra")


def decimals(places: int = 6, below: int = 10**9, *, positive: bool = False) -> st.SearchStrategy[Decimal]:
    """Decimals with at most that many places and a magnitude below `below`."""
    top = below * 10**places - 1
    return st.integers(1 if positive else -top, top).map(lambda digits: Decimal(digits).scaleb(-places))


def digits_15() -> st.SearchStrategy[Decimal]:
    """Decimals of up to 15 significant digits between 1e9 and 1e15: the most that Excel keeps."""
    return st.integers(10**14, 10**15 - 1).flatmap(
        lambda digits: st.integers(0, 5).map(lambda places: Decimal(digits).scaleb(-places))
    )


QUANTA = tuple(Decimal(quantum) for quantum in ("0.01", "0.1", "1", "10"))


@st.composite
def published(draw: st.DrawFn, unit_code: str = "MAD_mn") -> tuple[Decimal, Figure]:
    """A true positive value, and the figure that a statistician who rounds half up publishes for it."""
    quantum = draw(st.sampled_from(QUANTA))
    true = draw(decimals(4, 10**6, positive=True))
    rounded = round_half_up(true / quantum, 0) * quantum
    return true, Figure(rounded, quantum, unit(unit_code))


@st.composite
def bases(draw: st.DrawFn) -> tuple[Decimal, Figure]:
    """The same, far enough from zero to be the base of a rate."""
    return draw(published().filter(lambda pair: pair[1].interval.low > 0))


def levels(*, positive: bool = True) -> st.SearchStrategy[Figure]:
    """Figures in millions of dirhams, published to one decimal."""
    values = decimals(1, 10**6, positive=positive)
    return values.map(lambda value: Figure(value, Decimal("0.1"), unit("MAD_mn")))


@st.composite
def periods(draw: st.DrawFn) -> Period:
    """Periods of every kind, in the years that `parse_period` reads."""
    year = draw(st.integers(1900, 2199))
    last = draw(st.integers(1, 12))
    return Period(year, last, draw(st.integers(1, last)))
