"""How series are revised: the statistics on real editions, then on editions made up to have a known answer.

uv run python tests/benchmarks/revisions.py
"""

from __future__ import annotations

import random
import sys
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from editions_made import RELEASES  # noqa: E402
from specimens import release  # noqa: E402
from vintages_published import SERIES, editions  # noqa: E402

from nachra.figures import round_half_up  # noqa: E402
from nachra.jobs import check_release  # noqa: E402
from nachra.release import Release  # noqa: E402
from nachra.vintages import ENOUGH, habits, tracks  # noqa: E402

#: the made-up editions: each year is first published with an error of this mean and deviation, in percent of the last
BIAS, SPREAD, YEARS = -0.5, 0.8, 40


def made_up() -> list[Release]:
    """Return two editions of forty years; the second is up by 0.5 % on the first, give or take 0.8 %."""
    chance = random.Random(20251024)
    true = {f"TOTAL {1980 + year}": 100.0 + 5 * year for year in range(YEARS)}
    first = {key: f"{value * (1 + chance.gauss(BIAS, SPREAD) / 100):.3f}" for key, value in true.items()}
    second = {key: f"{value:.3f}" for key, value in true.items()}
    return [release(first, edition="2026-01"), release(second, edition="2026-02")]


def show(title: str, found: list[Release], names: dict[str, str]) -> None:
    """Print the statistics of each series, or that there are too few editions."""
    print(f"\n{title}")
    triangle = tracks(sorted(found, key=lambda one: one.edition))
    if not triangle:
        print("  no period is published by two editions: nothing to measure")
        return
    head = ("series", "editions", "periods", "mean", "mean abs.", "low", "high", "up", "down")
    print("  {:<24}{:>9}{:>9}{:>9}{:>11}{:>9}{:>9}{:>5}{:>6}".format(*head))
    for one in habits(triangle):
        name = names.get(one.series, one.series)
        numbers = [percent(value) for value in (one.mean, one.mean_absolute, one.low, one.high)]
        if not one.is_enough:
            numbers = ["-"] * 4
        row = (name, one.editions, one.periods, *numbers, one.upward, one.downward)
        print("  {:<24}{:>9}{:>9}{:>9}{:>11}{:>9}{:>9}{:>5}{:>6}".format(*row))


def percent(value: Decimal) -> str:
    """Write a percentage to two places."""
    return f"{round_half_up(value, 2):+} %"


def main() -> None:
    samples = [check_release(path)[0].release for path in sorted(RELEASES.glob("*.xlsx"))]
    print(f"Revision from the first edition to the latest, in percent of the first; {ENOUGH} periods are enough.")
    show("Morocco, digital-services exports: workbooks/releases (one edition each)", samples, {})
    names = {code: name for code, (name, *_) in SERIES.items()}
    show("REAL: ONS, UK balance of payments, quarters of 2019, March and June 2020 (Table R2)", list(editions()), names)
    title = f"SYNTHETIC: {YEARS} years revised by {-BIAS:+} % on average, standard deviation {SPREAD} %"
    show(title, made_up(), {})


if __name__ == "__main__":
    main()
