"""Admit or refuse a file before any spreadsheet parser sees it.

Written by hand because both parsers we use can be killed by a crafted file (memory, hang, abort), which no
`except` survives; the bytes admitted here are the bytes that are parsed, so nothing can change in between.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
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
#: the widest used box a reader may be asked to lay out as a rectangle (calamine allocates it whole)
MAX_BOX_CELLS = 20_000_000
MAX_CELLS = 3_000_000
MAX_MERGED_CELLS = 1_000_000

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
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
    except OSError as error:
        raise UnreadableError("os", path=str(path), reason=error.strerror or str(error)) from None
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
        self.inflated = 0

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
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as package:
                self.inspect_package(package)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
            ValueError,
            OSError,
        ) as error:
            if isinstance(error, RuntimeError) and "encrypted" in str(error):
                self.refuse("encrypted")
            self.refuse("damaged_zip")

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
        """Inflate a part in steps (declared sizes can lie) and, where it is XML, walk it once."""
        is_xml = part.filename.casefold().endswith((".xml", ".rels", ".vml"))
        walker = _Walker(self, part.filename) if is_xml else None
        size = 0
        with package.open(part) as stream:
            while chunk := stream.read(2**16):
                size += len(chunk)
                self.inflated += len(chunk)
                if self.inflated > MAX_INFLATED_BYTES:
                    self.refuse("inflates", limit=MAX_INFLATED_BYTES // 2**20)
                if size > SMALL_PART_BYTES and size > MAX_RATIO * max(1, part.compress_size):
                    self.refuse("bomb", part=part.filename)
                if walker:
                    walker.feed(chunk)
        if walker:
            walker.feed(b"", final=True)


class _Walker:
    """A streaming walk over one XML part: no DOCTYPE, no abyss, no box that a reader would lay out whole."""

    def __init__(self, guard: _Guard, part: str):
        self.guard = guard
        self.part = part
        self.depth = self.cells = self.merged = 0
        self.bottom = self.right = 0
        self.is_sheet = "/worksheets/" in part and part.endswith(".xml")
        self.seen: set[tuple[int, int]] = set()
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end

    def feed(self, chunk: bytes, final: bool = False) -> None:
        try:
            self.parser.Parse(chunk, final)
        except expat.ExpatError as error:
            self.guard.refuse("damaged_xml", part=self.part, line=error.lineno)

    def doctype(self, *_: object) -> None:
        self.guard.refuse("doctype", part=self.part)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.guard.refuse("too_deep", part=self.part)
        if not self.is_sheet:
            return
        name = tag.rpartition(" ")[2]
        if name == "c":
            self.cell(attributes.get("r", ""))
        elif name == "mergeCell":
            self.merge(attributes.get("ref", ""))

    def end(self, _tag: str) -> None:
        self.depth -= 1

    def cell(self, reference: str) -> None:
        self.cells += 1
        if self.cells > MAX_CELLS:
            self.guard.refuse("too_many_cells", part=self.part, limit=MAX_CELLS)
        position = cell_position(reference)
        if position is None:
            return
        if position in self.seen:
            self.guard.refuse("duplicate_cell", part=self.part, reference=reference)
        self.seen.add(position)
        row, column = position
        self.bottom, self.right = max(self.bottom, row), max(self.right, column)
        # readers start their rectangle at A1
        if self.bottom * self.right > MAX_BOX_CELLS:
            self.guard.refuse("box", part=self.part, reference=reference)

    def merge(self, reference: str) -> None:
        ends = [cell_position(end) for end in reference.replace("$", "").split(":")]
        if len(ends) == 2 and ends[0] and ends[1]:
            self.merged += (abs(ends[1][0] - ends[0][0]) + 1) * (abs(ends[1][1] - ends[0][1]) + 1)
            if self.merged > MAX_MERGED_CELLS:
                self.guard.refuse("merged_area", part=self.part, reference=reference)
