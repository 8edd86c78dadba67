"""What floats over a sheet: charts down to each series' references and cached values, pictures, texts."""

from __future__ import annotations

import hashlib

from nachra.sealing.normal import formula, number_format, text
from nachra.sealing.xml import Element, Parts, attribute, child, every, is_true, name, related, root, texts

#: digits of a drawn value that are compared
DRAWN_DIGITS = 9
#: of an object on a sheet: (topic, its name) → what there is to see
Facts = dict[tuple[str, str], str]


def read_drawing(parts: Parts, part: str, renamed: dict[str, str]) -> Facts:
    """Return the facts of a sheet's drawing, its objects numbered from the top, charts apart from the rest."""
    facts: Facts = {}
    relations = related(parts, part)
    charts = others = 0
    for anchor in root(parts[part]):
        drawn = [one for one in anchor.iter() if name(one) == "chart" and attribute(one, "id") in relations]
        for one in drawn:
            charts += 1
            target = relations[attribute(one, "id")][1]
            chart = _chart(root(parts[target]), renamed) if target in parts else {"chart": "?"}
            shapes = [target for kind, target in related(parts, target).values() if kind == "chartUserShapes"]
            if any(shape in parts for shape in shapes):
                chart["shapes"] = " ".join(texts(root(parts[shape])) for shape in shapes if shape in parts) or "shape"
            facts |= {("chart", f"{charts} {what}"): seen for what, seen in chart.items()}
        if not drawn:
            others += 1
            facts["picture", str(others)] = _other(parts, relations, anchor)
    return facts


def _other(parts: Parts, relations: dict[str, tuple[str, str]], anchor: Element) -> str:
    """Name a picture by its bytes, a shape by its text."""
    words = [texts(anchor)]
    for one in every(anchor, "blip"):
        target = relations.get(attribute(one, "embed"), ("", ""))[1]
        words.append(hashlib.sha256(parts.get(target, b"")).hexdigest()[:16])
    return " ".join(filter(None, words)) or "shape"


def _chart(space: Element, renamed: dict[str, str]) -> dict[str, str]:
    area = child(space, "chart", "plotArea")
    plot = [] if area is None else list(area)
    facts = {"title": _words(child(space, "chart", "title"), renamed)}
    for place, axis in enumerate((one for one in plot if name(one) in ("catAx", "valAx", "dateAx", "serAx")), 1):
        facts |= {f"axis {place} {what}": seen for what, seen in _axis(axis, renamed).items()}
    count = 0
    for kind in (one for one in plot if name(one).endswith("Chart")):
        words = [name(kind), *(attribute(child(kind, what), "val") for what in ("barDir", "grouping", "scatterStyle"))]
        for series in (one for one in kind if name(one) == "ser"):
            count += 1
            facts[f"series {count} kind"] = " ".join(filter(None, words))
            facts |= {f"series {count} {what}": seen for what, seen in _series(series, renamed).items()}
            # LibreOffice does not keep the colours of a line's points
            if name(kind) != "lineChart":
                facts |= {f"series {count} {what}": seen for what, seen in _points_apart(series).items()}
    return {what: seen for what, seen in facts.items() if seen}


def _axis(axis: Element, renamed: dict[str, str]) -> dict[str, str]:
    # where an axis starts and ends decides what its bars look like
    limits = {limit: attribute(child(axis, "scaling", limit), "val") for limit in ("min", "max", "logBase")}
    shown = {limit: f"{float(value):g}" for limit, value in limits.items() if value}
    turned = attribute(child(axis, "scaling", "orientation"), "val")
    return shown | {
        "title": _words(child(axis, "title"), renamed),
        "orientation": turned if turned == "maxMin" else "",
    }


def _series(series: Element, renamed: dict[str, str]) -> dict[str, str]:
    labels = child(series, "dLbls")
    shows = is_true(attribute(child(labels, "showVal"), "val"))
    code = attribute(child(labels, "numFmt"), "formatCode")
    facts = {"name": _words(child(series, "tx"), renamed), "labels": number_format(code) if shows and code else ""}
    for what, tags in (("categories", ("cat", "xVal")), ("values", ("val", "yVal"))):
        data = next((one for one in series if name(one) in tags), None)
        if data is not None:
            facts[what] = _reference(data, renamed)
            facts[f"{what} drawn"] = _points(data)
    for label in (one for one in labels if name(one) == "dLbl") if labels is not None else ():
        facts[f"label {attribute(child(label, 'idx'), 'val')}"] = _words(child(label, "tx"), renamed)
    return facts | {"colour": _colour(series)}


def _points_apart(series: Element) -> dict[str, str]:
    """Return the colours of points that have one of their own."""
    points = (one for one in series if name(one) == "dPt")
    return {f"point {attribute(child(one, 'idx'), 'val')}": _colour(one) for one in points}


def _colour(drawn: Element) -> str:
    """Return the first colour of a series or a point, empty where it is left to the program."""
    properties = child(drawn, "spPr")
    colours = every(properties, "srgbClr") if properties is not None else []
    return attribute(colours[0], "val").upper() if colours else ""


def _reference(data: Element, renamed: dict[str, str]) -> str:
    return formula(texts(data, "f"), renamed) or "literal " + " ".join(one.text or "" for one in every(data, "v"))


def _points(data: Element) -> str:
    """Return the values that a chart keeps of its cells, and draws until it is recalculated."""
    cache = next(iter(every(data, "numCache")), None)
    points = every(cache, "pt") if cache is not None else []
    values = ((attribute(one, "idx"), (texts(one, "v"))) for one in points)
    return " ".join(f"{place}:{float(value):.{DRAWN_DIGITS}g}" for place, value in values if value)


def _words(holder: Element | None, renamed: dict[str, str]) -> str:
    """Return a title or a name: its text, or the cell it is taken from."""
    if holder is None:
        return ""
    reference = texts(holder, "f")
    # LibreOffice writes a name without a cell as a formula that is a text
    if reference and not reference.startswith('"'):
        return formula(reference, renamed)
    return text(texts(holder) or next((one.text or "" for one in every(holder, "v")), ""))
