"""How a cell is shown: its number format, and its look (font, fill, borders, alignment) in one spelling."""

from __future__ import annotations

from typing import NamedTuple

from nachra.sealing.normal import number_format
from nachra.sealing.xml import Element, attribute, child, is_true, name, root

#: Excel's own number formats, by their number (ECMA-376, 18.8.30); a workbook lists only the others
BUILT_IN = {
    **dict(enumerate(("General", "0", "0.00", "#,##0", "#,##0.00"))),
    **dict(enumerate(("$#,##0_);($#,##0)", "$#,##0_);[Red]($#,##0)", "$#,##0.00_);($#,##0.00)"), 5)),
    **dict(enumerate(("$#,##0.00_);[Red]($#,##0.00)", "0%", "0.00%", "0.00E+00", "# ?/?", "# ??/??"), 8)),
    **dict(enumerate(("mm-dd-yy", "d-mmm-yy", "d-mmm", "mmm-yy", "h:mm AM/PM", "h:mm:ss AM/PM"), 14)),
    **dict(enumerate(("h:mm", "h:mm:ss", "m/d/yy h:mm"), 20)),
    **dict(enumerate(("#,##0_);(#,##0)", "#,##0_);[Red](#,##0)", "#,##0.00_);(#,##0.00)"), 37)),
    40: "#,##0.00_);[Red](#,##0.00)",
    **dict(enumerate(("mm:ss", "[h]:mm:ss", "mmss.0", "##0.0E+0", "@"), 45)),
}
#: fonts in which a digit is a picture; other names are left out: LibreOffice gives Arabic cells a font of its own
_SYMBOL_FONTS = {"wingdings", "wingdings 2", "wingdings 3", "webdings", "symbol", "marlett"}
_FONT_WORDS = {"bold", "italic", "strike", "underline", "size", "font", "colour", "superscript", "subscript"}
_SIDES = ("left", "right", "top", "bottom")


class Look(NamedTuple):
    """How a cell is shown."""

    number_format: str
    dress: str
    """Font, fill, borders and alignment, as words ("bold; size 12; fill EAF1F3")."""


PLAIN = Look("General", "")


def read_looks(styles: bytes | None) -> list[Look]:
    """Return the looks that cells of a workbook refer to, by their number."""
    if styles is None:
        return [PLAIN]
    tops = {name(one): one for one in root(styles)}
    codes = dict(BUILT_IN) | {
        int(attribute(one, "numFmtId", "0")): attribute(one, "formatCode") for one in tops.get("numFmts", ())
    }
    fonts = [_font(one) for one in tops.get("fonts", ())]
    fills = [_fill(one) for one in tops.get("fills", ())]
    borders = [_border(one) for one in tops.get("borders", ())]
    looks = []
    for xf in tops.get("cellXfs", ()):
        dress = (
            *_at(fonts, attribute(xf, "fontId", "0")),
            *_at(fills, attribute(xf, "fillId", "0")),
            *_at(borders, attribute(xf, "borderId", "0")),
            *_alignment(child(xf, "alignment")),
        )
        identifier = int(attribute(xf, "numFmtId", "0"))
        code = codes.get(identifier, f"built-in {identifier}")
        looks.append(Look(number_format(code), "; ".join(dress)))
    return looks or [PLAIN]


def run_fonts(string: Element) -> set[tuple[str, ...]]:
    """Return the fonts of a string's runs; a run with none of its own is in the cell's."""
    fonts = (child(run, "rPr") for run in string if name(run) == "r")
    return {_font(font) for font in fonts if font is not None}


def with_runs(look: Look, fonts: set[tuple[str, ...]]) -> Look:
    """Return a cell's look, with a word that says so where some of its text is in another font."""
    own = tuple(word for word in look.dress.split("; ") if word.partition(" ")[0] in _FONT_WORDS)
    return look if fonts <= {own} else Look(look.number_format, f"{look.dress}; rich")


def _at(words: list[tuple[str, ...]], place: str) -> tuple[str, ...]:
    return words[int(place)] if place.isdecimal() and int(place) < len(words) else ()


def _font(font: Element) -> tuple[str, ...]:
    words = []
    for one in font:
        kind, value = name(one), attribute(one, "val")
        if kind == "sz":
            words.append(f"size {float(value):g}")
        elif kind == "name" and value.casefold() in _SYMBOL_FONTS:
            words.append(f"font {value}")
        elif kind == "color":
            words.append(f"colour {_colour(one)}")
        elif kind == "u":
            words.append(f"underline {value or 'single'}" if value != "none" else "")
        elif kind == "vertAlign":
            words.append(value if value != "baseline" else "")
        elif kind in ("b", "i", "strike"):
            words.append({"b": "bold", "i": "italic"}.get(kind, kind) if not value or is_true(value) else "")
    return tuple(sorted(filter(None, words)))


def _colour(colour: Element) -> str:
    rgb = attribute(colour, "rgb")
    if rgb:
        return rgb[-6:].upper()
    return " ".join(
        f"{key} {colour.attrib[key]}" for key in ("theme", "indexed", "tint", "auto") if key in colour.attrib
    )


def _fill(fill: Element) -> tuple[str, ...]:
    pattern = child(fill, "patternFill")
    kind = attribute(pattern, "patternType", "none")
    if pattern is None or kind == "none":
        return () if pattern is not None else ("gradient",)
    front = child(pattern, "fgColor")
    # behind a solid fill, the background colour shows nowhere, and every program writes another
    return (f"fill {_colour(front) if front is not None else ''}{'' if kind == 'solid' else ' ' + kind}",)


def _border(border: Element) -> tuple[str, ...]:
    styles = ((side, attribute(child(border, side), "style", "none")) for side in _SIDES)
    return tuple(f"border {side} {style}" for side, style in styles if style != "none")


def _alignment(alignment: Element | None) -> tuple[str, ...]:
    horizontal = attribute(alignment, "horizontal", "general")
    return (f"align {horizontal}",) if horizontal != "general" else ()
