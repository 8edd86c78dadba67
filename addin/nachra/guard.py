"""Admit or refuse a file before any spreadsheet parser sees it.

Written by hand because both parsers we use can be killed by a crafted file (memory, hang, abort), which no
`except` survives; the bytes admitted here are the bytes that are parsed, so nothing can change in between.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from nachra.errors import RefusedError, UnreadableError

#: a release is some hundred kilobytes; 10 sheets × 5,000 rows × 12 columns take about 3 MB
MAX_FILE_BYTES = 50 * 2**20
#: inflated size of all parts together: 600,000 plain cells are about 30 MB of XML
MAX_INFLATED_BYTES = 400 * 2**20
#: XML of a spreadsheet deflates 10 to 20 times; bombs reach 1,000
MAX_RATIO = 200
#: parts below this size are never called a bomb
SMALL_PART_BYTES = 2**20
#: Apache POI's own default for the entries of a package
MAX_PARTS = 1000
MAX_SHEETS = 250
#: real sheets nest about 8 deep
MAX_DEPTH = 60
#: used boxes of all sheets together: calamine lays each out whole, as a rectangle (6 seconds, 900 MB at the limit)
MAX_BOX_CELLS = 20_000_000
#: cells of all sheets together, and shared strings that may be announced
MAX_CELLS = 3_000_000
#: cells under merged ranges, hyperlinks and comments of a workbook: openpyxl creates every one (6 seconds at the limit)
MAX_MERGED_CELLS = 100_000
#: openpyxl reads number formats and print areas with regular expressions of quadratic time; Excel stops at 255
MAX_FORMAT_LENGTH = 1000
MAX_PRINT_AREAS_LENGTH = 16_384
#: one tag or comment of XML: expat before 2.6 starts it again with each chunk, in quadratic time
MAX_TOKEN_BYTES = 2**20
#: the same in a picture, whose attributes hold whole images
MAX_PICTURE_TOKEN_BYTES = 2**24

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DIRECTORY_ENTRY = b"PK\x01\x02"
#: without these no reader sees cells or strings; only parts named as XML may hold them
_SHEET_WORDS = (b"sheetData", b"uniqueCount")
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_COLUMN = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class Admitted:
    """A file that passed the guard: its name, its bytes as read once, and their SHA-256."""

    path: Path
    data: bytes
    sha256: str

    @property
    def name(self) -> str:
        return self.path.name


def admit(path: Path | str) -> Admitted:
    """Read a file once and admit it, or raise RefusedError (UnreadableError where the disk says no)."""
    path = Path(path)
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise RefusedError("not_a_file", path=str(path))
        if size > MAX_FILE_BYTES:
            raise RefusedError("too_large", path=str(path), megabytes=size // 2**20, limit=MAX_FILE_BYTES // 2**20)
        data = path.read_bytes()
    except FileNotFoundError:
        raise UnreadableError("not_found", path=str(path)) from None
    except (OSError, ValueError) as error:  # ValueError: a name that no disk can hold
        raise UnreadableError("os", path=str(path), reason=getattr(error, "strerror", None) or str(error)) from None
    _Guard(str(path)).inspect(data)
    return Admitted(path, data, hashlib.sha256(data).hexdigest())


def cell_position(reference: str) -> tuple[int, int] | None:
    """Return (row, column), counted from 1, of an address like "C24"; None where it is not one."""
    match = _COLUMN.fullmatch(reference)
    if not match:
        return None
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return (int(match[2]), column) if column <= 16384 and 0 < int(match[2]) <= 1048576 else None


class _Guard:
    """One inspection; holds the path for its messages and the running totals."""

    def __init__(self, path: str):
        self.path = path
        self.inflated = self.cells = self.boxes = self.merged = 0

    def refuse(self, code: str, **params: str | int) -> NoReturn:
        raise RefusedError(code, path=self.path, **params)  # type: ignore[arg-type]

    def inspect(self, data: bytes) -> None:
        if not data:
            self.refuse("empty")
        if data.startswith(_OLE):
            encrypted = "EncryptedPackage".encode("utf-16-le") in data
            self.refuse("encrypted" if encrypted else "legacy_xls")
        if not data.startswith(b"PK"):
            self.refuse("not_a_workbook")
        if data.count(_DIRECTORY_ENTRY) > MAX_PARTS:  # before zipfile makes an object of each
            self.refuse("too_many_parts", count=data.count(_DIRECTORY_ENTRY), limit=MAX_PARTS)
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as package:
                self.inspect_package(package)
        except RefusedError:
            raise
        except Exception as error:  # a bad archive makes zipfile raise a dozen foreign types
            self.refuse("encrypted" if "encrypted" in str(error) else "damaged_zip")

    def inspect_package(self, package: zipfile.ZipFile) -> None:
        parts = package.infolist()
        names = [part.filename for part in parts]
        if len(parts) > MAX_PARTS:
            self.refuse("too_many_parts", count=len(parts), limit=MAX_PARTS)
        folded = [name.replace("\\", "/").casefold() for name in names]
        for name in folded:
            if folded.count(name) > 1:
                self.refuse("duplicate_part", part=name)
            if name.startswith("/") or ".." in name.split("/"):
                self.refuse("part_outside", part=name)
        if any(name.endswith("xl/workbook.bin") for name in folded):
            self.refuse("xlsb")
        if "mimetype" in folded and "content.xml" in folded:
            self.refuse("ods")
        if "[content_types].xml" not in folded or not any(
            "workbook" in name and name.endswith(".xml") for name in folded
        ):
            self.refuse("not_a_spreadsheet")
        if sum("/worksheets/" in name and name.endswith(".xml") for name in folded) > MAX_SHEETS:
            self.refuse("too_many_sheets", limit=MAX_SHEETS)
        for part in parts:
            self.inspect_part(package, part)

    def inspect_part(self, package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
        """Inflate a part in steps (declared sizes can lie) and walk it once, as far as it is XML."""
        walker = _Walker(self, part.filename)
        size = 0
        with package.open(part) as stream:
            while chunk := stream.read(2**20):
                size += len(chunk)
                self.inflated += len(chunk)
                if self.inflated > MAX_INFLATED_BYTES:
                    self.refuse("inflates", limit=MAX_INFLATED_BYTES // 2**20)
                if size > SMALL_PART_BYTES and size > MAX_RATIO * max(1, part.compress_size):
                    self.refuse("bomb", part=part.filename)
                walker.feed(chunk)
        walker.feed(b"", final=True)
        self.boxes += walker.bottom * walker.right


class _Walker:
    """A streaming walk over one part: no DOCTYPE, no abyss, no area that a reader would lay out whole.

    What counts is what a part holds, not where it stands: relationships may call any part a sheet. Parts not named
    as XML (pictures, printer settings) may be anything but a sheet.
    """

    def __init__(self, guard: _Guard, part: str):
        self.guard = guard
        self.part = part
        self.is_xml = part.casefold().endswith((".xml", ".rels"))
        self.is_sheet = False
        self.depth = self.fed = self.print_areas = 0
        self.row = self.column = self.bottom = self.right = 0
        self.tail = b""
        self.seen: set[tuple[int, int]] = set()
        self.sheets: set[str] = set()
        self.watched: dict[str, Callable[[dict[str, str]], None]] = {
            "sheetData": self.start_sheet,
            "row": self.start_row,
            "c": self.start_cell,
            "mergeCell": self.start_area,
            "hyperlink": self.start_area,
            "comment": self.start_area,
            "sst": self.start_strings,
            "sheet": self.name_sheet,
            "Relationship": self.relate,
            "numFmt": self.start_format,
            "definedName": self.start_name,
        }
        self.parser: expat.XMLParserType | None = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end

    def refuse(self, code: str, **params: str | int) -> NoReturn:
        self.guard.refuse(code, part=self.part, **params)

    def feed(self, chunk: bytes, final: bool = False) -> None:
        if not self.is_xml:
            window = self.tail + chunk.replace(b"\0", b"")
            if any(word in window for word in _SHEET_WORDS):
                self.refuse("damaged_xml", line=1)
            self.tail = window[-16:]
        if self.parser is None:
            return
        self.fed += len(chunk)
        try:
            self.parser.Parse(chunk, final)
        except expat.ExpatError as error:
            if self.is_xml:
                self.refuse("damaged_xml", line=error.lineno)
            self.parser = None
            return
        if self.fed - self.parser.CurrentByteIndex > (MAX_TOKEN_BYTES if self.is_xml else MAX_PICTURE_TOKEN_BYTES):
            self.refuse("bomb")

    def doctype(self, *_: object) -> None:
        self.refuse("doctype")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.refuse("too_deep")
        watch = self.watched.get(tag.rpartition(" ")[2])
        if watch is not None:
            if not self.is_xml:
                self.refuse("damaged_xml", line=1)
            watch(attributes)

    def end(self, _tag: str) -> None:
        self.depth -= 1

    def start_sheet(self, _attributes: dict[str, str]) -> None:
        self.is_sheet = True

    def start_row(self, attributes: dict[str, str]) -> None:
        self.is_sheet = True
        self.row, self.column = self.position("A" + attributes["r"])[0] if "r" in attributes else self.row + 1, 0

    def start_cell(self, attributes: dict[str, str]) -> None:
        if not self.is_sheet:  # the calculation chain has elements of that name too
            return
        self.guard.cells += 1
        if self.guard.cells > MAX_CELLS:
            self.refuse("too_many_cells", limit=MAX_CELLS)
        # an address may be left out: it is then the next one
        self.row, self.column = position = (
            self.position(attributes["r"]) if "r" in attributes else (self.row, self.column + 1)
        )
        reference = attributes.get("r") or f"{self.row}:{self.column}"
        if position in self.seen:
            self.refuse("duplicate_cell", reference=reference)
        self.seen.add(position)
        self.bottom, self.right = max(self.bottom, self.row), max(self.right, self.column)
        # readers start their rectangle at A1
        if self.guard.boxes + self.bottom * self.right > MAX_BOX_CELLS:
            self.refuse("box", reference=reference)

    def start_area(self, attributes: dict[str, str]) -> None:
        if "ref" in attributes:
            ends = [self.position(end) for end in attributes["ref"].replace("$", "").split(":")]
            (top, left), (bottom, right) = ends[0], ends[-1]
            self.guard.merged += (abs(bottom - top) + 1) * (abs(right - left) + 1)
            if self.guard.merged > MAX_MERGED_CELLS:
                self.refuse("merged_area", reference=attributes["ref"])

    def start_strings(self, attributes: dict[str, str]) -> None:
        # calamine allocates as many as are announced
        counts = [attributes.get(name, "0") for name in ("count", "uniqueCount")]
        if any(not count.isdecimal() or int(count[:20]) > MAX_CELLS for count in counts):
            self.refuse("too_many_cells", limit=MAX_CELLS)

    def name_sheet(self, attributes: dict[str, str]) -> None:
        self.use(attributes.get(f"{_RELATION} id", ""))

    def relate(self, attributes: dict[str, str]) -> None:
        if attributes.get("Type", "").endswith("/worksheet"):
            self.use(attributes.get("Target", "").rpartition("/")[2].casefold())

    def use(self, sheet: str) -> None:
        """Count a sheet; one part shown as many sheets would be read as often."""
        if sheet and sheet in self.sheets:
            self.guard.refuse("duplicate_part", part=sheet)
        self.sheets.add(sheet)
        if len(self.sheets) > MAX_SHEETS:
            self.refuse("too_many_sheets", limit=MAX_SHEETS)

    def start_format(self, attributes: dict[str, str]) -> None:
        if len(attributes.get("formatCode", "")) > MAX_FORMAT_LENGTH:
            self.refuse("damaged_xml", line=self.line)

    def start_name(self, attributes: dict[str, str]) -> None:
        if self.parser is not None:
            is_print_area = attributes.get("name", "").startswith("_xlnm.")
            self.parser.CharacterDataHandler = self.count_name if is_print_area else None

    def count_name(self, text: str) -> None:
        self.print_areas += len(text)
        if self.print_areas > MAX_PRINT_AREAS_LENGTH:
            self.refuse("damaged_xml", line=self.line)

    @property
    def line(self) -> int:
        return self.parser.CurrentLineNumber if self.parser else 1

    def position(self, reference: str) -> tuple[int, int]:
        """Return the (row, column) of an address; readers do not agree on what else may stand there."""
        position = cell_position(reference)
        if position is None:
            self.refuse("damaged_xml", line=self.line)
        return position
