"""A VBA project as source text: read from a vbaProject.bin and written to one (MS-OVBA), without Excel.

Only the source is kept, as in the files that xlwings ships: Excel compiles it when it opens the workbook.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from nachra.addins.compound import Storage, read_compound, write_compound

CHUNK = 4096
#: a `_VBA_PROJECT` stream that says "nothing is compiled" (MS-OVBA 2.3.4.1)
NOT_COMPILED = bytes.fromhex("cc61ffff000000")
#: records of the stream "dir" (MS-OVBA 2.3.4.2)
CODEPAGE, PROJECT_NAME, VERSION = 0x03, 0x04, 0x09
MODULES, COOKIE, DIR_END = 0x0F, 0x13, 0x10
NAME, NAME_WIDE, STREAM_NAME, STREAM_WIDE = 0x19, 0x47, 0x1A, 0x32
DOC, DOC_WIDE, OFFSET, HELP, MODULE_COOKIE = 0x1C, 0x48, 0x31, 0x1E, 0x2C
PROCEDURAL, CLASS, MODULE_END = 0x21, 0x22, 0x2B


class Kind(StrEnum):
    """What a module is; the value is the word that the stream "PROJECT" uses for it."""

    DOCUMENT = "Document"
    CLASS = "Class"
    STANDARD = "Module"


@dataclass
class Module:
    """A module: its kind and its source, with the attributes that the editor hides."""

    kind: Kind
    source: str


@dataclass
class Project:
    """A VBA project; `header` (records of "dir" before the modules) and `properties` are kept as found."""

    header: list[tuple[int, bytes]]
    properties: dict[str, str]
    codepage: str
    modules: dict[str, Module] = field(default_factory=dict)

    def rename(self, name: str) -> None:
        self.header = [(record, name.encode() if record == PROJECT_NAME else body) for record, body in self.header]
        self.properties["Name"] = f'"{name}"'

    def add(self, name: str, source: str, kind: Kind = Kind.STANDARD) -> None:
        """Add or replace a module; UnicodeEncodeError for a character that VBA source cannot hold."""
        text = "\r\n".join([f'Attribute VB_Name = "{name}"', *source.strip("\n").splitlines(), ""])
        text.encode(self.codepage)
        self.modules[name] = Module(kind, text)


# --- compression (MS-OVBA 2.4.1) --------------------------------------------------------------------


def _offset_bits(position: int) -> int:
    """How many of a copy token's 16 bits say how far back, at a position in a chunk."""
    return max((position - 1).bit_length(), 4)


def compress(data: bytes) -> bytes:
    """Return a compressed container."""
    packed = bytearray(b"\x01")
    for start in range(0, len(data), CHUNK):
        chunk = data[start : start + CHUNK]
        body = _compressed(chunk)
        if len(body) > CHUNK:
            packed += struct.pack("<H", 0x3FFF) + chunk.ljust(CHUNK, b"\0")
        else:
            packed += struct.pack("<H", 0xB000 | (len(body) - 1)) + body
    return bytes(packed)


def _compressed(chunk: bytes) -> bytes:
    body = bytearray()
    seen: dict[bytes, list[int]] = {}
    place = 0
    while place < len(chunk):
        flags = len(body)
        body.append(0)
        for bit in range(8):
            if place >= len(chunk):
                break
            length, back = _longest(chunk, place, seen)
            if length:
                bits = _offset_bits(place)
                body += struct.pack("<H", (back - 1) << (16 - bits) | (length - 3))
                body[flags] |= 1 << bit
            else:
                body.append(chunk[place])
            for passed in range(place, place + max(length, 1)):
                seen.setdefault(chunk[passed : passed + 3], []).append(passed)
            place += max(length, 1)
    return bytes(body)


def _longest(chunk: bytes, place: int, seen: dict[bytes, list[int]]) -> tuple[int, int]:
    """Return (length, distance) of the longest earlier run that goes on here, (0, 0) below 3 bytes."""
    limit = min((0xFFFF >> _offset_bits(place)) + 3, len(chunk) - place) if place else 0
    best = back = 0
    if limit >= 3:
        for earlier in reversed(seen.get(chunk[place : place + 3], [])[-64:]):
            length = 3
            while length < limit and chunk[earlier + length] == chunk[place + length]:
                length += 1
            if length > best:
                best, back = length, place - earlier
    return best, back


def decompress(data: bytes) -> bytes:
    """Return what a compressed container holds."""
    if data[:1] != b"\x01":
        raise ValueError("not a compressed container")
    found = bytearray()
    place = 1
    while place < len(data):
        (header,) = struct.unpack_from("<H", data, place)
        end = min(place + (header & 0xFFF) + 3, len(data))
        start = len(found)
        place += 2
        if not header & 0x8000:
            found += data[place : place + CHUNK]
            place += CHUNK
            continue
        while place < end:
            flags = data[place]
            place += 1
            for bit in range(8):
                if place >= end:
                    break
                if flags >> bit & 1:
                    (token,) = struct.unpack_from("<H", data, place)
                    place += 2
                    bits = _offset_bits(len(found) - start)
                    for _ in range((token & (0xFFFF >> bits)) + 3):
                        found.append(found[-1 - (token >> (16 - bits))])
                else:
                    found.append(data[place])
                    place += 1
    return bytes(found)


# --- projects ---------------------------------------------------------------------------------------


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place < len(data):
        record, size = struct.unpack_from("<HI", data, place)
        if record == VERSION:  # its size field is reserved, the record has 6 bytes
            size = 6
        yield record, data[place + 6 : place + 6 + size]
        place += 6 + size


def _record(record: int, body: bytes = b"") -> bytes:
    # the version's size field holds 4, whatever its size
    return struct.pack("<HI", record, 4 if record == VERSION else len(body)) + body


def read_project(data: bytes) -> Project:
    """Read a vbaProject.bin."""
    content = read_compound(data)
    vba = content["VBA"]
    assert isinstance(vba, dict)
    streams = {name: stream for name, stream in vba.items() if isinstance(stream, bytes)}
    header: list[tuple[int, bytes]] = []
    modules: list[dict[int, bytes]] = []
    codepage = "cp1252"
    for record, body in _records(decompress(streams["dir"])):
        if record == NAME:
            modules.append({})
        if record == CODEPAGE and not modules:
            codepage = f"cp{struct.unpack('<H', body)[0]}"
        if modules:
            modules[-1][record] = body
        elif record not in (MODULES, COOKIE):
            header.append((record, body))
    listing = content["PROJECT"]
    assert isinstance(listing, bytes)
    lines = [line.partition("=") for line in listing.decode(codepage).splitlines() if "=" in line]
    properties = {key: value for key, _, value in lines if value}
    documents = {value.partition("/")[0] for key, _, value in lines if key == Kind.DOCUMENT}
    project = Project(header, properties, codepage)
    for found in modules:
        name = found[NAME].decode(codepage)
        (offset,) = struct.unpack("<I", found[OFFSET])
        source = decompress(streams[found[STREAM_NAME].decode(codepage)][offset:]).decode(codepage)
        kind = Kind.DOCUMENT if name in documents else Kind.CLASS if CLASS in found else Kind.STANDARD
        project.modules[name] = Module(kind, source)
    return project


def write_project(project: Project) -> bytes:
    """Return a vbaProject.bin, the same bytes each time."""
    encoding = project.codepage
    listed = b"".join(_record(*one) for one in project.header)
    listed += _record(MODULES, struct.pack("<H", len(project.modules))) + _record(COOKIE, b"\xff\xff")
    streams: Storage = {"_VBA_PROJECT": NOT_COMPILED}
    names = b""
    for name, module in project.modules.items():
        narrow, wide = name.encode(encoding), name.encode("utf-16-le")
        listed += _record(NAME, narrow) + _record(NAME_WIDE, wide)
        listed += _record(STREAM_NAME, narrow) + _record(STREAM_WIDE, wide) + _record(DOC) + _record(DOC_WIDE)
        listed += _record(OFFSET, b"\0" * 4) + _record(HELP, b"\0" * 4) + _record(MODULE_COOKIE, b"\xff\xff")
        listed += _record(PROCEDURAL if module.kind is Kind.STANDARD else CLASS) + _record(MODULE_END)
        streams[name] = compress(module.source.encode(encoding))
        names += narrow + b"\0" + wide + b"\0\0"
    streams["dir"] = compress(listed + _record(DIR_END))
    return write_compound({"PROJECT": _listing(project).encode(encoding), "PROJECTwm": names + b"\0\0", "VBA": streams})


def _listing(project: Project) -> str:
    """The stream "PROJECT": what the editor shows (MS-OVBA 2.3.1)."""
    kept = project.properties
    lines = [f"ID={kept['ID']}"]
    for name, module in project.modules.items():
        lines.append(f"{module.kind}={name}" + ("/&H00000000" if module.kind is Kind.DOCUMENT else ""))
    lines += [
        f"{key}={kept[key]}"
        for key in ("Name", "HelpContextID", "VersionCompatible32", "CMG", "DPB", "GC")
        if key in kept
    ]
    lines += ["", "[Host Extender Info]", "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000", ""]
    lines += ["[Workspace]", *(f"{name}=0, 0, 0, 0, C" for name in project.modules), ""]
    return "\r\n".join(lines)


def without_name(source: str) -> str:
    """Return a module's source without its first line (VB_Name), which `Project.add` writes."""
    return re.sub(r'\AAttribute VB_Name = "[^"]*"\r?\n', "", source).replace("\r\n", "\n")
