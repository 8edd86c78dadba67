"""The guard: what it refuses, by which code, and that ordinary workbooks pass."""

from __future__ import annotations

import hashlib
import os
import random
import re
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
import xlsxwriter
from hostile import CORNERS, REFUSED, SHEET, WORKBOOK, format_of, print_area, strings
from workbooks import MAIN, ONE_CELL, altered, comments, made, package, rows

from nachra import guard, limits, walking
from nachra.errors import FileError, RefusedError, UnreadableError
from nachra.grid import read_grid
from nachra.guard import admit, cell_position


@pytest.mark.parametrize("case", [name for name, case in REFUSED.items() if not case.heavy])  # those: test_hostile
def test_refused(case: str, tmp_path: Path) -> None:
    code, content = REFUSED[case].outcome, REFUSED[case].make
    path = tmp_path / "publication.xlsx"
    path.write_bytes(content())
    with pytest.raises(RefusedError) as caught:
        admit(path)
    assert caught.value.code == code
    assert str(path) in str(caught.value)


def test_every_refusal_is_tried() -> None:
    source = "".join(Path(str(room.__file__)).read_text(encoding="utf-8") for room in (guard, limits, walking))
    codes = set(re.findall(r'(?:refuse|RefusedError)\(\s*"(\w+)"', source))
    codes |= {"damaged_zip", "legacy_xls"}  # the other halves of two conditions
    elsewhere = {"too_large", "inflates", "not_a_file", "turned_name"}  # below
    assert codes - elsewhere <= {case.outcome for case in REFUSED.values()}


@pytest.mark.parametrize(
    ("room", "limit", "value", "code"),
    [
        (guard, "MAX_FILE_BYTES", 1000, "too_large"),
        (guard, "MAX_INFLATED_BYTES", 1000, "inflates"),
        (guard, "MAX_SHEETS", 1, "too_many_sheets"),
        (guard, "MAX_PARTS", 5, "too_many_parts"),
        (walking, "MAX_CELLS", 5, "too_many_cells"),
        (walking, "MAX_SHEETS", 1, "too_many_sheets"),
        (walking, "MAX_DEPTH", 3, "too_deep"),
        (walking, "MAX_ATTRIBUTES", 3, "too_many_attributes"),
        (walking, "MAX_BOX_CELLS", 5, "box"),
        (walking, "MAX_OTHER_ELEMENTS", 5, "too_many_elements"),
    ],
)
def test_limit(
    room: ModuleType, limit: str, value: int, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(workbook: object) -> None:
        for sheet in (workbook.active, workbook.create_sheet()):  # type: ignore[attr-defined]
            for row in range(3):
                sheet.append([row, row])

    path = made(tmp_path / "publication.xlsx", fill)
    admit(path)
    monkeypatch.setattr(room, limit, value)
    with pytest.raises(RefusedError) as caught:
        admit(path)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("absent.xlsx", UnreadableError, "not_found"),
        ("dossier", RefusedError, "not_a_file"),
        ("dossier/absent/x.xlsx", UnreadableError, "not_found"),
        ("fichier/x.xlsx", UnreadableError, "os"),
        ("x" * 300 + ".xlsx", UnreadableError, "os"),
        ("nul\0.xlsx", UnreadableError, "os"),
    ],
    ids=["absent", "directory", "absent folder", "file as folder", "long name", "null in name"],
)
def test_no_file(name: str, kind: type[FileError], code: str, tmp_path: Path) -> None:
    (tmp_path / "dossier").mkdir()
    (tmp_path / "fichier").write_bytes(b"")
    with pytest.raises(kind) as caught:
        admit(tmp_path / name)
    assert caught.value.code == code


def test_name_that_turns_the_reading_order(tmp_path: Path) -> None:
    path = tmp_path / "publication\u202exslx.exe.xlsx"
    path.write_bytes(WORKBOOK)
    with pytest.raises(RefusedError) as caught:
        admit(path)
    assert caught.value.code == "turned_name"
    assert "\u202e" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".xlsm", ".XLTM"])
def test_macros_are_admitted_where_they_are_declared(suffix: str) -> None:
    admitted = guard.admit_bytes(f"publication{suffix}", REFUSED["macros in .xlsx"].make())
    assert admitted.has_macros


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = made(tmp_path / "secret.xlsx", lambda _: None)
    path.chmod(0)
    with pytest.raises(UnreadableError) as caught:
        admit(path)
    assert caught.value.code == "os"


# --- admitted ---------------------------------------------------------------------------------------------


def test_openpyxl_workbook_is_admitted_with_its_digest(tmp_path: Path) -> None:
    path = made(tmp_path / "publication.xlsx", lambda workbook: workbook.active.append(["TOTAL", 26.2]))
    admitted = admit(str(path))
    assert (admitted.name, admitted.path) == ("publication.xlsx", path)
    assert admitted.data == path.read_bytes()
    assert admitted.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_xlsxwriter_workbook_is_admitted(tmp_path: Path) -> None:
    path = tmp_path / "publication.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet("Données")
        sheet.write_row(0, 0, ["Série", 2024, "2025*"])
        sheet.write_formula(1, 1, "=SUM(B3:B9)", None, 26.2)
        sheet.merge_range("A12:C12", "Source : Office des Changes")
        sheet.write_url("A13", "https://www.oc.gov.ma/")
        sheet.write_comment("A1", "à vérifier")
        chart = workbook.add_chart({"type": "column"})
        chart.add_series({"values": "='Données'!$B$2:$B$2"})
        sheet.insert_chart("E2", chart)
        workbook.define_name("Edition", "='Données'!$B$1")
    admit(path)


@pytest.mark.parametrize(
    "content",
    [
        WORKBOOK,
        altered(
            WORKBOOK,
            {
                SHEET: lambda xml: (
                    b'<?xml version="1.0" encoding="UTF-16"?>'.decode().encode("utf-16")
                    + xml.decode().encode("utf-16-le")
                )
            },
        ),
        package('<dimension ref="A1:XFD1048576"/>' + ONE_CELL),
        package(rows("<c><v>1</v></c><c><v>2</v></c>", "<c><v>3</v></c>")),  # addresses may be left out
        package(CORNERS.format("A1048576")),  # tall, but narrow
        package(
            extra={"xl/calcChain.xml": f'<calcChain xmlns="{MAIN}"><c r="A1" i="1"/><c r="A1" i="2"/></calcChain>'}
        ),
        package(extra={"xl/drawings/vmlDrawing1.vml": "<xml><br></xml>"}),  # Office writes such VML
        package(extra={"xl/media/logo.svg": "<svg><g/></svg>", "xl/printerSettings1.bin": bytes(range(256))}),
        package(extra={"xl/": b"", "xl/worksheets/": b""}),  # directories
        strings('count="5" uniqueCount="1"'),
        comments("B7"),
        format_of(255),
        print_area(1000),
    ],
    ids=[
        *("plain", "UTF-16", "false dimension", "no addresses", "tall", "calculation chain", "broken vml", "pictures"),
        *("directories", "strings", "comment", "number format", "print area"),
    ],
)
def test_unusual_but_harmless(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "publication.xlsx"
    path.write_bytes(content)
    assert admit(path).data == content


def test_bytes_are_read_once(tmp_path: Path) -> None:
    path = made(tmp_path / "publication.xlsx", lambda workbook: workbook.active.append(["TOTAL", 26.2]))
    admitted = admit(path)
    path.write_bytes(b"changed after the guard")
    assert read_grid(admitted).sheets[0].cells[1, 2].value == 26.2


@pytest.mark.parametrize(
    ("reference", "position"),
    [("A1", (1, 1)), ("C24", (24, 3)), ("Z9", (9, 26)), ("AA10", (10, 27)), ("XFD1048576", (1048576, 16384))]
    + [
        (bad, None)
        for bad in ("", "A", "1", "A0", "a1", "$A$1", "A1:B2", "XFE1", "A1048577", "AAAA1", "A01234567", "١", "A١")
    ],
)
def test_address(reference: str, position: tuple[int, int] | None) -> None:
    assert cell_position(reference) == position


@pytest.mark.slow
def test_large_release_is_admitted(tmp_path: Path) -> None:
    path = tmp_path / "publication.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        for number in range(10):
            sheet = workbook.add_worksheet(f"Feuille {number}")
            for row in range(5000):
                sheet.write_row(row, 0, [f"Série {row}", *(row + column / 10 for column in range(11))])
    assert admit(path).data == path.read_bytes()


def test_damaged_bytes_end_in_our_errors(tmp_path: Path) -> None:
    """Change bytes of a workbook at random: it is read, or one of our errors says why not."""
    path = made(tmp_path / "publication.xlsx", lambda workbook: workbook.active.append(["TOTAL", 26.2, "=B1*2"]))
    whole, chance = path.read_bytes(), random.Random(2030)
    outcomes: Counter[str] = Counter()
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 1, 4))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        try:
            read_grid(admit(path))
            outcomes["read"] += 1
        except FileError as error:
            outcomes[error.code] += 1
    assert outcomes["read"] and outcomes["damaged_zip"], outcomes
