"""Parts of a workbook changed in place: what is not changed keeps its bytes.

Written by hand because openpyxl and ElementTree write a part anew (prefixes, order, loss of what they do not know),
and a regular expression mistakes comments and CDATA for elements. expat says where each element stands, and only
those bytes are replaced. Call it on admitted bytes only: the guard has refused DOCTYPEs, bombs and double parts.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape

_TAG = re.compile(rb"<(?:\"[^\"]*\"|'[^']*'|[^\"'>])*>")
UTF16 = (b"\xff\xfe", b"\xfe\xff")
#: a date for the parts we add: output must not depend on the clock
_DATE = (1980, 1, 1, 0, 0, 0)
STRICT = "http://purl.oclc.org/ooxml"
_TRANSITIONAL = "http://schemas.openxmlformats.org"
PACKAGE_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


@dataclass(slots=True, eq=False)
class Element:
    """An element and where its bytes stand; `text` is what follows its last child."""

    data: bytes
    tag: str
    attributes: dict[str, str]
    start: int
    parent: Element | None
    text: str = ""
    closed: int = 0
    children: list[Element] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name without its prefix."""
        return self.tag.rpartition(":")[2]

    @property
    def prefix(self) -> str:
        """The prefix with its colon, empty where there is none."""
        return self.tag[: -len(self.name)]

    @property
    def open_end(self) -> int:
        """Where the start tag ends."""
        found = _TAG.match(self.data, self.start)
        if found is None:
            raise ValueError(f"no tag at {self.start}")
        return found.end()

    @property
    def is_empty_tag(self) -> bool:
        return self.data[self.open_end - 2 : self.open_end] == b"/>"

    @property
    def end(self) -> int:
        """Where the element ends, its end tag included."""
        return self.open_end if self.is_empty_tag else self.data.index(b">", self.closed) + 1

    @property
    def open_tag(self) -> bytes:
        return self.data[self.start : self.open_end]

    def get(self, name: str, default: str = "") -> str:
        """Return an attribute by its name without prefix (r:id → id)."""
        return next((value for key, value in self.attributes.items() if key.rpartition(":")[2] == name), default)

    def find(self, name: str) -> Element | None:
        return next((child for child in self.children if child.name == name), None)


class Walker:
    """One walk over a part; subclasses say what to do where an element starts and ends."""

    def __init__(self, data: bytes):
        if data.startswith(UTF16):
            raise ValueError("UTF-16")
        self.data = data
        self.open: list[Element] = []
        self.texts: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self.texts.append

    def walk(self) -> None:
        self.parser.Parse(self.data, True)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        parent = self.open[-1] if self.open else None
        element = Element(self.data, tag, attributes, self.parser.CurrentByteIndex, parent)
        self.open.append(element)
        self.texts.clear()
        self.started(element)

    def _end(self, _tag: str) -> None:
        element = self.open.pop()
        element.closed = self.parser.CurrentByteIndex
        element.text = "".join(self.texts)
        self.texts.clear()
        self.ended(element)

    def started(self, element: Element) -> None:
        """Look at an element that starts; its text and its end are not known yet."""

    def ended(self, element: Element) -> None:
        """Look at an element that ends."""


class _Tree(Walker):
    root: Element

    def started(self, element: Element) -> None:
        if element.parent:
            element.parent.children.append(element)
        else:
            self.root = element


def tree(data: bytes) -> Element:
    """Return the root of a small part, with all that is in it."""
    walker = _Tree(data)
    walker.walk()
    return walker.root


@dataclass(slots=True)
class Edits:
    """Replacements to make in a part, by place."""

    data: bytes
    made: list[tuple[int, int, bytes]] = field(default_factory=list)

    def replace(self, start: int, end: int, xml: str | bytes = b"") -> None:
        # references instead of letters outside ASCII hold in every encoding that a part may declare
        self.made.append((start, end, xml if isinstance(xml, bytes) else xml.encode("ascii", "xmlcharrefreplace")))

    def append(self, element: Element, xml: str) -> None:
        """Insert XML as the last child of an element."""
        if element.is_empty_tag:
            opened = element.open_tag[:-2].rstrip() + b">"
            self.replace(element.start, element.end, opened.decode("latin-1") + xml + f"</{element.tag}>")
        else:
            self.replace(element.closed, element.closed, xml)

    def result(self) -> bytes:
        pieces, place = [], 0
        for start, end, new in sorted(self.made, key=lambda one: one[:2]):
            if start < place:
                raise ValueError("two edits of one place")
            pieces += [self.data[place:start], new]
            place = end
        return b"".join([*pieces, self.data[place:]])


@dataclass(frozen=True, slots=True)
class Relation:
    """A relationship of a part: its id, what kind, and the part it leads to (empty for what is outside)."""

    id: str
    kind: str
    target: str
    element: Element


class Package:
    """A workbook as a package of parts; `changed` and `removed` say what `written` writes otherwise."""

    def __init__(self, data: bytes):
        self.source = zipfile.ZipFile(io.BytesIO(data))
        self.names = {info.filename.casefold(): info.filename for info in self.source.infolist()}
        self.changed: dict[str, bytes] = {}
        self.removed: set[str] = set()

    def has(self, part: str) -> bool:
        return part in self.changed or (part.casefold() in self.names and part not in self.removed)

    def read(self, part: str) -> bytes:
        return self.changed[part] if part in self.changed else self.source.read(self.names[part.casefold()])

    def written(self) -> bytes:
        """Write the package: every part in its place, new ones last."""
        target = io.BytesIO()
        old = [info for info in self.source.infolist() if info.filename not in self.removed]
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
            for info in old:
                copy = zipfile.ZipInfo(info.filename, info.date_time)
                copy.external_attr = info.external_attr
                copy.compress_type = zipfile.ZIP_STORED if info.compress_type == 0 else zipfile.ZIP_DEFLATED
                content = self.changed.get(info.filename)
                package.writestr(copy, self.source.read(info) if content is None else content)
            for name, content in self.changed.items():
                if name.casefold() not in self.names:
                    new = zipfile.ZipInfo(name, _DATE)
                    new.compress_type = zipfile.ZIP_DEFLATED
                    package.writestr(new, content)
        return target.getvalue()

    def new_name(self, pattern: str) -> str:
        """Return the first name that no part has ("xl/comments{}.xml")."""
        count = 1
        while self.has(pattern.format(count)):
            count += 1
        return pattern.format(count)

    def change(self, part: str, data: bytes) -> None:
        self.changed[self.names.get(part.casefold(), part)] = data

    # --- relationships --------------------------------------------------------------------------------

    def relations(self, part: str) -> list[Relation]:
        """Return what a part leads to; "" is the package itself."""
        rels = _rels(part)
        if not self.has(rels):
            return []
        found = []
        for one in tree(self.read(rels)).children:
            target = "" if one.get("TargetMode") == "External" else one.get("Target")
            if target:
                target = posixpath.normpath(posixpath.join("/" + posixpath.dirname(part), target)).lstrip("/")
                target = self.names.get(target.casefold(), target)
            found.append(Relation(one.get("Id"), one.get("Type").rpartition("/")[2], target, one))
        return found

    def relate(self, part: str, kind: str, target: str, is_strict: bool = False) -> str:
        """Add a relationship and return its id."""
        rels = _rels(part)
        used = {one.id.casefold() for one in self.relations(part)}
        number = 1
        while f"rid{number}" in used:
            number += 1
        data = (
            self.read(rels)
            if self.has(rels)
            else f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            f'<Relationships xmlns="{PACKAGE_RELATIONS}"></Relationships>'.encode()
        )
        root = tree(data)
        edits = Edits(data)
        here = posixpath.relpath("/" + target, "/" + posixpath.dirname(part))
        edits.append(
            root,
            f'<{root.prefix}Relationship Id="rId{number}" Type="{relation_namespace(is_strict)}/{kind}" '
            f'Target="{here}"/>',
        )
        self.change(rels, edits.result())
        return f"rId{number}"

    def remove(self, owner: str, relation: Relation) -> None:
        """Remove a part, with the relationship that leads to it and its content type."""
        self.removed.add(relation.target)
        rels = _rels(owner)
        edits = Edits(self.read(rels))
        edits.replace(relation.element.start, relation.element.end)
        self.change(rels, edits.result())
        types = self._types()
        edits = Edits(types.data)
        for one in types.children:
            if one.get("PartName").casefold() == f"/{relation.target}".casefold():
                edits.replace(one.start, one.end)
        self.change("[Content_Types].xml", edits.result())

    # --- content types --------------------------------------------------------------------------------

    def _types(self) -> Element:
        return tree(self.read("[Content_Types].xml"))

    def declare(self, part: str, content_type: str, by_extension: bool = False) -> None:
        """State a part's content type; once for all parts of its extension where asked."""
        root = self._types()
        extension = part.rpartition(".")[2]
        known = [one.get("Extension").casefold() for one in root.children if one.name == "Default"]
        edits = Edits(root.data)
        if by_extension and extension in known:
            return
        if by_extension:
            what = f'{root.prefix}Default Extension="{extension}"'
            edits.replace(root.open_end, root.open_end, f'<{what} ContentType="{content_type}"/>')
        else:
            what = f'{root.prefix}Override PartName="/{escape(part)}"'
            edits.append(root, f'<{what} ContentType="{content_type}"/>')
        self.change("[Content_Types].xml", edits.result())


def _rels(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def relation_namespace(is_strict: bool) -> str:
    """Return the namespace of relationships in one of the two dialects."""
    return (
        f"{STRICT}/officeDocument/relationships" if is_strict else f"{_TRANSITIONAL}/officeDocument/2006/relationships"
    )


def main_namespace(is_strict: bool) -> str:
    """Return the namespace of spreadsheets in one of the two dialects."""
    return f"{STRICT}/spreadsheetml/main" if is_strict else f"{_TRANSITIONAL}/spreadsheetml/2006/main"
