"""Coverage-guided fuzzing of the guard, the grid, reading and checks: a FileError is an answer, anything else a find.

python tests/fuzz/fuzz_reading.py FOLDER [libFuzzer's options, such as -max_total_time=600]

An input is a package unpacked: each part is 0x1E, its name, 0x1F, its content; it is zipped before it is read, so that
mutations reach the XML instead of dying at a checksum. An input that starts with "PK" is read as it is. FOLDER
keeps what was found worth keeping; it is filled with seeds where it is empty. A crash, a file read for more than
20 seconds or with more than 1 GiB ends the run and leaves the input beside it.
"""

from __future__ import annotations

import io
import random
import re
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "addin"), str(ROOT / "tests")]

PART, CONTENT = b"\x1e", b"\x1f"
#: a larger seed makes every run slower and finds no more
MAX_SEED = 30_000
LIMITS = ("-timeout=20", "-rss_limit_mb=1024", "-max_len=40000")
#: parts that no reader looks at would only dilute the mutations
_DULL = re.compile(r"docProps/|theme|drawing|printerSettings|media|customXml|calcChain", re.IGNORECASE)
#: values that a mutation rarely makes by itself
VALUES = (
    *("", "0", "1", "-1", "7", "99", "1e308", "1E999", "nan", "INF", "1_000", "4294967295", "18446744073709551616"),
    *("A1", "a1", "$A$1", "A1:B2", "A1:XFD1048576", "XFD1048576", "A:A", "s", "str", "inlineStr", "b", "e", "d", "n"),
    *("shared", "array", "dataTable", "hidden", "veryHidden", "S!$A$1", "[1]S!A1", "#REF!", "#N/A", "2024*", "=1+1"),
    *("General", "0.0", "#,##0;[Red]-0", "yyyy", "[h]:mm", "&#10;", "&amp;", "&lt;", "_x000D_", "_xlnm.Print_Area"),
    *("\u202e", "\u0663", "x" * 300, "../../x", "/xl/workbook.xml", "External", "worksheet", "2025-99-99T00:00:00Z"),
)
_VALUE = re.compile(rb"\"[^\"<>]*\"|(?<=>)[^<>]+(?=<)")
_ELEMENT = re.compile(rb"<([\w:]+)[^<>]*(?:/>|>[^\x1e]{0,400}?</\1>)")


def pack(data: bytes) -> bytes:
    """Return the package that an input stands for."""
    if data.startswith(b"PK"):
        return data
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        names = set()
        for part in data.split(PART)[1:]:
            name, _, content = part.partition(CONTENT)
            spelled = name.decode("utf-8", "replace")[:200]
            if spelled not in names:  # the guard has a test for that of its own
                names.add(spelled)
                package.writestr(zipfile.ZipInfo(spelled), content)
    return target.getvalue()


def unpack(data: bytes) -> bytes:
    """Return the input that stands for a package."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        names = [name for name in package.namelist() if not _DULL.search(name)]
        return b"".join(PART + name.encode() + CONTENT + package.read(name) for name in names)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Change a value, or repeat, drop or move an element: what was well-formed stays so."""
    values, elements = list(_VALUE.finditer(data)), list(_ELEMENT.finditer(data))
    if values and chance.random() < 0.6:
        found, value = chance.choice(values), chance.choice(VALUES).encode()
        new = b'"%s"' % value if found[0].startswith(b'"') else value
        return data[: found.start()] + new + data[found.end() :]
    if not elements:
        return data
    found, other = chance.choice(elements), chance.choice(elements)
    match chance.randrange(3):
        case 0:
            return data[: found.end()] + found[0] + data[found.end() :]
        case 1:
            return data[: found.start()] + data[found.end() :]
        case _:
            return data[: found.start()] + other[0] + data[found.end() :]


def seeds() -> Iterable[tuple[str, bytes]]:
    """Yield small workbooks of every kind that is at hand: the samples, the hostile ones, those of the corpus."""
    from hostile import HOSTILE_FILES

    for name, case in HOSTILE_FILES.items():
        if not case.heavy:
            yield name, case.make()
    for folder in (ROOT / "workbooks" / "releases", ROOT.parent / "shared" / "corpus"):
        for path in sorted(folder.glob("*.xls[xm]")):
            yield path.name, path.read_bytes()


def fill(folder: Path) -> None:
    """Put the seeds into an empty folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        return
    for place, (_, data) in enumerate(seeds()):
        try:
            unpacked = unpack(data)
        except Exception:  # a hostile archive that zipfile itself refuses: it is its own seed
            unpacked = data
        if len(unpacked) <= MAX_SEED:
            (folder / f"seed-{place:04}").write_bytes(unpacked)


def main() -> None:
    import atheris

    with atheris.instrument_imports(include=["nachra", "openpyxl"]):
        import openpyxl  # noqa: F401

        from nachra.checks import check
        from nachra.errors import FileError
        from nachra.grid import read_grid
        from nachra.guard import admit_bytes
        from nachra.layouts import load_layouts
        from nachra.reading import read_from_grid

    layouts = load_layouts()

    def read(data: bytes) -> None:
        try:
            check(read_from_grid(read_grid(admit_bytes("fuzz.xlsx", pack(data))), layouts))
        except FileError as error:
            assert error.message("fr") and error.code != "internal"

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.random() < 0.2:
            return bytes(atheris.Mutate(data, max_size))
        for _ in range(chance.choice((1, 1, 2, 4))):
            data = mutated(data, chance)
        return data[:max_size]

    fill(Path(sys.argv[1]))
    atheris.Setup([sys.argv[0], *LIMITS, *sys.argv[1:]], read, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
