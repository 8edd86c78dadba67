"""Compound files (MS-CFB, version 3): the small file system that a VBA project is stored in.

As much as a VBA project needs: storages and streams, up to 109 sectors of allocation table (7 MB).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Union

#: what a storage holds: streams (bytes) and storages, by name
Storage = dict[str, Union[bytes, "Storage"]]

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SECTOR, MINI_SECTOR, MINI_LIMIT, ENTRY = 512, 64, 4096, 128
FREE, END, ALLOCATION = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
#: sectors of the allocation table that the header has room for
HEADER_SECTORS = 109
STORAGE, STREAM, ROOT = 1, 2, 5


def read_compound(data: bytes) -> Storage:
    """Return the streams and storages of a compound file; ValueError for what is not one (of version 3)."""
    if data[:8] != SIGNATURE or struct.unpack_from("<H", data, 30)[0] != 9:
        raise ValueError("not a compound file of version 3")
    directory, mini_start = (struct.unpack_from("<I", data, place)[0] for place in (48, 60))
    table: list[int] = []
    for sector in struct.unpack_from(f"<{HEADER_SECTORS}I", data, 76):
        if sector != FREE:
            table.extend(struct.unpack_from(f"<{SECTOR // 4}I", data, SECTOR * (sector + 1)))

    def chain(start: int) -> bytes:
        found = bytearray()
        while start < ALLOCATION:
            found += data[SECTOR * (start + 1) : SECTOR * (start + 2)]
            start = table[start]
        return bytes(found)

    entries = [struct.unpack_from("<64sHBBIII36xIQ", chunk) for chunk in _pieces(chain(directory), ENTRY)]
    mini_table = [one for (one,) in struct.iter_unpack("<I", chain(mini_start))]
    mini = chain(entries[0][7])

    def stream(start: int, size: int) -> bytes:
        if size >= MINI_LIMIT:
            return chain(start)[:size]
        found = bytearray()
        while start < ALLOCATION and size:
            found += mini[MINI_SECTOR * start : MINI_SECTOR * (start + 1)]
            start = mini_table[start]
        return bytes(found[:size])

    def storage(number: int) -> Storage:
        found: Storage = {}
        waiting = [number]
        while waiting:
            number = waiting.pop()
            if number != FREE:
                name, length, kind, _, left, right, child, start, size = entries[number]
                waiting += [left, right]
                said = name[: length - 2].decode("utf-16-le")
                found[said] = storage(child) if kind == STORAGE else stream(start, size)
        return found

    return storage(entries[0][6])


@dataclass
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    left: int = FREE
    right: int = FREE
    child: int = FREE
    start: int = 0
    size: int = 0

    def packed(self) -> bytes:
        name = (self.name + "\0").encode("utf-16-le")
        black = 1
        return struct.pack(
            "<64sHBBIII36xIQ",
            name,
            len(name),
            self.kind,
            black,
            self.left,
            self.right,
            self.child,
            self.start,
            self.size,
        )


@dataclass
class _Writer:
    sectors: list[bytes] = field(default_factory=list)
    table: list[int] = field(default_factory=list)
    entries: list[_Entry] = field(default_factory=list)

    def put(self, data: bytes) -> int:
        """Append data as a chain of sectors and return its first."""
        if not data:
            return END
        start = len(self.sectors)
        for piece in _pieces(data, SECTOR):
            self.sectors.append(piece.ljust(SECTOR, b"\0"))
            self.table.append(len(self.sectors))
        self.table[-1] = END
        return start

    def add(self, storage: Storage) -> int:
        """Enter what a storage holds as a balanced tree and return its top."""
        placed = []
        # the order that readers search in: shorter names first
        for name in sorted(storage, key=lambda one: (len(one), one.upper())):
            held = storage[name]
            entry = _Entry(name, STREAM, held) if isinstance(held, bytes) else _Entry(name, STORAGE)
            self.entries.append(entry)
            placed.append(len(self.entries) - 1)
            if not isinstance(held, bytes):
                entry.child = self.add(held)
        return self.balance(placed)

    def balance(self, placed: list[int]) -> int:
        if not placed:
            return FREE
        middle = len(placed) // 2
        entry = self.entries[placed[middle]]
        entry.left, entry.right = self.balance(placed[:middle]), self.balance(placed[middle + 1 :])
        return placed[middle]

    def store(self) -> tuple[int, int]:
        """Place the data of every stream; return the first sector and the number of sectors of the mini table."""
        root, mini = self.entries[0], bytearray()
        mini_table: list[int] = []
        for entry in self.entries:
            if entry.kind == STREAM:
                entry.size = len(entry.data)
                if not entry.data:
                    entry.start = END
                elif entry.size >= MINI_LIMIT:
                    entry.start = self.put(entry.data)
                else:
                    entry.start = len(mini_table)
                    count = -(-entry.size // MINI_SECTOR)
                    mini_table += [*range(entry.start + 1, entry.start + count), END]
                    mini += entry.data.ljust(count * MINI_SECTOR, b"\0")
        root.start, root.size = self.put(bytes(mini)), len(mini)
        packed = struct.pack(f"<{len(mini_table)}I", *mini_table)
        count = -(-len(packed) // SECTOR)
        return self.put(packed.ljust(count * SECTOR, b"\xff")), count


def write_compound(storage: Storage) -> bytes:
    """Return a compound file with these streams and storages, the same bytes each time."""
    writer = _Writer(entries=[_Entry("Root Entry", ROOT)])
    writer.entries[0].child = writer.add(storage)
    mini_start, mini_count = writer.store()
    directory = b"".join(entry.packed() for entry in writer.entries)
    unused = struct.pack("<64sHBBIII36xIQ", b"", 0, 0, 0, FREE, FREE, FREE, 0, 0)
    while len(directory) % SECTOR:
        directory += unused
    directory_start = writer.put(directory)
    count = 1
    while count * SECTOR // 4 < len(writer.sectors) + count:
        count += 1
    if count > HEADER_SECTORS:
        raise ValueError("too large for a compound file of this writer")
    own = range(len(writer.sectors), len(writer.sectors) + count)
    table = [*writer.table, *[ALLOCATION] * count]
    table += [FREE] * (count * SECTOR // 4 - len(table))
    header = SIGNATURE + b"\0" * 16 + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, count, directory_start, 0, MINI_LIMIT, mini_start, mini_count, END, 0)
    header += struct.pack(f"<{HEADER_SECTORS}I", *own, *[FREE] * (HEADER_SECTORS - count))
    return header + b"".join(writer.sectors) + struct.pack(f"<{len(table)}I", *table)


def _pieces(data: bytes, size: int) -> list[bytes]:
    return [data[place : place + size] for place in range(0, len(data), size)]
