"""A streaming walk over one part of a package: what it holds is counted before any reader builds it.

What counts is what a part holds, not where it stands: relationships may call any part a sheet.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from typing import NoReturn
from urllib.parse import unquote
from xml.parsers import expat

from nachra.limits import (
    MAX_ATTRIBUTES,
    MAX_BOX_CELLS,
    MAX_CELL_TEXT,
    MAX_CELLS,
    MAX_DEPTH,
    MAX_FORMAT_LENGTH,
    MAX_FORMULA,
    MAX_MERGED_CELLS,
    MAX_OTHER_ELEMENTS,
    MAX_PRINT_AREAS_LENGTH,
    MAX_SHARED_FORMULAS,
    MAX_SHEETS,
    MAX_TEXT_ELEMENTS,
    Outside,
    Tally,
)

#: one tag or comment of XML: expat before 2.6 starts it again with each chunk, in quadratic time
MAX_TOKEN_BYTES = 2**20
#: the same in a picture, whose attributes hold whole images
MAX_PICTURE_TOKEN_BYTES = 2**24

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
#: without these no reader sees cells or strings; only parts named as XML may hold them
_SHEET_WORDS = (b"sheetData", b"uniqueCount")
#: elements by which a part that is not named as XML gives itself away
_TELLING = {"sheetData", "row", "c", "mergeCell", "hyperlink", "comment", "sst", "sheet", "Relationship", "definedName"}
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
#: what a workbook is made of: none of it may be fetched from elsewhere
_OWN = {"officeDocument", "worksheet", "chartsheet", "dialogsheet", "sharedStrings", "styles", "theme", "table"}
_MACROS = {"vbaProject", "xlMacrosheet", "xlIntlMacrosheet"}
_EMBEDDED = {"oleObject", "package", "control"}
#: the part of texts: they cost a reader less than the rest
_TEXT_TAGS = {"si", "is", "t", "r", "rPr", "rPh", "phoneticPr"}
#: kinds of cells whose text stands in the sheet
_IN_PLACE = {"inlineStr", "str"}
_FONT_TAGS = {"b", "i", "sz", "color", "rFont", "family", "charset", "scheme", "u", "vertAlign", "strike"}


def cell_position(reference: str) -> tuple[int, int] | None:
    """Return (row, column), counted from 1, of an address like "C24"; None where it is not one."""
    match = _ADDRESS.fullmatch(reference)
    if not match:
        return None
    column, row = _COLUMNS.get(match[1]) or _column(match[1]), int(match[2])
    return (row, column) if column <= LAST_COLUMN and 0 < row <= LAST_ROW else None


_COLUMNS: dict[str, int] = {}
_LETTERS: dict[int, str] = {}


def _letters(column: int) -> str:
    """Return the letters of a column counted from 1, kept from one call to the next."""
    found = _LETTERS.get(column)
    if found is None:
        left, found = column, ""
        while left:
            left, rest = divmod(left - 1, 26)
            found = chr(65 + rest) + found
        _LETTERS[column] = found
    return found


def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    _COLUMNS[letters] = column
    return column


def _leaves(folder: str, target: str) -> bool:
    """Tell whether a path climbs out of the package, on its way or for good."""
    depth = 0
    for step in (target if target.startswith("/") else f"{folder}/{target}").split("/"):
        depth += {"": 0, ".": 0, "..": -1}.get(step, 1)
        if depth < 0:
            return True
    return False


class Walker:
    """One walk over one part, fed in steps; parts not named as XML (pictures, settings) may be anything but a sheet."""

    def __init__(self, tally: Tally, part: str, size: int):
        self.tally = tally
        self.part = part
        self.size = size
        self.is_xml = part.casefold().endswith((".xml", ".rels"))
        self.is_sheet = self.is_strings = False
        self.opened = self.fed = self.print_areas = self.pending = 0
        self.row = self.column = self.bottom = self.right = 0
        self.formula = self.digits = ""
        self.kind: str | None = None
        self.tail = b""
        #: a list's own append costs a tenth of a method
        self.closed: list[str] = []
        self.seen: set[int] = set()
        self.names: set[str] = set()
        self.masters: dict[str, int] = {}
        self.watches: dict[str, Callable[[dict[str, str]], object] | None] = {}
        self.parser: expat.XMLParserType | None = self.parser_of()

    def parser_of(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self.doctype
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.closed.append
        return parser

    def refuse(self, code: str, **params: str | int) -> NoReturn:
        self.tally.refuse(code, part=self.part, **params)

    def feed(self, chunk: bytes, final: bool = False) -> None:
        """Walk on; RefusedError for whatever is not as it should be."""
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
        self.opened -= len(self.closed)
        self.closed.clear()
        if self.fed - self.parser.CurrentByteIndex > (MAX_TOKEN_BYTES if self.is_xml else MAX_PICTURE_TOKEN_BYTES):
            self.refuse("bomb")

    def listen(self, handler: Callable[[str], object] | None) -> None:
        """Hear the text that follows."""
        self.pending = 0
        if self.parser is not None:
            self.parser.CharacterDataHandler = handler

    def doctype(self, *_: object) -> None:
        self.refuse("doctype")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.opened += 1
        if self.opened > MAX_DEPTH and self.opened - len(self.closed) > MAX_DEPTH:
            self.refuse("too_deep")
        try:
            watch = self.watches[tag]
        except KeyError:
            watch = self.watches[tag] = self.watch(tag.rpartition(" ")[2])
        if watch is not None:
            watch(attributes)
        if len(attributes) > MAX_ATTRIBUTES:
            self.refuse("too_many_attributes", line=self.line)

    def watch(self, name: str) -> Callable[[dict[str, str]], object] | None:
        """Return what to do where an element of that name starts, whatever its namespace."""
        watch = getattr(self, f"start_{name}", None)
        if not self.is_xml:
            # some applications keep other XML under other names (VML, SVG): no reader looks at it
            return self.misplaced if name in _TELLING else None
        if watch is None and name != "v":
            watch = self.count_text if name in _TEXT_TAGS or name in _FONT_TAGS else self.count_other
        return watch

    def misplaced(self, _attributes: dict[str, str]) -> None:
        self.refuse("damaged_xml", line=1)

    def count_text(self, _attributes: dict[str, str]) -> None:
        self.tally.texts += 1
        if self.tally.texts > MAX_TEXT_ELEMENTS:
            self.refuse("too_many_elements", limit=MAX_TEXT_ELEMENTS)

    def count_other(self, _attributes: dict[str, str]) -> None:
        if self.kind is not None:  # the cells are behind us: what follows is no text of theirs
            self.kind = None
            self.listen(None)
        self.tally.others += 1
        if self.tally.others > MAX_OTHER_ELEMENTS:
            self.refuse("too_many_elements", limit=MAX_OTHER_ELEMENTS)

    # --- cells ----------------------------------------------------------------------------------------

    def start_sheetData(self, _attributes: dict[str, str]) -> None:
        self.is_sheet = True

    def start_row(self, attributes: dict[str, str]) -> None:
        self.is_sheet = True
        self.tally.cells += 1
        self.count_cell()
        # an address may be left out: it is then the next one
        self.row, self.column = self.position("A" + attributes["r"])[0] if "r" in attributes else self.row + 1, 0
        self.digits = str(self.row)

    def start_c(self, attributes: dict[str, str]) -> None:
        if not self.is_sheet:  # the calculation chain has elements of that name too
            self.count_text(attributes)
            return
        tally = self.tally
        tally.cells += 1
        if tally.cells > MAX_CELLS:
            self.count_cell()
        reference = attributes.get("r")
        column = self.column + 1
        if reference is not None and reference != _letters(column) + self.digits:
            self.row, column = self.position(reference)
            self.digits = str(self.row)
        elif column > LAST_COLUMN:
            self.refuse("damaged_xml", line=self.line)
        self.column = column
        place = self.row * LAST_COLUMN + column
        if place in self.seen:
            self.refuse("duplicate_cell", reference=reference or f"{self.row}:{column}")
        self.seen.add(place)
        if self.row > self.bottom or column > self.right:
            self.bottom, self.right = max(self.bottom, self.row), max(self.right, column)
            if tally.boxes + self.bottom * self.right > MAX_BOX_CELLS:
                self.refuse("box", reference=reference or f"{self.row}:{column}")
        style = attributes.get("s")
        if style is not None and not (style.isdecimal() and style.isascii()):
            self.refuse("damaged_xml", line=self.line)  # Python would count from the end
        kind = attributes.get("t")
        if kind == "s":
            tally.showing += 1
        if kind != self.kind or kind in _IN_PLACE:
            self.kind = kind
            self.listen(self.show if kind == "s" else self.hear if kind in _IN_PLACE else None)

    def count_cell(self) -> None:
        if self.tally.cells > MAX_CELLS:
            self.refuse("too_many_cells", limit=MAX_CELLS)

    def show(self, number: str) -> None:
        if number := number.strip():
            self.tally.shown[number] += 1
            if number[0] == "-" and number[1:].isdecimal():  # Python would count from the end
                self.refuse("damaged_xml", line=self.line)

    def hear(self, text: str) -> None:
        self.tally.text += len(text)
        self.pending += len(text)
        if self.pending > MAX_CELL_TEXT + MAX_FORMULA:  # both stand in the cell
            self.refuse("long_text", limit=MAX_CELL_TEXT)

    def start_f(self, attributes: dict[str, str]) -> None:
        """Count what a shared formula becomes: the longest text under its number, for each cell that names it."""
        self.formula = attributes.get("si", "")
        if attributes.get("t") == "shared":
            self.tally.formulas += self.masters.get(self.formula, 0)
            if self.tally.formulas > MAX_SHARED_FORMULAS:
                self.refuse("shared_formulas")
            self.kind = "f"
            self.listen(self.measure_formula)

    def measure_formula(self, text: str) -> None:
        self.pending += len(text)
        self.masters[self.formula] = max(self.masters.get(self.formula, 0), self.pending)
        if self.pending > MAX_FORMULA + MAX_CELL_TEXT:
            self.refuse("long_text", limit=MAX_FORMULA)

    def start_area(self, attributes: dict[str, str]) -> None:
        self.count_other(attributes)
        if "ref" in attributes:
            ends = [self.position(end) for end in attributes["ref"].replace("$", "").split(":")]
            (top, left), (bottom, right) = ends[0], ends[-1]
            self.tally.merged += (abs(bottom - top) + 1) * (abs(right - left) + 1)
            if self.tally.merged > MAX_MERGED_CELLS:
                self.refuse("merged_area", reference=attributes["ref"])

    start_mergeCell = start_hyperlink = start_comment = start_area

    # --- texts and formats ----------------------------------------------------------------------------

    def start_sst(self, attributes: dict[str, str]) -> None:
        # calamine allocates as many as are announced; the shortest takes five bytes
        counts = [attributes.get(name, "0") for name in ("count", "uniqueCount")]
        if any(not count.isdecimal() or int(count[:20]) > MAX_CELLS for count in counts):
            self.refuse("too_many_cells", limit=MAX_CELLS)
        if int(counts[1]) > self.size // 5:
            self.refuse("false_count", count=int(counts[1]))
        if self.tally.lengths:
            self.refuse("duplicate_part")
        self.is_strings = True

    def start_si(self, attributes: dict[str, str]) -> None:
        self.count_text(attributes)
        if self.is_strings:
            self.tally.lengths.append(0)
            self.listen(self.measure_text)

    def measure_text(self, text: str) -> None:
        self.tally.lengths[-1] += len(text)
        if self.tally.lengths[-1] > MAX_CELL_TEXT:
            self.refuse("long_text", limit=MAX_CELL_TEXT)

    def start_numFmt(self, attributes: dict[str, str]) -> None:
        self.count_other(attributes)
        if len(attributes.get("formatCode", "")) > MAX_FORMAT_LENGTH:
            self.refuse("damaged_xml", line=self.line)

    def start_definedName(self, attributes: dict[str, str]) -> None:
        self.count_other(attributes)
        self.listen(self.measure_name if attributes.get("name", "").startswith("_xlnm.") else None)

    def measure_name(self, text: str) -> None:
        self.print_areas += len(text)
        if self.print_areas > MAX_PRINT_AREAS_LENGTH:
            self.refuse("damaged_xml", line=self.line)

    # --- what leads elsewhere -------------------------------------------------------------------------

    def start_sheet(self, attributes: dict[str, str]) -> None:
        self.count_other(attributes)
        self.use(attributes.get(f"{_RELATION} id", ""))

    def use(self, sheet: str) -> None:
        """Count a sheet; one part shown as many sheets would be read as often."""
        if sheet and sheet in self.names:
            self.tally.refuse("duplicate_part", part=sheet)
        self.names.add(sheet)
        if len(self.names) > MAX_SHEETS:
            self.refuse("too_many_sheets", limit=MAX_SHEETS)

    def start_Relationship(self, attributes: dict[str, str]) -> None:
        self.count_other(attributes)
        kind, target = attributes.get("Type", "").rpartition("/")[2], attributes.get("Target", "")
        key = f"{attributes.get('Id', '')} "
        if key in self.names:
            self.refuse("relation_twice", reference=key.strip())
        self.names.add(key)
        if attributes.get("TargetMode") == "External" or kind == "externalLinkPath":
            if kind in _OWN:
                self.tally.refuse("part_outside", part=target)
            if kind != "hyperlink":
                self.tally.outside.append(Outside("image" if kind == "image" else "link", target))
            return
        folder = posixpath.dirname(posixpath.dirname(self.part.replace("\\", "/")))
        if _leaves(folder, target) or _leaves(folder, unquote(target).replace("\\", "/")):
            self.tally.refuse("part_outside", part=target)
        self.tally.has_macros |= kind in _MACROS
        self.tally.embedded += kind in _EMBEDDED
        if kind == "worksheet":
            self.use(target.rpartition("/")[2].casefold())

    def start_Override(self, attributes: dict[str, str]) -> None:
        self.count_other(attributes)
        kind = attributes.get("ContentType", "").casefold()
        self.tally.has_macros |= "vbaproject" in kind or "macrosheet" in kind

    def start_ddeLink(self, attributes: dict[str, str]) -> None:
        self.count_other(attributes)
        topic = "|".join(attributes.get(name, "") for name in ("ddeService", "ddeTopic"))
        self.tally.outside.append(Outside("dde", topic))

    def start_connection(self, attributes: dict[str, str]) -> None:
        self.count_other(attributes)
        self.tally.outside.append(Outside("connection", attributes.get("name", "")))

    @property
    def line(self) -> int:
        return self.parser.CurrentLineNumber if self.parser else 1

    def position(self, reference: str) -> tuple[int, int]:
        """Return the (row, column) of an address; readers do not agree on what else may stand there."""
        position = cell_position(reference)
        if position is None:
            self.refuse("damaged_xml", line=self.line)
        return position
