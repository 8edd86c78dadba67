"""Hostile files, made when they are needed and never committed: each refused, or read as it should be."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from workbooks import (
    MAIN,
    OLE,
    ONE_CELL,
    PNG,
    bad_crc,
    comments,
    encrypted_entry,
    package,
    relationships,
    rows,
    two_directories,
    worksheet,
    zipped,
)

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


@dataclass(frozen=True, slots=True)
class Case:
    """A hostile file: how it is made, and what becomes of it: our code, or "read" and the cells that are read."""

    outcome: str
    make: Callable[[], bytes]
    cells: Mapping[str, object] = field(default_factory=dict)
    """What must stand in some cells of the first sheet, where the file is read."""
    heavy: bool = False
    """Large enough to make fuzzing slow."""


#: what the guard refuses: a name for the case → (code, the bytes)
_REFUSED: dict[str, tuple[str, Callable[[], bytes]]] = {
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
    "garbled lzma": ("compression", lambda: garbled(zipfile.ZIP_LZMA)),
    "garbled bzip2": ("compression", lambda: garbled(zipfile.ZIP_BZIP2)),
    "garbled deflate": ("damaged_zip", lambda: garbled(zipfile.ZIP_DEFLATED)),
    "unknown compression": (
        "compression",
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
    "deep": ("too_deep", lambda: package("<a>" * 200 + "</a>" * 200)),
    "abyss": ("bomb", lambda: package("<a>" * 200_000 + "</a>" * 200_000)),
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


def styled(name: str, content: str) -> bytes:
    """A workbook with that content in its styles."""
    return package(
        extra={"xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><{name}>{content}</{name}></styleSheet>'},
        related={"rId2": ("styles", "styles.xml")},
    )


def texts(items: str, cells: str = "", attributes: str = "") -> bytes:
    """A workbook with those shared texts, and cells that show them."""
    return package(
        cells or rows('<c r="A1" t="s"><v>0</v></c>'),
        extra={"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}" {attributes}>{items}</sst>'},
        related={"rId2": ("sharedStrings", "sharedStrings.xml")},
    )


def inline(text: str) -> str:
    return f'<c r="A1" t="inlineStr"><is><t>{text}</t></is></c>'


def shared_formulas(length: int, count: int) -> bytes:
    """A formula of that length, shared by that many cells below it."""
    first = f'<c r="A1"><f t="shared" si="0" ref="A1:A{count}">{"B1+" * (length // 3)}1</f><v>1</v></c>'
    return package(rows(first, *['<c><f t="shared" si="0"/><v>1</v></c>'] * (count - 1)))


def declared(data: bytes, part: str, size: int) -> bytes:
    """A zip whose directory and local header both declare another inflated size for a part."""
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        info = whole.getinfo(part)
        out = bytearray(data)
        out[info.header_offset + 22 : info.header_offset + 26] = size.to_bytes(4, "little")
        entry = data.index(b"PK\x01\x02")
        while data[entry + 46 : entry + 46 + len(part)] != part.encode():
            entry = data.index(b"PK\x01\x02", entry + 4)
        out[entry + 24 : entry + 28] = size.to_bytes(4, "little")
    return bytes(out)


def overlapping(count: int) -> bytes:
    """A zip whose directory names one inflated part many times, each time as another part."""
    whole = package(extra={"xl/x00.xml": f"<x>{noise(100_000)}</x>"})
    start = whole.index(b"PK\x01\x02", whole.rindex(b"xl/x00.xml") - 46)
    entry = whole[start : start + 46 + 10]
    end = whole.rindex(b"PK\x05\x06")
    more = b"".join(entry[:46] + f"xl/x{n:02x}.xml".encode() for n in range(1, count + 1))
    out = bytearray(whole[:end] + more + whole[end:])
    end += len(more)
    total = int.from_bytes(out[end + 10 : end + 12], "little") + count
    out[end + 8 : end + 12] = total.to_bytes(2, "little") * 2
    out[end + 12 : end + 16] = (int.from_bytes(out[end + 12 : end + 16], "little") + len(more)).to_bytes(4, "little")
    return bytes(out)


def linked(target: str, kind: str = "drawing", mode: str = "") -> bytes:
    """A workbook whose sheet has a relationship to that target."""
    links = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" '
    links += f'Type="http://x/{kind}" Target="{target}"{mode and f" TargetMode={mode!r}"}/></Relationships>'
    return package(extra={"xl/worksheets/_rels/sheet1.xml.rels": links})


def prefixed() -> bytes:
    """A workbook all of whose names carry a prefix, as some programs write them."""
    content = '<x:sheetData><x:row r="1"><x:c r="A1"><x:v>26.2</x:v></x:c></x:row></x:sheetData>'
    return package(extra={SHEET: f'<x:worksheet xmlns:x="{MAIN}">{content}</x:worksheet>'})


def broken_extras() -> bytes:
    """A workbook whose drawing, comments and properties make no sense; its figures do."""
    links = relationships(rId1=("drawing", "../drawings/drawing1.xml"), rId2=("comments", "/xl/comments1.xml"))
    return package(
        extra={
            "xl/worksheets/_rels/sheet1.xml.rels": links,
            "xl/drawings/drawing1.xml": "<nonsense/>",
            "xl/comments1.xml": f'<comments xmlns="{MAIN}"><authors/></comments>',
            "docProps/core.xml": '<x xmlns:t="http://purl.org/dc/terms/"><t:modified>2025-99-99T00:00:00Z</t:modified></x>',
            "docProps/custom.xml": "<nonsense/>",
        }
    )


STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_TWO_SHEETS = '<sheet name="S" sheetId="1" r:id="rId1"/><sheet name="T" sheetId="2" r:id="rId9"/>'

_REFUSED |= {
    "quadratic blow-up": (
        "doctype",
        lambda: package(extra={SHEET: f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]><x>{"&a;" * 50_000}</x>'}),
    ),
    "parameter entity": (
        "doctype",
        lambda: package(extra={SHEET: '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://example.invalid/x"> %p;]><x/>'}),
    ),
    "attributes": (
        "too_many_attributes",
        lambda: package("<a " + " ".join(f'a{n}=""' for n in range(1000)) + "/>"),
    ),
    "false size, small": ("damaged_zip", lambda: declared(WORKBOOK, SHEET, 10)),
    "false size, large": ("bomb", lambda: declared(WORKBOOK, SHEET, 2**31)),
    "one part under many names": ("damaged_zip", lambda: overlapping(200)),
    "false count": ("false_count", lambda: strings('uniqueCount="700000"')),
    "two parts of texts": (
        "duplicate_part",
        lambda: package(extra=dict.fromkeys(("xl/sharedStrings.xml", "xl/s.xml"), "<sst><si><t>x</t></si></sst>")),
    ),
    "one text in every cell": (
        "too_much_text",
        lambda: texts(f"<si><t>{'x' * 32_000}</t></si>", rows(*['<c t="s"><v>0</v></c>' * 10] * 100)),
    ),
    "unknown text in every cell": (
        "too_much_text",
        lambda: texts(f"<si><t>{'x' * 32_000}</t></si>", rows(*['<c t="s"><v>7</v></c>' * 10] * 100)),
    ),
    "one text in every cell, behind another element": (
        "too_much_text",
        lambda: texts(f"<si><t>{'x' * 32_000}</t></si>", rows(*['<c t="s"><x/><v>0</v></c>' * 10] * 100)),
    ),
    "long text": ("long_text", lambda: package(rows(inline("x" * 41_000)))),
    "long shared text": ("long_text", lambda: texts(f"<si><t>{'x' * 32_768}</t></si>")),
    "long shared formula": ("long_text", lambda: shared_formulas(60_000, 2)),
    "shared formulas": ("shared_formulas", lambda: shared_formulas(8000, 1500)),
    "target that climbs out": ("part_outside", lambda: linked("../../../etc/passwd")),
    "target that climbs out and in again": ("part_outside", lambda: linked("/../xl/drawings/drawing1.xml")),
    "target that climbs out in disguise": ("part_outside", lambda: linked("..%2f..\\..%2fetc/passwd")),
    "sheet elsewhere": ("part_outside", lambda: linked("http://example.invalid/s.xml", "worksheet", "External")),
    "relationship twice": (
        "relation_twice",
        lambda: package(extra={"xl/_rels/x.rels": "<x><Relationship Id='a'/><Relationship Id='a'/></x>"}),
    ),
    "text before the first": ("damaged_xml", lambda: package(rows('<c r="A1" t="s"><v>-1</v></c>'))),
    "style before the first": ("damaged_xml", lambda: package(rows('<c r="A1" s="-1"><v>7</v></c>'))),
    "macros in .xlsx": ("hidden_macros", lambda: package(extra={"xl/vbaProject.bin": OLE})),
    "macros in .xlsx under another name": (
        "hidden_macros",
        lambda: package(extra={"xl/x.bin": OLE}, related={"rId9": ("http://x/vbaProject", "x.bin")}),
    ),
    "macro sheet in .xlsx": ("hidden_macros", lambda: package(extra={"xl/macrosheets/sheet1.xml": worksheet("")})),
}

#: packages that the guard admits, but a reader does not
_UNREAD: dict[str, tuple[str, Callable[[], bytes]]] = {
    "Strict Open XML": ("no_sheets", lambda: package(namespace=STRICT, relations=STRICT_RELATIONS)),
    "sheet without a part": (
        "sheet_lost",
        lambda: package(sheets=_TWO_SHEETS, related={"rId9": ("worksheet", "x.xml")}),
    ),
    "sheet without a relationship": ("sheet_lost", lambda: package(sheets=_TWO_SHEETS)),
    "not a number": ("cell_number", lambda: package(rows('<c r="A1"><v>NaN</v></c>'))),
    "infinite": ("cell_number", lambda: package(rows('<c r="A1"><v>INF</v></c>'))),
    "overflow": ("not_finite", lambda: package(rows('<c r="A1"><v>1e999</v></c>'))),
    "number of Python": ("cell_number", lambda: package(rows('<c r="A1"><v>1_000</v></c>'))),
    "number in Arabic digits": ("cell_number", lambda: package(rows('<c r="A1"><v>٣٤</v></c>'))),
    "number in wide digits": ("cell_number", lambda: package(rows('<c r="A1"><v>１２</v></c>'))),
    "text beyond the last": (
        "cell_reference",
        lambda: texts("<si><t>x</t></si>", rows('<c r="A1" t="s"><v>7</v></c>')),
    ),
    # found by fuzzing: openpyxl fails only when it is asked for the format
    "format that does not exist": ("unreadable", lambda: styled("cellXfs", '<xf numFmtId="200"/>')),
    "style beyond the last": ("cell_reference", lambda: package(rows('<c r="A1" s="99"><v>7</v></c>'))),
}

#: harmless after all, if only the figures are looked at
_READ: dict[str, tuple[Mapping[str, object], Callable[[], bytes]]] = {
    "false dimension, large": ({"A1": 1.0}, lambda: package('<dimension ref="A1:XFD1048576"/>' + ONE_CELL)),
    "false dimension, small": (
        {"A100": 100.0},
        lambda: package('<dimension ref="A1"/>' + rows(*(f"<c><v>{n}</v></c>" for n in range(1, 101)))),
    ),
    "prefixed names": ({"A1": 26.2}, prefixed),
    "two directories": ({"A1": 1.0}, lambda: two_directories(WORKBOOK, package(rows('<c r="A1"><v>2</v></c>')))),
    "formula as a text": ({"A1": "=cmd|'/c calc'!A1"}, lambda: package(rows(inline("=cmd|'/c calc'!A1")))),
    "broken drawing, comments and properties": ({"A1": 1.0}, broken_extras),
    "columns hidden over and over": (
        {"A1": 1.0},
        lambda: package(
            "<cols>"
            + "".join(f'<col min="{n}" max="16384" hidden="1"/>' for n in range(2, 16384))
            + "</cols>"
            + ONE_CELL
        ),
    ),
}

#: bombs of full size, made in a second each
_HEAVY: dict[str, tuple[str, Callable[[], bytes]]] = {
    "bomb by rows": (
        "bomb",
        lambda: package("<sheetData>" + "<row><c><v>1</v></c></row>" * 4_000_000 + "</sheetData>"),
    ),
    "bomb by rows, hard to compress": (
        "too_many_cells",
        lambda: package("<sheetData>" + "".join(f"<row><c><v>{n}</v></c></row>" for n in range(2_000_000))),
    ),
    "bomb by one cell": ("bomb", lambda: package(rows(inline("x" * 100_000_000)))),
    "bomb by one cell, hard to compress": ("long_text", lambda: package(rows(inline(noise(20_000_000))))),
    "bomb by texts": (
        "too_many_elements",
        lambda: texts("".join(f"<si><t>{n}</t></si>" for n in range(2_000_000))),
    ),
    "bomb by rules": ("too_many_elements", lambda: package("".join(f'<brk id="{n}"/>' for n in range(250_000)))),
    "9,000 parts": ("too_many_parts", lambda: package(extra={f"xl/x{n}.txt": b"" for n in range(9000)})),
    "10,000 sheets": (
        "too_many_parts",
        lambda: package(extra={f"xl/worksheets/s{n}.xml": worksheet(ONE_CELL) for n in range(10_000)}),
    ),
    "300,000 attributes": ("bomb", lambda: package("<a " + " ".join(f'a{n}=""' for n in range(300_000)) + "/>")),
}

#: what the guard refuses
REFUSED = {name: Case(code, make) for name, (code, make) in _REFUSED.items()}
REFUSED |= {name: Case(code, make, heavy=True) for name, (code, make) in _HEAVY.items()}
#: every hostile file: a name → how it is made and what becomes of it
HOSTILE_FILES = (
    REFUSED
    | {name: Case(code, make) for name, (code, make) in _UNREAD.items()}
    | {name: Case("read", make, cells) for name, (cells, make) in _READ.items()}
)
