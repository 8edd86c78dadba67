"""Answers travel as JSON, by edition and methodology, and are read no further than they are understood."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import office
import pytest
import releases_made as made
import strategies  # noqa: F401  the hypothesis profile
from hypothesis import given
from hypothesis import strategies as st

from nachra.answers import FORM, GROWTH, LEVEL, SHARE, Answer, Answers, Book, empty
from nachra.library import answers_of_folder
from nachra.release import Status

RELEASES = office.REPOSITORY / "workbooks" / "releases"


@pytest.fixture(scope="module")
def answers() -> Answers:
    return answers_of_folder(RELEASES)


def folder_of(folder: Path, *releases: Any) -> Answers:
    """Return the answers of made releases, saved one after the other."""
    for number, book in enumerate(releases):
        (folder / f"{number}.xlsx").write_bytes(made.saved(book))
    return answers_of_folder(folder)


def rows(*lines: tuple[str, str, str, str]) -> list[Any]:
    """Return rows of the official template from (period, series, value, growth)."""
    return [
        made.Row(period, code, value, "Mds DH" if value else "", Status.FINAL if value else Status.MISSING, growth=rate)
        for period, code, value, rate in lines
    ]


def test_json_round_trip(answers: Answers) -> None:
    assert Answers.from_json(answers.to_json()) == answers
    assert Answers.from_json(empty("7").to_json()) == empty("7")
    assert len(answers.to_json()) < 200_000, "a host reads this at each start"


_texts = st.text(max_size=12)
_numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)
_answer = st.builds(
    Answer,
    value=_numbers,
    reason=_texts,
    precise=_numbers,
    low=_numbers,
    high=_numbers,
    source=_texts,
    edition=_texts,
    text=st.dictionaries(_texts, _texts, max_size=2),
)
_book = st.builds(
    Book,
    total=_texts,
    headline=_texts,
    series=st.dictionaries(_texts, _texts, max_size=3),
    order=st.dictionaries(_texts, st.lists(_texts, max_size=3), max_size=3),
    answers=st.dictionaries(st.tuples(_texts, _texts, _texts), st.lists(_answer, min_size=1, max_size=3), max_size=4),
)


@given(st.builds(Answers, _texts, _texts, st.dictionaries(_texts, _book, max_size=3), st.just({"a": "b"})))
def test_any_answers_round_trip(answers: Answers) -> None:
    assert Answers.from_json(answers.to_json()) == answers


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"form": 99}',
        json.dumps({"form": FORM}),
        json.dumps({"form": FORM, "version": "1", "default": "", "aliases": {}, "books": []}),
        json.dumps({"form": FORM, "version": "1", "default": "", "aliases": {}, "books": {"2025": {}}}),
        empty().to_json()[:-3],
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Answers.from_json(text)


def test_editions() -> None:
    key = ("TOTAL", "2024", LEVEL)
    found = [Answer(1.0, edition="2025"), Answer(2.0, edition="2025-10"), Answer(3.0, edition="2026-03-15")]
    book = Book("TOTAL", "2024", {}, {}, {key: found})
    expected = {"": 3.0, "2024": None, "2025-09": 1.0, "2025-10": 2.0, "2025-10-01": 2.0, "2025": 2.0, "2026-02": 2.0,
                "2026-03-14": 2.0, "2026-03-15": 3.0, "2026-03": 3.0, "2026": 3.0}  # fmt: skip
    for edition, value in expected.items():
        answer = book.find(*key, edition)
        assert (answer.value if answer else None) == value, edition
    assert book.find("TOTAL", "2023", LEVEL) is None


def test_methodologies_are_two_books(answers: Answers) -> None:
    assert set(answers.books) == {"2025", "historic", "overlap-2023"}, "and a link between them, an estimate"
    assert answers.default == "2025"
    assert answers.aliases["historique"] == answers.aliases["serie historique"] == "historic"
    values = {name: book.find("TOTAL", "2023", LEVEL) for name, book in answers.books.items()}
    assert {name: one and one.value for name, one in values.items()} == {
        "2025": 26.17,
        "historic": 17.9,
        "overlap-2023": 26.17,
    }
    growth = answers.books["2025"].find("TOTAL", "2023", GROWTH)
    assert growth and (growth.value, growth.reason) == (None, "previous_missing"), "2022 exists in the old series only"


def test_a_published_level_has_its_limits(answers: Answers) -> None:
    found = answers.books["2025"].find("TOTAL", "2024", LEVEL)
    assert found
    assert (found.value, found.low, found.high, found.unit) == (26.2, 26.15, 26.25, "MAD_bn")
    assert found.precise == 26.219
    assert (found.origin, found.status, found.edition) == ("published", "provisional", "2025-10")


def test_an_only_methodology_answers_by_default(tmp_path: Path) -> None:
    (tmp_path / "old.xlsx").write_bytes((RELEASES / "historique-2009-2023.xlsx").read_bytes())
    found = answers_of_folder(tmp_path)
    assert found.default == "historic"


def test_a_later_edition_revises(tmp_path: Path) -> None:
    first = made.official(rows(("2023", "TOTAL", "20.0", ""), ("2024", "TOTAL", "22.0", "10.0")), edition="2025-03")
    second = made.official(rows(("2023", "TOTAL", "20.0", ""), ("2024", "TOTAL", "23.0", "15.0")), edition="2025-10")
    book = folder_of(tmp_path, second, first).books["2025"]  # the file names are in the other order
    found = [book.find("TOTAL", "2024", measure, edition) for edition in ("2025-03", "2025-10", "")
             for measure in (LEVEL, GROWTH)]  # fmt: skip
    assert [one and one.value for one in found] == [22.0, 0.1, 23.0, 0.15, 23.0, 0.15]
    assert book.find("TOTAL", "2024", LEVEL, "2025-02") is None


def test_a_later_edition_that_starts_later_takes_no_rate_away(tmp_path: Path) -> None:
    first = made.official(rows(("2023", "TOTAL", "20.0", ""), ("2024", "TOTAL", "22.0", "10.0")), edition="2025-10")
    same = made.official(rows(("2024", "TOTAL", "22.0", ""), ("2025", "TOTAL", "24.2", "10.0")), edition="2026-10")
    book = folder_of(tmp_path, first, same).books["2025"]
    growth = book.find("TOTAL", "2024", GROWTH)
    assert growth and (growth.value, growth.edition) == (0.1, "2025-10")
    # but a rate on a level that was revised since does not stand
    revised = made.official(rows(("2024", "TOTAL", "23.0", ""), ("2025", "TOTAL", "24.2", "")), edition="2026-10")
    book = folder_of(tmp_path, first, revised).books["2025"]
    growth = book.find("TOTAL", "2024", GROWTH)
    assert growth and (growth.value, growth.reason) == (None, "previous_missing")


def test_periods_are_in_order_whatever_the_editions(tmp_path: Path) -> None:
    early = made.official(rows(("2022", "TOTAL", "18.0", "")), edition="2026-10")
    late = made.official(rows(("2024", "TOTAL", "22.0", ""), ("2023", "TOTAL", "20.0", "")), edition="2025-10")
    half = made.official(rows(("S1 2023", "TOTAL", "9.0", "")), kind="semestriel", edition="2025-10")
    book = folder_of(tmp_path, early, late, half).books["2025"]
    assert book.order["TOTAL"] == ["2022", "2023-S1", "2023", "2024"]


def test_the_headline_at_an_edition(tmp_path: Path) -> None:
    first = made.official(rows(("2023", "TOTAL", "20.0", ""), ("2024", "TOTAL", "22.0", "")), edition="2025-10")
    second = made.official(rows(("2024", "TOTAL", "22.0", ""), ("2025", "TOTAL", "24.2", "")), edition="2026-10")
    book = folder_of(tmp_path, first, second).books["2025"]
    assert {edition: book.headline_at(edition) for edition in ("", "2026", "2026-09", "2025-10")} == {
        "": "2025", "2026": "2025", "2026-09": "2024", "2025-10": "2024",
    }  # fmt: skip
    assert book.headline_at("2020") == "2025", "nothing was known: the answer for that period says so"


def test_a_refused_rate_is_not_answered(tmp_path: Path) -> None:
    """A published growth that its levels do not allow: the computed one, and the check's words."""
    book = made.official(rows(("2023", "TOTAL", "20.0", ""), ("2024", "TOTAL", "22.0", "25.0")))
    found = folder_of(tmp_path, book).books["2025"].find("TOTAL", "2024", GROWTH)
    assert found and found.value == pytest.approx(0.1)
    assert found.origin == "refused"
    assert "25" in found.remarks["fr"]


def test_zero_and_confidential(tmp_path: Path) -> None:
    lines = rows(("2023", "TOTAL", "0", ""), ("2024", "TOTAL", "22.0", ""))
    lines.append(made.Row("2024", "ITO", status=Status.CONFIDENTIAL))
    book = folder_of(tmp_path, made.official(lines)).books["2025"]
    reasons = {(code, measure): answer.reason for code in ("TOTAL", "ITO") for measure in (LEVEL, GROWTH, SHARE)
               if (answer := book.find(code, "2024", measure))}  # fmt: skip
    assert reasons["TOTAL", GROWTH] == "base_not_positive"
    assert reasons["ITO", LEVEL] == "confidential"
    assert reasons["ITO", GROWTH] == "level_missing"
    assert reasons["ITO", SHARE] == "share_none"


def test_real_releases_are_answered(shared: Path) -> None:
    answers = answers_of_folder(shared / "data" / "releases")
    assert len(answers.books) == 2
    for book in answers.books.values():
        assert book.headline
        levels = [found[-1] for (_, _, measure), found in book.answers.items() if measure == LEVEL]
        assert len(levels) > 50
        assert all(one.value is not None or one.reason for one in levels)
    assert Answers.from_json(answers.to_json()) == answers
