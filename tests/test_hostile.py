"""Hostile files and the corpus, through the command line: each ends in an answer, in little time and memory."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import pytest
import strategies  # noqa: F401  (the profile of hypothesis)
import xlsxwriter
from hostile import HOSTILE_FILES
from hypothesis import given, settings
from hypothesis import strategies as st
from specimens import HOSTILE
from workbooks import package, rows

pytest.importorskip("resource", reason="processes are measured on Linux and macOS")
from apart import ENDS, MAX_WAIT, Ended, check_apart
from hostile_table import corpus_files, corpus_folders, digest, expected_outcomes, line_of, made_files, row_of, table

from nachra.freeze import freeze
from nachra.grid import Kind, read_grid
from nachra.guard import admit_bytes, cell_position

#: what is promised for every hostile file; that it also ends is seen to by the watchdog of tests/apart.py
MAX_MEGABYTES = 300


@pytest.fixture(scope="session")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """What becomes of each hostile file."""
    made = made_files(tmp_path_factory.mktemp("hostile"))
    return dict(zip(made, check_apart(list(made.values())), strict=True))


@pytest.mark.parametrize("name", HOSTILE_FILES)
def test_hostile_file(name: str, ended: dict[str, Ended]) -> None:
    expected = HOSTILE_FILES[name].outcome
    assert ended[name].outcome == ("layout_none" if expected == "read" else expected), ended[name].detail
    assert ended[name].megabytes < MAX_MEGABYTES


@pytest.mark.parametrize("name", [name for name, case in HOSTILE_FILES.items() if case.outcome == "read"])
def test_harmless_after_all(name: str) -> None:
    case = HOSTILE_FILES[name]
    grid = read_grid(admit_bytes("publication.xlsx", case.make()))
    assert {
        address: grid.sheets[0].cells[place].value for address in case.cells if (place := cell_position(address))
    } == (case.cells)
    assert grid.disagreements == []


@pytest.mark.parametrize(
    ("program", "outcome"),
    [
        ("os.kill(os.getpid(), 11)", "lost"),
        ("time.sleep(600)", "hung"),
        ("resource.setrlimit(resource.RLIMIT_CPU, (1, 9))\nwhile True: pass", "hung"),
        ("raise BaseException('PanicException')", "traceback"),
        ("sys.exit(0)", "nothing"),
        ("kept = b'x' * (MAX_BYTES + 2**26)", "lost"),
    ],
)
def test_crash_hang_and_runaway_are_that_file_s_own(program: str, outcome: str, tmp_path: Path) -> None:
    """The harness itself: one file of three goes wrong, and the two others are still read."""
    paths = [tmp_path / f"{name}.xlsx" for name in ("before", "bad", "after")]
    for path in paths:
        path.write_bytes(package())
    seconds = 20 if "sleep" in program else MAX_WAIT
    ended = check_apart(paths, sabotage={str(paths[1]): program}, seconds=seconds)
    found = {one.path: one.outcome for one in ended}
    assert [found[str(path)] for path in paths] == ["layout_none", outcome, "layout_none"]


# --- workbooks of others -----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(not corpus_folders(), reason="there is no shared/corpus beside the repository")
def test_corpus() -> None:
    """Every file is read or refused as the table says; one that starts to pass is news too."""
    found = check_apart([path for folder in corpus_folders() for path in corpus_files(folder)])
    assert [one for one in found if one.outcome in ENDS] == []
    expected = expected_outcomes()
    lines = [line_of(one) for one in found]
    news = [
        (line["file"], line["outcome"], expected[line["sha256"]]["outcome"])
        for line in lines
        if line["sha256"] in expected
        and any(line[name] != expected[line["sha256"]][name] for name in ("outcome", "guard", "readers"))
    ]
    assert news == []


@pytest.mark.skipif(not corpus_folders(), reason="there is no shared/corpus beside the repository")
def test_table_knows_the_whole_corpus() -> None:
    assert {digest(path) for path in corpus_files(corpus_folders()[0])} == set(expected_outcomes())


def test_table_shows_what_was_lost() -> None:
    found = [
        Ended("a", "read", 0, 0),
        Ended("b", "bomb", 0, 0),
        Ended("c", "lost", 0, 0),
        Ended("d", "layout_none", 0, 0),
    ]
    row = row_of("files", found)
    assert (row.tried, row.refused, row.read) == (4, 1, 2)
    assert [line.split() for line in table([row]).splitlines()[:2]] == [
        ["tried", "refused", "read", *ENDS],
        ["files", "4", "1", "2", "1"],
    ]


# --- figures come through -----------------------------------------------------------------------------------

#: what XML can hold; Excel's own escapes (_x000D_) have a test of their own
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), min_size=1, max_size=30
).filter(lambda text: text.strip() == text and "_x" not in text)
NUMBERS = st.floats(-1e15, 1e15, allow_subnormal=False).map(lambda value: float(f"{value:.15g}"))
VALUES = NUMBERS | st.integers(-(10**14), 10**14) | st.booleans() | TEXTS | st.sampled_from(HOSTILE)
GRIDS = st.dictionaries(st.tuples(st.integers(1, 400), st.integers(1, 60)), VALUES, min_size=1, max_size=40)


def by_openpyxl(cells: dict[tuple[int, int], Any]) -> bytes:
    book = openpyxl.Workbook()
    for place, value in cells.items():
        cell = book.active.cell(*place)
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def by_xlsxwriter(cells: dict[tuple[int, int], Any]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for (row, column), value in cells.items():
            write = {bool: sheet.write_boolean, str: sheet.write_string}.get(type(value), sheet.write_number)
            write(row - 1, column - 1, value)
    return stream.getvalue()


@pytest.mark.parametrize("write", [by_openpyxl, by_xlsxwriter])
@given(cells=GRIDS)
@settings(max_examples=60)
def test_every_figure_comes_through(
    write: Callable[[dict[tuple[int, int], Any]], bytes], cells: dict[Any, Any]
) -> None:
    grid = read_grid(admit_bytes("publication.xlsx", write(cells)))
    read = {place: (cell.kind, cell.value) for place, cell in grid.sheets[0].cells.items()}
    kinds = {bool: Kind.BOOLEAN, str: Kind.TEXT}
    assert read == {place: (kinds.get(type(value), Kind.NUMBER), value) for place, value in cells.items()}
    assert grid.disagreements == []


@pytest.mark.parametrize("text", HOSTILE)
def test_frozen_text_is_a_text(text: str) -> None:
    """The result of a formula of ours may come from a release: frozen, it must not become a formula."""
    stored = f'<c r="A1" t="str"><f>EXPORT_TEXT("TOTAL")</f><v>{escape(text)}</v></c>'
    frozen = freeze(admit_bytes("note.xlsx", package(rows(stored))))
    cell = read_grid(admit_bytes("note.xlsx", frozen.data)).sheets[0].cells[1, 1]
    assert (cell.kind, cell.value, cell.formula) == (Kind.TEXT, text, None)
