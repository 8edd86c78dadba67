"""The guard: what it refuses, by which code, and that ordinary workbooks pass."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import xlsxwriter
from office import REPOSITORY
from workbooks import (
    MAIN,
    OLE,
    ONE_CELL,
    PNG,
    altered,
    bad_crc,
    comments,
    encrypted_entry,
    made,
    package,
    rows,
    zipped,
)

import nachra
from nachra import guard
from nachra.errors import FileError, RefusedError, UnreadableError
from nachra.grid import read_grid
from nachra.guard import admit, cell_position

SHEET = "xl/worksheets/sheet1.xml"
CORNERS = rows('<c r="A1"><v>1</v></c>', '<c r="{}"><v>2</v></c>')
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "haha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghi"))
    + "]>"
)


def corners(reference: str) -> bytes:
    """A workbook with a cell in A1 and one far away: readers would lay out all that lies between."""
    return package(CORNERS.format(reference))


def strings(attributes: str) -> bytes:
    content = f'<sst xmlns="{MAIN}" {attributes}><si><t>x</t></si></sst>'
    return package(extra={"xl/sharedStrings.xml": content}, related={"rId2": ("sharedStrings", "sharedStrings.xml")})


def format_of(length: int) -> bytes:
    formats = f'<numFmts><numFmt numFmtId="164" formatCode="{"[" * length}"/></numFmts>'
    return package(extra={"xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{formats}</styleSheet>'})


def print_area(length: int) -> bytes:
    name = f'<definedName name="_xlnm.Print_Area" localSheetId="0">{"a," * (length // 2)}</definedName>'
    return package(names=f"<definedNames>{name}</definedNames>")


def bytes_at(data: bytes, *, without: str) -> bytes:
    """A package that lacks one part."""
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        return zipped((name, whole.read(name)) for name in whole.namelist() if name != without)


WORKBOOK = package()
DOCX = [("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<document/>")]
ODS = [("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", "<office/>")]

#: what the guard refuses: a name for the case → (code, the bytes)
REFUSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "nothing": ("empty", lambda: b""),
    "renamed picture": ("not_a_workbook", lambda: PNG),
    "web page": ("not_a_workbook", lambda: b"<html><table><tr><td>1</td></tr></table></html>"),
    "csv": ("not_a_workbook", lambda: "série;2024\nTOTAL;26,2\n".encode()),
    "password": ("encrypted", lambda: OLE + "EncryptedPackage".encode("utf-16-le")),
    "Excel 97": ("legacy_xls", lambda: OLE + "Workbook".encode("utf-16-le")),
    "encrypted entries": ("encrypted", lambda: encrypted_entry(WORKBOOK)),
    "truncated": ("damaged_zip", lambda: WORKBOOK[: len(WORKBOOK) * 2 // 3]),
    "only a zip's first bytes": ("damaged_zip", lambda: b"PK\x03\x04"),
    "wrong checksum": ("damaged_zip", lambda: bad_crc(WORKBOOK, SHEET)),
    "garbled lzma": ("damaged_zip", lambda: garbled(zipfile.ZIP_LZMA)),
    "garbled bzip2": ("damaged_zip", lambda: garbled(zipfile.ZIP_BZIP2)),
    "garbled deflate": ("damaged_zip", lambda: garbled(zipfile.ZIP_DEFLATED)),
    "unknown compression": (
        "damaged_zip",
        lambda: WORKBOOK.replace(b"\x14\x00\x00\x00\x08\x00", b"\x14\x00\x00\x00\x63\x00"),
    ),
    "word document": ("not_a_spreadsheet", lambda: zipped(DOCX)),
    "any zip": ("not_a_spreadsheet", lambda: zipped([("notes.txt", "bonjour")])),
    "no content types": ("not_a_spreadsheet", lambda: bytes_at(WORKBOOK, without="[Content_Types].xml")),
    "opendocument": ("ods", lambda: zipped(ODS)),
    "binary workbook": ("xlsb", lambda: zipped([*DOCX, ("xl/workbook.bin", b"\x83\x01\x00")])),
    "doctype": ("doctype", lambda: package(extra={SHEET: f"<!DOCTYPE x><worksheet xmlns='{MAIN}'/>"})),
    "billion laughs": ("doctype", lambda: package(extra={SHEET: f"{LAUGHS}<worksheet xmlns='{MAIN}'>&i;</worksheet>"})),
    "entity to a file": (
        "doctype",
        lambda: package(extra={"xl/x.xml": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'}),
    ),
    "doctype in a relationship": ("doctype", lambda: package(extra={"xl/_rels/x.rels": "<!DOCTYPE x><x/>"})),
    "doctype in a picture": ("doctype", lambda: package(extra={"xl/media/x.svg": "<!DOCTYPE svg><svg/>"})),
    "broken xml": ("damaged_xml", lambda: package(extra={SHEET: "<worksheet><sheetData>"})),
    "empty xml": ("damaged_xml", lambda: package(extra={"docProps/core.xml": ""})),
    "text that is no xml": ("damaged_xml", lambda: package(extra={"xl/x.XML": "bonjour"})),
    "part twice": ("duplicate_part", lambda: zipped([*[(SHEET, "<x/>")] * 2, ("[Content_Types].xml", "<x/>")])),
    "part twice but for case": ("duplicate_part", lambda: package(extra={SHEET.upper(): "<worksheet/>"})),
    "one part as two sheets": (
        "duplicate_part",
        lambda: package(sheets='<sheet name="S" sheetId="1" r:id="rId1"/><sheet name="T" sheetId="2" r:id="rId1"/>'),
    ),
    "one part under two relationships": (
        "duplicate_part",
        lambda: package(related={"rId2": ("worksheet", "worksheets/../worksheets/sheet1.xml")}),
    ),
    "cell twice": ("duplicate_cell", lambda: package(rows('<c r="A1"><v>777</v></c><c r="A1"><v>666</v></c>'))),
    "cell twice, once without address": (
        "duplicate_cell",
        lambda: package(rows('<c><v>1</v></c><c r="A1"><v>2</v></c>')),
    ),
    "climbing name": ("part_outside", lambda: package(extra={"../evil.xml": "<x/>"})),
    "climbing name of Windows": ("part_outside", lambda: package(extra={"xl\\..\\..\\evil.xml": "<x/>"})),
    "absolute name": ("part_outside", lambda: package(extra={"/etc/evil.xml": "<x/>"})),
    "bomb": ("bomb", lambda: package(extra={SHEET: "<worksheet>" + " " * 8_000_000 + "</worksheet>"})),
    "bomb in a picture": ("bomb", lambda: package(extra={"xl/media/x.bmp": bytes(8_000_000)})),
    "huge comment": ("bomb", lambda: package(extra={SHEET: f"<worksheet><!--{noise(3 * 2**20)}--></worksheet>"})),
    "too many parts": ("too_many_parts", lambda: package(extra={f"xl/x{n}.txt": b"" for n in range(1000)})),
    "many sheets": (
        "too_many_sheets",
        lambda: package(sheets="".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId{n}"/>' for n in range(1, 252))),
    ),
    "deep": ("too_deep", lambda: package("<a>" * 200_000 + "</a>" * 200_000)),
    "two corners": ("box", lambda: corners("XFD1048576")),
    "two corners, elsewhere": ("box", lambda: package(CORNERS.format("XFD1048576"), part="xl/data/one.xml")),
    "two corners, without addresses": (
        "box",
        lambda: package('<sheetData><row r="1048576">' + "<c><v>1</v></c>" * 16384 + "</row></sheetData>"),
    ),
    "two corners, over two sheets": (
        "box",
        lambda: package(
            CORNERS.format("L1048576"), extra={"xl/worksheets/sheet2.xml": f"<x>{CORNERS.format('L1048576')}</x>"}
        ),
    ),
    "two corners, without rows": ("box", lambda: package('<sheetData><c r="XFD1048576"><v>1</v></c></sheetData>')),
    "small letters": ("damaged_xml", lambda: corners("xfd1048576")),
    "leading zeros": ("damaged_xml", lambda: corners("XFD0001048576")),
    "beyond the last row": ("damaged_xml", lambda: corners("A4294967295")),
    "beyond the last column": ("damaged_xml", lambda: corners("XFE1")),
    "absolute address": ("damaged_xml", lambda: corners("$A$2")),
    "row beyond the last": (
        "damaged_xml",
        lambda: package('<sheetData><row r="4294967295"><c><v>1</v></c></row></sheetData>'),
    ),
    "sheet under the name of a picture": ("damaged_xml", lambda: package(part="xl/media/image1.png")),
    "sheet behind rubbish": ("damaged_xml", lambda: package(extra={"xl/media/x.svg": "x" + ONE_CELL})),
    "sheet in UTF-16 under another name": (
        "damaged_xml",
        lambda: package(extra={"xl/x.bin": f"x<x>{ONE_CELL}</x>".encode("utf-16-le")}),
    ),
    "sheet across two reads": (
        "damaged_xml",
        lambda: package(extra={"xl/x.bin": "x" + noise(2**20 - 6) + "<sheetData/>"}),
    ),
    "huge merge": (
        "merged_area",
        lambda: package(ONE_CELL + '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
    ),
    "many merges": (
        "merged_area",
        lambda: package(ONE_CELL + "<mergeCells>" + '<mergeCell ref="A2:CV201"/>' * 6 + "</mergeCells>"),
    ),
    "huge hyperlink": (
        "merged_area",
        lambda: package(ONE_CELL + '<hyperlinks><hyperlink ref="A1:XFD1048576" location="S!A1"/></hyperlinks>'),
    ),
    "huge comment area": ("merged_area", lambda: comments("A1:XFD1048576")),
    "merge of whole columns": (
        "damaged_xml",
        lambda: package(ONE_CELL + '<mergeCells><mergeCell ref="A:XFD"/></mergeCells>'),
    ),
    "announced strings": ("too_many_cells", lambda: strings('uniqueCount="4294967295"')),
    "announced strings, total": ("too_many_cells", lambda: strings('count="4294967295" uniqueCount="1"')),
    "announced strings, no number": ("too_many_cells", lambda: strings('uniqueCount="-1"')),
    "endless number format": ("damaged_xml", lambda: format_of(100_000)),
    "endless print area": ("damaged_xml", lambda: print_area(100_000)),
}


def noise(length: int) -> str:
    """Text that does not compress into a bomb."""
    return random.Random(2030).randbytes(length // 2).hex()


def garbled(compression: int) -> bytes:
    """A package whose sheet is rubbish to its own decompressor, with intact headers."""
    content = zipped(
        [("[Content_Types].xml", "<x/>"), ("xl/workbook.xml", "<x/>"), ("xl/x.txt", noise(2000))], compression
    )
    start = content.rfind(b"xl/x.txt", 0, content.find(b"PK\x01\x02")) + 20
    return content[:start] + bytes(byte ^ 0x5A for byte in content[start : start + 200]) + content[start + 200 :]


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str, tmp_path: Path) -> None:
    code, content = REFUSED[case]
    path = tmp_path / "publication.xlsx"
    path.write_bytes(content())
    with pytest.raises(RefusedError) as caught:
        admit(path)
    assert caught.value.code == code
    assert str(path) in str(caught.value)


def test_every_refusal_is_tried() -> None:
    source = Path(guard.__file__).read_text(encoding="utf-8")
    codes = {line.split('refuse("')[1].split('"')[0] for line in source.splitlines() if 'refuse("' in line}
    codes |= {"damaged_zip", "legacy_xls"}  # the other halves of two conditions
    limits = {"too_many_cells", "inflates"}  # below, where a limit is lowered
    assert codes - limits <= {code for code, _ in REFUSED.values()}


@pytest.mark.parametrize(
    ("limit", "value", "code"),
    [
        ("MAX_FILE_BYTES", 1000, "too_large"),
        ("MAX_INFLATED_BYTES", 1000, "inflates"),
        ("MAX_CELLS", 5, "too_many_cells"),
        ("MAX_SHEETS", 1, "too_many_sheets"),
        ("MAX_PARTS", 5, "too_many_parts"),
        ("MAX_DEPTH", 3, "too_deep"),
        ("MAX_BOX_CELLS", 5, "box"),
    ],
)
def test_limit(limit: str, value: int, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(workbook: object) -> None:
        for sheet in (workbook.active, workbook.create_sheet()):  # type: ignore[attr-defined]
            for row in range(3):
                sheet.append([row, row])

    path = made(tmp_path / "publication.xlsx", fill)
    admit(path)
    monkeypatch.setattr(guard, limit, value)
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


# --- real and hostile workbooks of others -----------------------------------------------------------------

CORPUS = REPOSITORY.parent / "shared" / "corpus"

#: files of the corpus that cannot be read, by code: one that starts to pass is news too
UNREAD = {
    "damaged_zip": "002b86de5d 0a98e11497 11d74c8026 150097f203",
    "encrypted": "01d8e7cb5f 05f3e35090 11ce84e825 13cfa392eb 13ef040552 16369d4ace 168fecb516 1702949d05 1733514767 "
    "1a09e3f072 1e87bb612c",
    # Strict Open XML, of which openpyxl sees nothing, and a workbook whose sheet is missing
    "no_sheets": "0069aaa24d 025261e26e 0350109310 0696839769 0793a45a88 09ea3edf49 0a88c0a736 10ab2d6377 1104f1d796 "
    "146e40fc9f 1697cc017c 1741c32974 1b1f35a9b1 1c166a40b2",
    "not_a_spreadsheet": "1a3fadfb27",
    "not_finite": "1b1417f61e",
    # openpyxl misses a style, the workbook or the shared strings; calamine one end of a range
    "unreadable": "0531a89829 1428f774dd 151aaa6c39 17270be2c9 1bd9b39245",
}

_READ = """
import json, sys
from nachra.errors import FileError
from nachra.grid import read_grid
from nachra.guard import admit
for path in sys.argv[1:]:
    print(json.dumps([path, "started"]), flush=True)
    try:
        grid = read_grid(admit(path))
        outcome = "read" if grid.sheets else "no sheets and no error"
    except FileError as error:
        outcome = error.code if len(str(error).splitlines()) == 1 else "message of several lines"
    except BaseException as error:
        outcome = f"{type(error).__name__}: {error}"
    print(json.dumps([path, outcome]), flush=True)
"""


def read_apart(paths: list[Path]) -> dict[str, str]:
    """Read files in a process of their own, so that a crash or a hang is an outcome like any other."""
    environment = os.environ | {"PYTHONPATH": str(Path(nachra.__file__).parents[1]), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-W", "error", "-c", _READ, *map(str, paths)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        output, errors = process.communicate(timeout=300)
    except subprocess.TimeoutExpired:
        process.kill()
        output, errors = process.communicate()
    outcomes = {Path(path).name: outcome for path, outcome in map(json.loads, output.decode().splitlines())}
    return {name: f"died: {errors[-300:]!r}" if outcome == "started" else outcome for name, outcome in outcomes.items()}


@pytest.mark.slow
@pytest.mark.skipif(not CORPUS.is_dir(), reason="there is no shared/corpus beside the repository")
def test_corpus_ends_in_a_grid_or_in_our_errors() -> None:
    files = sorted(path for path in CORPUS.iterdir() if path.suffix != ".csv")
    outcomes: dict[str, str] = {}
    for start in range(0, len(files), 100):
        outcomes |= read_apart(files[start : start + 100])
    expected = {digest: code for code, digests in UNREAD.items() for digest in digests.split()}
    unexpected = {
        name: outcome for name, outcome in outcomes.items() if outcome != expected.get(name.split("-")[0], "read")
    }
    assert unexpected == {}
    assert len(outcomes) == len(files)
