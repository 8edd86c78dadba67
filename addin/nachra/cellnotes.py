"""Notes (classic comments) put on cells of a workbook at package level: the comments part and its drawing."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from nachra.grid import address
from nachra.parts import STRICT, Edits, Element, Package, main_namespace, relation_namespace, tree

_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_VML = 'xmlns:v="urn:schemas-microsoft-com:vml"'
_OFFICE = 'xmlns:o="urn:schemas-microsoft-com:office:office"'
_EXCEL = 'xmlns:x="urn:schemas-microsoft-com:office:excel"'
#: children of <worksheet> that stand before <legacyDrawing> (ECMA-376, CT_Worksheet)
_BEFORE_DRAWING = (
    "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection protectedRanges scenarios "
    "autoFilter sortState dataConsolidate customSheetViews mergeCells phoneticPr conditionalFormatting dataValidations "
    "hyperlinks printOptions pageMargins pageSetup headerFooter rowBreaks colBreaks customProperties cellWatches "
    "ignoredErrors smartTags drawing"
)
_SHAPE_TYPE = (
    f'<v:shapetype {_VML} {_OFFICE} id="_x0000_t202" coordsize="21600,21600" o:spt="202" '
    'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
    '<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
#: a drawing owns the shape numbers from 1024 times its own on
_BLOCK = 1024


def add_notes(
    package: Package, sheet: str, edits: Edits, top: list[Element], notes: dict[tuple[int, int], str], author: str
) -> None:
    """Put a note on each cell (row, column) of a sheet; where there is one, the text is added to it.

    `edits` are those of the sheet's own part, `top` its root and the root's children.
    """
    root, *children = top
    is_strict = STRICT in "".join(root.attributes.values())
    relations = {one.id: one for one in package.relations(sheet)}
    comments = next((one.target for one in relations.values() if one.kind == "comments"), "")
    if comments and package.has(comments):
        new = _into_comments(package, comments, notes, author)
    else:
        new = list(notes)
        comments = package.new_name("xl/comments{}.xml")
        package.change(comments, _comments_part(notes, author, is_strict).encode("ascii", "xmlcharrefreplace"))
        package.declare(comments, _COMMENTS_TYPE)
        package.relate(sheet, "comments", comments, is_strict)
    if not new:
        return
    legacy = next((one for one in children if one.name == "legacyDrawing"), None)
    drawing = relations.get(legacy.get("id")) if legacy else None
    if drawing and package.has(drawing.target):
        package.change(drawing.target, _into_drawing(package.read(drawing.target), new))
        return
    name = package.new_name("xl/drawings/vmlDrawing{}.vml")
    block = int(re.sub(r"\D", "", name))
    package.change(name, _drawing_part(new, block).encode("ascii"))
    package.declare(name, _VML_TYPE, by_extension=True)
    link = package.relate(sheet, "vmlDrawing", name, is_strict)
    last = [one for one in children if one.name in _BEFORE_DRAWING.split()][-1]
    space = f'xmlns:nr="{relation_namespace(is_strict)}"'
    edits.replace(last.end, last.end, f'<{root.prefix}legacyDrawing {space} nr:id="{link}"/>')


def _run(text: str, prefix: str = "") -> str:
    # Excel's own notes have a font in every run; without one it shows its default
    kept = escape(text)
    return f'<{prefix}r><{prefix}t xml:space="preserve">{kept}</{prefix}t></{prefix}r>'


def _comment(place: tuple[int, int], text: str, author: int, prefix: str = "") -> str:
    return (
        f'<{prefix}comment ref="{address(*place)}" authorId="{author}"><{prefix}text>{_run(text, prefix)}'
        f"</{prefix}text></{prefix}comment>"
    )


def _comments_part(notes: dict[tuple[int, int], str], author: str, is_strict: bool) -> str:
    listed = "".join(_comment(place, text, 0) for place, text in notes.items())
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<comments xmlns="{main_namespace(is_strict)}"><authors><author>{escape(author)}</author></authors>'
        f"<commentList>{listed}</commentList></comments>"
    )


def _into_comments(
    package: Package, part: str, notes: dict[tuple[int, int], str], author: str
) -> list[tuple[int, int]]:
    """Add notes to a comments part; return the cells that had none."""
    data = package.read(part)
    root = tree(data)
    edits = Edits(data)
    authors, listed = root.find("authors"), root.find("commentList")
    if authors is None or listed is None:
        raise ValueError("comments without authors or list")
    names = [one.text for one in authors.children]
    if author not in names:
        edits.append(authors, f"<{root.prefix}author>{escape(author)}</{root.prefix}author>")
        names.append(author)
    old = {one.get("ref"): one for one in listed.children if one.name == "comment"}
    new, made = [], ""
    for place, text in notes.items():
        body = old[address(*place)].find("text") if address(*place) in old else None
        if body is None:
            new.append(place)
            made += _comment(place, text, names.index(author), root.prefix)
            continue
        runs = [one for one in body.children if one.name in ("t", "r")]
        if runs:
            edits.replace(runs[-1].end, runs[-1].end, _run("\n\n" + text, root.prefix))
        else:
            edits.append(body, _run(text, root.prefix))
    if made:
        edits.append(listed, made)
    package.change(part, edits.result())
    return new


def _shape(place: tuple[int, int], number: int) -> str:
    """Draw a hidden yellow box beside its cell, as Excel does."""
    row, column = place[0] - 1, place[1] - 1
    anchor = f"{column + 1}, 15, {max(row - 1, 0)}, 4, {column + 6}, 31, {row + 7}, 9"
    return (
        f'<v:shape {_VML} {_OFFICE} {_EXCEL} id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;'
        'margin-left:60pt;margin-top:2pt;width:320pt;height:110pt;z-index:1;visibility:hidden" fillcolor="#ffffe1" '
        'o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
        '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div>'
        '</v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
        f"<x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row>"
        f"<x:Column>{column}</x:Column></x:ClientData></v:shape>"
    )


def _drawing_part(places: list[tuple[int, int]], block: int) -> str:
    shapes = "".join(_shape(place, block * _BLOCK + count) for count, place in enumerate(places, 1))
    return (
        f'<xml {_VML} {_OFFICE} {_EXCEL}><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{block}"/>'
        f"</o:shapelayout>{_SHAPE_TYPE}{shapes}</xml>"
    )


def _into_drawing(data: bytes, places: list[tuple[int, int]]) -> bytes:
    """Add shapes to a drawing; Excel itself writes some that are no XML, so its end is looked for as bytes."""
    end = data.rfind(b"</xml>")
    if end < 0:
        raise ValueError("a drawing without an end")
    numbers = [int(found) for found in re.findall(rb"_x0000_s(\d{1,9})", data)]
    first = max(numbers, default=_BLOCK) + 1
    kind = b"" if b'"_x0000_t202"' in data else _SHAPE_TYPE.encode()
    shapes = "".join(_shape(place, first + count) for count, place in enumerate(places)).encode()
    return data[:end] + kind + shapes + data[end:]
