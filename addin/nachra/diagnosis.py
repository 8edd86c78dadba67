"""Why a reader failed: the first cell of the workbook that could not be understood, looked for only after a failure."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

from nachra.errors import UnreadableError

#: a number as Open XML writes it (xsd:double); Python's float() would take "1_000", "nan" and Arabic digits as well
_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)
#: beyond this Excel (9.99E+307) and the readers part ways
LARGEST = 1e300
_CUT = 40


def explain(path: str, package: bytes, reason: str) -> UnreadableError:
    """Return the error that says where a workbook cannot be read, or only that it cannot."""
    return find_fault(path, package) or UnreadableError("unreadable", path=path, reason=reason)


def find_fault(path: str, package: bytes) -> UnreadableError | None:
    """Return an error for the first cell that is not as Open XML has it, None where all are; it never fails itself."""
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as parts:
            return next(_faults(path, parts), None)
    except Exception:  # the workbook is broken elsewhere, as its reader says
        return None


def _faults(path: str, parts: zipfile.ZipFile) -> Iterator[UnreadableError]:
    texts = sum(_count(parts, name, "si") for name in parts.namelist() if name.casefold().endswith("strings.xml"))
    styles = _count(parts, "xl/styles.xml", "xf", "cellXfs")
    for title, part in _sheets(parts):
        if part not in parts.namelist():
            yield UnreadableError("sheet_lost", path=path, sheet=title)
            continue
        with parts.open(part) as stream:
            for _, element in ElementTree.iterparse(stream):
                if _name(element) == "c" and (fault := _fault(element, texts, styles)):
                    code, value = fault
                    cell = element.get("r", "")
                    yield UnreadableError(code, path=path, sheet=title, cell=cell, value=value[:_CUT])
                if _name(element) == "row":
                    element.clear()


def _fault(cell: ElementTree.Element, texts: int, styles: int) -> tuple[str, str] | None:
    kind, style = cell.get("t", "n"), cell.get("s", "0")
    value = next((child.text or "" for child in cell if _name(child) == "v"), "")
    if not _is_index(style, max(styles, 1)):
        return "cell_reference", f"s={style}"
    if value and kind == "s" and not _is_index(value, texts):
        return "cell_reference", value
    if value and kind == "n" and not _NUMBER.fullmatch(value):
        return "cell_number", value
    if value and kind == "n" and not abs(float(value)) < LARGEST:
        return "not_finite", value
    if value and kind == "b" and value.strip() not in ("0", "1"):
        return "cell_number", value
    return None


def _is_index(written: str, count: int) -> bool:
    written = written.strip(" \t\r\n")  # Open XML allows them around a number, and calamine stumbles over them
    return written.isascii() and written.isdecimal() and len(written) < 10 and int(written) < count


def _name(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _count(parts: zipfile.ZipFile, part: str, name: str, inside: str = "") -> int:
    if part not in parts.namelist():
        return 0
    root = ElementTree.fromstring(parts.read(part))
    scopes = [one for one in root.iter() if _name(one) == inside] if inside else [root]
    return sum(_name(child) == name for scope in scopes for child in scope)


def _sheets(parts: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield each sheet's title and the part it stands in."""
    book = next(name for name in parts.namelist() if re.search(r"workbook\d*\.xml$", name.casefold()))
    folder, name = posixpath.split(book)
    links = ElementTree.fromstring(parts.read(f"{folder}/_rels/{name}.rels"))
    targets = {one.get("Id"): one.get("Target", "") for one in links}
    for sheet in (one for one in ElementTree.fromstring(parts.read(book)).iter() if _name(one) == "sheet"):
        key = next((value for attribute, value in sheet.items() if attribute.endswith("}id")), "")
        target = posixpath.normpath(posixpath.join("/" + folder, targets.get(key, ""))).lstrip("/")
        yield sheet.get("name", ""), target
