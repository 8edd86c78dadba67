"""Small workbooks made for a test: ordinary ones, and hostile ones, which are never committed."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from openpyxl import Workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
ONE_CELL = '<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'


def made(path: Path, fill: Callable[[Workbook], object]) -> Path:
    """Save what `fill` does to an empty openpyxl workbook of one sheet."""
    workbook = Workbook()
    fill(workbook)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        workbook.save(path)
    return path


def zipped(parts: Iterable[tuple[str, str | bytes]], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of these parts, in that order; two may have the same name."""
    archive = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of the duplicate that is wanted
        with zipfile.ZipFile(archive, "w", compression) as package:
            for name, content in parts:
                package.writestr(name, content)
    return archive.getvalue()


def rows(*rows: str) -> str:
    """Return sheet data from rows written as their cells' XML, numbered from 1."""
    return "<sheetData>" + "".join(f'<row r="{n}">{cells}</row>' for n, cells in enumerate(rows, 1)) + "</sheetData>"


def worksheet(content: str, namespace: str = MAIN) -> str:
    return f'<worksheet xmlns="{namespace}" xmlns:r="{RELATIONS}">{content}</worksheet>'


def relationships(**targets: tuple[str, str]) -> str:
    """Return a part of relationships from id=(type, target); types are the last word of their address."""
    links = "".join(
        f'<Relationship Id="{key}" Type="{kind if ":" in kind else f"{RELATIONS}/{kind}"}" Target="{target}"/>'
        for key, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'


def package(
    sheet: str = ONE_CELL,
    *,
    part: str = "xl/worksheets/sheet1.xml",
    sheets: str = '<sheet name="S" sheetId="1" r:id="rId1"/>',
    names: str = "",
    extra: Mapping[str, str | bytes] | None = None,
    related: Mapping[str, tuple[str, str]] | None = None,
    namespace: str = MAIN,
    relations: str = RELATIONS,
) -> bytes:
    """Return a workbook written by hand: one sheet part with that content, and whatever else a test puts in.

    `related` are further relationships of the workbook; parts of `extra` replace those of the same name.
    """
    kinds = {"sharedStrings": "sharedStrings+xml", "comments1": "comments+xml", "styles": "styles+xml"}
    overrides = {"/xl/workbook.xml": "sheet.main+xml", f"/{part}": "worksheet+xml"}
    overrides |= {f"/{name}": kinds[Path(name).stem] for name in extra or {} if Path(name).stem in kinds}
    types = "".join(f'<Override PartName="{name}" ContentType="{_TYPES}.{kind}"/>' for name, kind in overrides.items())
    workbook = f'<workbook xmlns="{namespace}" xmlns:r="{relations}"><sheets>{sheets}</sheets>{names}</workbook>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{types}</Types>',
        "_rels/.rels": relationships(rId1=("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": workbook,
        "xl/_rels/workbook.xml.rels": relationships(rId1=("worksheet", f"/{part}"), **related or {}),
        part: worksheet(sheet, namespace),
    }
    return zipped((parts | dict(extra or {})).items())


def comments(reference: str) -> bytes:
    """Return a workbook with one cell, and a comment said to stand at that address."""
    comment = f'<comment ref="{reference}" authorId="0"><text><t>x</t></text></comment>'
    listed = f"<authors><author>a</author></authors><commentList>{comment}</commentList>"
    links = relationships(rId1=("comments", "/xl/comments1.xml"))
    extra = {"xl/comments1.xml": f'<comments xmlns="{MAIN}">{listed}</comments>'}
    return package(extra=extra | {"xl/worksheets/_rels/sheet1.xml.rels": links})


def altered(data: bytes, change: Mapping[str, Callable[[bytes], bytes]]) -> bytes:
    """Return a package with some of its parts rewritten."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return zipped((name, change.get(name, bytes)(package.read(name))) for name in package.namelist())


def encrypted_entry(data: bytes) -> bytes:
    """Return a zip whose entries all claim to be encrypted (bit 0 of their flags), in both of their headers."""
    out = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = out.find(signature)
        while place >= 0:
            out[place + offset] |= 1
            place = out.find(signature, place + 4)
    return bytes(out)


def bad_crc(data: bytes, part: str) -> bytes:
    """Return a zip whose directory announces another checksum for a part."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        crc = struct.pack("<L", package.getinfo(part).CRC)
    return data.replace(crc, bytes(byte ^ 0xFF for byte in crc))


def two_directories(shown: bytes, hidden: bytes) -> bytes:
    """Return an archive in which Python's zipfile finds the parts of one, and strict readers those of another.

    The classic end record points at `hidden`; a zip64 record, which only zipfile prefers, at `shown`.
    """

    def split(data: bytes) -> tuple[bytes, bytes, int]:
        end = data.rfind(b"PK\x05\x06")
        count, size, offset = struct.unpack("<HLL", data[end + 10 : end + 20])
        return data[:offset], data[offset : offset + size], count

    def moved(directory: bytes, by: int) -> bytes:
        out, place = bytearray(directory), 0
        while place < len(out):
            lengths = struct.unpack("<HHH", out[place + 28 : place + 34])
            offset = struct.unpack("<L", out[place + 42 : place + 46])[0]
            out[place + 42 : place + 46] = struct.pack("<L", offset + by)
            place += 46 + sum(lengths)
        return bytes(out)

    (hidden_parts, hidden_list, hidden_count), (parts, listed, count) = split(hidden), split(shown)
    body = hidden_parts + parts + hidden_list
    listed = moved(listed, len(hidden_parts))
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(listed), len(body))
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(body) + len(listed), 1)
    classic = (0, 0, hidden_count, hidden_count, len(hidden_list), len(hidden_parts + parts), 0)
    return body + listed + record + locator + struct.pack("<4s4H2LH", b"PK\x05\x06", *classic)
