"""The few things every reader of a part needs: its root, names without namespaces, truth values, what it leads to.

Call it on admitted bytes only: the guard has refused DOCTYPEs, bombs and double parts.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from xml.etree import ElementTree

Parts = dict[str, bytes]
Element = ElementTree.Element


def read_parts(data: bytes) -> Parts:
    """Return a package's parts by name, in the order they stand in."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {info.filename: package.read(info) for info in package.infolist()}


def root(data: bytes) -> Element:
    """Return the root of a part."""
    return ElementTree.XML(data)


def name(element: Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def child(element: Element | None, *path: str) -> Element | None:
    """Return the first child of that name, then its own, and so on; None where one is missing."""
    for step in path:
        if element is None:
            return None
        element = next((one for one in element if name(one) == step), None)
    return element


def every(element: Element, wanted: str) -> list[Element]:
    """Return every descendant of that name, in document order."""
    return [one for one in element.iter() if name(one) == wanted]


def attribute(element: Element | None, wanted: str, default: str = "") -> str:
    """Return an attribute by its name without namespace (r:id → id)."""
    if element is None:
        return default
    if wanted in element.attrib:
        return element.attrib[wanted]
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == wanted), default)


def is_true(value: str) -> bool:
    """Read a truth value as XML Schema writes it."""
    return value in ("1", "true", "on")


def related(parts: Parts, part: str) -> dict[str, tuple[str, str]]:
    """Return what a part leads to: (kind, target) by id; a target outside the package keeps its own spelling."""
    folder, base = posixpath.split(part)
    data = parts.get(posixpath.join(folder, "_rels", f"{base}.rels"))
    found: dict[str, tuple[str, str]] = {}
    for one in root(data) if data else ():
        kind, target = attribute(one, "Type").rpartition("/")[2], attribute(one, "Target")
        if attribute(one, "TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
        found[attribute(one, "Id")] = (kind, target)
    return found


def texts(element: Element | None, wanted: str = "t") -> str:
    """Return the texts of all descendants of a name, joined."""
    return "".join(one.text or "" for one in every(element, wanted)) if element is not None else ""
