"""Admit or refuse a file before any spreadsheet parser sees it.

Written by hand because both parsers we use can be killed by a crafted file (memory, hang, abort), which no
`except` survives; the bytes admitted here are the bytes that are parsed, so nothing can change in between.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NoReturn

from nachra.errors import RefusedError, UnreadableError
from nachra.limits import MAX_CELLS, MAX_SHEETS, Outside, Tally
from nachra.texts import TURNING
from nachra.walking import Walker, cell_position

__all__ = ["MAX_CELLS", "Admitted", "Outside", "admit", "admit_bytes", "cell_position"]

#: a release is some hundred kilobytes; 10 sheets × 5,000 rows × 12 columns take about 3 MB
MAX_FILE_BYTES = 50 * 2**20
#: inflated size of all parts together: 600,000 plain cells are about 30 MB of XML
MAX_INFLATED_BYTES = 250 * 2**20
#: XML of a spreadsheet deflates 10 to 20 times; bombs reach 1,000
MAX_RATIO = 200
#: parts below this size are never called a bomb
SMALL_PART_BYTES = 2**20
#: Apache POI's own default for the entries of a package
MAX_PARTS = 1000
#: start and end tags of all parts together: 600,000 cells of text in place take 4 million
MAX_TAGS = 7_000_000
#: above this inflated size the tags are counted, which is fast, before they are walked
LARGE_BYTES = 8 * 2**20

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DIRECTORY_ENTRY = b"PK\x01\x02"
#: all that Open XML allows; the others make decompressors of other kinds and appetites
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
#: what may not hold macros, and by that says that it holds none
_WITHOUT_MACROS = (".xlsx", ".xltx")


@dataclass(frozen=True, slots=True)
class Admitted:
    """A file that passed the guard: its name, its bytes as read once, their SHA-256, and what it would lead to."""

    path: Path
    data: bytes
    sha256: str
    outside: tuple[Outside, ...] = ()
    """What the workbook would fetch or start; nothing here ever does."""
    has_macros: bool = False
    embedded: int = 0
    """Objects of other programs in the workbook."""

    @property
    def name(self) -> str:
        return self.path.name


def digest_of(path: Path) -> str:
    """Return a file's SHA-256, empty where it cannot be read; computed once as long as the file stays the same."""
    try:
        state = path.stat()
        return _digest_of(path, state.st_size, state.st_mtime_ns)
    except OSError:
        return ""


@cache
def _digest_of(path: Path, _size: int, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def admit(path: Path | str) -> Admitted:
    """Read a file once and admit it, or raise RefusedError (UnreadableError where the disk says no)."""
    path = Path(path)
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise RefusedError("not_a_file", path=str(path))
        if size <= MAX_FILE_BYTES:
            with path.open("rb") as stream:
                data = stream.read(MAX_FILE_BYTES + 1)  # the file may grow meanwhile
            size = len(data)
    except FileNotFoundError:
        raise UnreadableError("not_found", path=str(path)) from None
    except (OSError, ValueError) as error:  # ValueError: a name that no disk can hold
        raise UnreadableError("os", path=str(path), reason=getattr(error, "strerror", None) or str(error)) from None
    if size > MAX_FILE_BYTES:
        raise RefusedError("too_large", path=str(path), megabytes=size // 2**20, limit=MAX_FILE_BYTES // 2**20)
    return admit_bytes(path, data)


def admit_bytes(path: Path | str, data: bytes) -> Admitted:
    """Admit bytes read from elsewhere under the name of a file, or raise RefusedError."""
    path = Path(path)
    if TURNING.search(path.name):
        raise RefusedError("turned_name", path=str(path))
    tally = _Guard(path).inspect(data)
    macros, outside = tally.has_macros, tuple(dict.fromkeys(tally.outside))
    return Admitted(path, data, hashlib.sha256(data).hexdigest(), outside, macros, tally.embedded)


class _Guard:
    """One inspection of a package and its parts."""

    def __init__(self, path: Path):
        self.path = path
        self.tally = Tally(str(path))
        self.inflated = 0

    def refuse(self, code: str, **params: str | int) -> NoReturn:
        self.tally.refuse(code, **params)

    def inspect(self, data: bytes) -> Tally:
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
        return self.tally

    def inspect_package(self, package: zipfile.ZipFile) -> None:
        parts = package.infolist()
        if len(parts) > MAX_PARTS:
            self.refuse("too_many_parts", count=len(parts), limit=MAX_PARTS)
        names: set[str] = set()
        for part in parts:
            name = part.filename.replace("\\", "/").casefold()
            if name in names:
                self.refuse("duplicate_part", part=name)
            if name.startswith("/") or ".." in name.split("/"):
                self.refuse("part_outside", part=name)
            names.add(name)
        if any(name.endswith("xl/workbook.bin") for name in names):
            self.refuse("xlsb")
        if "mimetype" in names and "content.xml" in names:
            self.refuse("ods")
        if "[content_types].xml" not in names or not any(
            "workbook" in name and name.endswith(".xml") for name in names
        ):
            self.refuse("not_a_spreadsheet")
        if sum("/worksheets/" in name and name.endswith(".xml") for name in names) > MAX_SHEETS:
            self.refuse("too_many_sheets", limit=MAX_SHEETS)
        self.tally.has_macros = any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names)
        self.weigh(package, parts)
        for part in parts:
            self.inspect_part(package, part)
        self.tally.settle()
        if self.tally.has_macros and self.path.suffix.casefold() in _WITHOUT_MACROS:
            self.refuse("hidden_macros", suffix=self.path.suffix)

    def weigh(self, package: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
        """Refuse at once what is too much as declared: zipfile inflates no part beyond its declared size."""
        for part in parts:
            if part.flag_bits & 1:
                self.refuse("encrypted")
            if part.compress_type not in _COMPRESSIONS:
                self.refuse("compression", part=part.filename)
            self.weigh_part(part, part.file_size)
        total = sum(part.file_size for part in parts)
        self.weigh_all(total)
        tags = 0
        for part in parts if total > LARGE_BYTES else ():
            cells = 0
            with package.open(part) as stream:
                while chunk := stream.read(2**20):
                    tags += chunk.count(b"<")
                    cells += chunk.count(b"<c ") + chunk.count(b"<c>") + chunk.count(b":c ")
                    if cells > MAX_CELLS:
                        self.refuse("too_many_cells", part=part.filename, limit=MAX_CELLS)
                    if tags > MAX_TAGS:
                        self.refuse("too_many_elements", part=part.filename, limit=MAX_TAGS)

    def weigh_part(self, part: zipfile.ZipInfo, size: int) -> None:
        if size > SMALL_PART_BYTES and size > MAX_RATIO * max(1, part.compress_size):
            self.refuse("bomb", part=part.filename)

    def weigh_all(self, size: int) -> None:
        if size > MAX_INFLATED_BYTES:
            self.refuse("inflates", limit=MAX_INFLATED_BYTES // 2**20)

    def inspect_part(self, package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
        """Inflate a part in steps (declared sizes can lie) and walk it once, as far as it is XML."""
        walker = Walker(self.tally, part.filename, part.file_size)
        size = 0
        with package.open(part) as stream:
            while chunk := stream.read(2**20):
                size += len(chunk)
                self.inflated += len(chunk)
                self.weigh_all(self.inflated)
                self.weigh_part(part, size)
                walker.feed(chunk)
        walker.feed(b"", final=True)
        self.tally.boxes += walker.bottom * walker.right
