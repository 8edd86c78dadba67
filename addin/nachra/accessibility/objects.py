"""What floats above the cells, read from the package because openpyxl loses it: alternative texts, boxes, controls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from nachra.accessibility.inspection import Area, Condition, Object, Place, Sheet
from nachra.parts import Package

#: what an old drawing holds besides the boxes of notes
_BOX = re.compile(rb"ObjectType=[\"'](?!Note[\"'])")
_KINDS = {"pic": "picture", "graphicFrame": "chart", "cxnSp": "line", "sp": "shape", "grpSp": "shape"}


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _get(element: Element, name: str) -> str:
    """Return an attribute by its name without namespace."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _first(element: Element, name: str) -> Element | None:
    return next((one for one in element.iter() if _name(one) == name), None)


def _all(element: Element, name: str) -> Iterator[Element]:
    return (one for one in element.iter() if _name(one) == name)


def workbook_part(package: Package) -> str:
    """Return the name of the workbook's own part."""
    return next((one.target for one in package.relations("") if one.kind == "officeDocument"), "xl/workbook.xml")


def document_properties(package: Package) -> dict[str, str]:
    """Return the document properties by name, those of every workbook (title, language) and those that a tool added."""
    found = {}
    for relation in package.relations(""):
        if not relation.target or not package.has(relation.target):
            continue
        if relation.kind in ("core-properties", "custom-properties"):
            for entry in ElementTree.fromstring(package.read(relation.target)):
                found[entry.get("name") or _name(entry)] = "".join(entry.itertext()).strip()
    return found


def sheet_parts(package: Package) -> list[tuple[str, str, str]]:
    """Return (name, part, kind) of every sheet in the order of the tabs; kind: worksheet, chartsheet …"""
    book = workbook_part(package)
    relations = {one.id: one for one in package.relations(book)}
    found = []
    for sheet in _all(ElementTree.fromstring(package.read(book)), "sheet"):
        relation = relations.get(_get(sheet, "id"))
        if relation is not None:
            found.append((_get(sheet, "name"), relation.target, relation.kind))
    return found


def see_objects(package: Package, part: str, sheet: Sheet) -> None:
    """Note on a sheet the objects of its drawings, its form controls, its background and pictures in its headers."""
    if not package.has(part):
        return
    for relation in package.relations(part):
        if not relation.target or not package.has(relation.target):
            continue
        if relation.kind == "drawing":
            sheet.objects.extend(_drawing(package, relation.target))
        elif relation.kind in ("ctrlProp", "control"):
            sheet.objects.append(Object("control", "", "", (1, 1)))
        elif relation.kind == "image":
            sheet.has_background = True
        elif relation.kind == "vmlDrawing" and _BOX.search(package.read(relation.target)):
            sheet.objects.append(Object("control", "", "", (1, 1)))
    if b"legacyDrawingHF" in package.read(part):
        sheet.has_header = True


def _drawing(package: Package, part: str) -> Iterator[Object]:
    charts = {one.id: one.target for one in package.relations(part)}
    for anchor in ElementTree.fromstring(package.read(part)):
        start = next((child for child in anchor if _name(child) == "from"), None)
        at = (1, 1)
        if start is not None:
            at = _number(start, "row") + 1, _number(start, "col") + 1
        for shape in _shapes(anchor):
            yield _object(package, shape, at, charts)


def _shapes(anchor: Element) -> Iterator[Element]:
    """Yield the objects of an anchor; of alternatives, the one that today's readers choose."""
    for child in anchor:
        if _name(child) == "AlternateContent":
            yield from _shapes(child[0]) if len(child) else ()
        elif _name(child) in _KINDS:
            yield child


def _number(element: Element, name: str) -> int:
    found = _first(element, name)
    text = (found.text or "").strip() if found is not None else ""
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _object(package: Package, shape: Element, at: Place, charts: dict[str, str]) -> Object:
    kind = _KINDS[_name(shape)]
    described = _first(shape, "cNvPr")
    texts = "".join(one.text or "" for one in _all(shape, "t")).strip()
    box = _first(shape, "cNvSpPr")
    if kind == "shape" and (texts or (box is not None and _get(box, "txBox") in ("1", "true"))):
        kind = "text"
    colour_only = False
    chart = _first(shape, "chart")
    if chart is not None:
        target = charts.get(_get(chart, "id"), "")
        colour_only = package.has(target) and is_colour_only(package.read(target))
    name = _get(described, "name") if described is not None else ""
    text = (_get(described, "descr") or _get(described, "title")) if described is not None else ""
    decorative = any(_get(one, "val") in ("1", "true") for one in _all(shape, "decorative"))
    return Object(kind, name, text.strip(), at, decorative, colour_only)


def is_colour_only(chart: bytes) -> bool:
    """Tell whether the series of a chart part (the points, of a pie) are told apart by nothing but colour.

    Names beside the series, dashes, markers or patterns that differ tell them apart without it.
    """
    areas = _all(ElementTree.fromstring(chart), "plotArea")
    plots = [plot for area in areas for plot in area if _name(plot).endswith("Chart")]
    signs: list[tuple[str, ...]] = []
    for plot in plots:
        automatic = any(_name(child) == "marker" and _get(child, "val") in ("", "1", "true") for child in plot)
        automatic = automatic or _name(plot) == "scatterChart"
        for place, series in enumerate(child for child in plot if _name(child) == "ser"):
            if _is_on(series, "showSerName") or _is_on(plot, "showSerName"):
                return False
            if _name(plot) in ("pieChart", "doughnutChart", "pie3DChart", "ofPieChart"):
                if not _is_on(series, "showCatName") and not _is_on(plot, "showCatName"):
                    return any(_get(one, "val") not in ("", "0", "1") for one in _all(series, "ptCount"))
                continue
            signs.append((_name(plot), *_signs(series, place if automatic else -1)))
    return len(set(signs)) < len(signs)


def _is_on(element: Element, name: str) -> bool:
    return any(_get(one, "val") in ("", "1", "true") for one in _all(element, name))


def _signs(series: Element, place: int) -> tuple[str, ...]:
    marker = next((child for child in series if _name(child) == "marker"), None)
    symbol = _first(marker, "symbol") if marker is not None else None
    shown = _get(symbol, "val") if symbol is not None else (f"automatic {place}" if place >= 0 else "")
    dash, pattern = _first(series, "prstDash"), _first(series, "pattFill")
    return (
        "" if shown == "none" else shown,
        _get(dash, "val") if dash is not None else "",
        _get(pattern, "prst") if pattern is not None else "",
    )


def extended_conditions(package: Package, part: str) -> Iterator[Condition]:
    """Yield the conditional formats that Excel 2010 and later store apart, which openpyxl drops."""
    from openpyxl.utils.cell import range_boundaries

    if not package.has(part) or b"x14:conditionalFormatting" not in package.read(part):
        return
    for conditional in _all(ElementTree.fromstring(package.read(part)), "conditionalFormatting"):
        ranges = next((child.text or "" for child in conditional if _name(child) == "sqref"), "")
        if not ranges:  # an ordinary one, whose range is an attribute
            continue
        areas = []
        for one in ranges.split():
            left, top, right, bottom = range_boundaries(one)
            areas.append(Area(top or 1, left or 1, bottom or 1, right or 1))
        for rule in (child for child in conditional if _name(child) == "cfRule"):
            style = next((child for child in rule if _name(child) == "dxf"), None)
            if style is None:
                continue
            names = {_name(one) for one in style.iter()}
            speaks = names & {"b", "i", "u", "strike", "numFmt"}
            told = any('"' in (one.text or "") for one in _all(rule, "f"))
            yield Condition(tuple(areas), bool(names & {"fill", "color"}) and not speaks and not told)
