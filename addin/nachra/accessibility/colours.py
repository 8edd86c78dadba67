"""Colours as they are seen: themes, palettes and tints resolved to RRGGBB, and the contrast of two of them."""

from __future__ import annotations

import colorsys
from functools import cache
from typing import Any
from xml.etree import ElementTree

#: Office's own theme since 2013, in the order that cells count in (light and dark change places)
OFFICE = (
    "FFFFFF",
    "000000",
    "E7E6E6",
    "44546A",
    "4472C4",
    "ED7D31",
    "A5A5A5",
    "FFC000",
    "5B9BD5",
    "70AD47",
    "0563C1",
    "954F72",
)
_ORDER = (
    "lt1",
    "dk1",
    "lt2",
    "dk2",
    "accent1",
    "accent2",
    "accent3",
    "accent4",
    "accent5",
    "accent6",
    "hlink",
    "folHlink",
)
#: the names that number formats may use ([Red]); Excel writes them in English into the file
NAMED = {
    "black": "000000",
    "blue": "0000FF",
    "cyan": "00FFFF",
    "green": "00FF00",
    "magenta": "FF00FF",
    "red": "FF0000",
    "white": "FFFFFF",
    "yellow": "FFFF00",
}


def theme_colours(theme: bytes | None) -> tuple[str, ...]:
    """Return the twelve colours of a theme part; Office's own for those it does not tell."""
    if not theme:
        return OFFICE
    seen = {}
    for entry in ElementTree.fromstring(theme).iter():
        name = entry.tag.rpartition("}")[2]
        if name in _ORDER and name not in seen and len(entry):
            seen[name] = entry[0].get("lastClr") or entry[0].get("val") or ""
    return tuple(
        seen[name].upper() if len(seen.get(name, "")) == 6 else usual
        for name, usual in zip(_ORDER, OFFICE, strict=True)
    )


class Palette:
    """The colours of one workbook."""

    def __init__(self, theme: bytes | None, indexed: Any):
        self.theme = theme_colours(theme)
        self.indexed = [str(colour)[-6:].upper() for colour in indexed]

    def resolve(self, colour: Any) -> str | None:
        """Return a colour of openpyxl's as RRGGBB; None for "automatic" and for what cannot be told."""
        if colour is None:
            return None
        value: str | None = None
        if colour.type == "rgb" and isinstance(colour.rgb, str):
            value = colour.rgb[-6:].upper()
        elif colour.type == "theme" and isinstance(colour.theme, int) and colour.theme < len(self.theme):
            value = self.theme[colour.theme]
        elif colour.type == "indexed" and isinstance(colour.indexed, int) and colour.indexed < len(self.indexed):
            value = self.indexed[colour.indexed]
        if value is None or not _is_colour(value):
            return None
        return tinted(value, colour.tint) if colour.tint else value


def _is_colour(value: str) -> bool:
    return len(value) == 6 and all(digit in "0123456789ABCDEF" for digit in value)


def tinted(colour: str, tint: float) -> str:
    """Return a colour made darker (tint below 0) or lighter (above), as ECMA-376 18.8.19 computes it."""
    hue, light, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in _channels(colour)))
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    mixed = colorsys.hls_to_rgb(hue, min(1.0, max(0.0, light)), saturation)
    return "".join(f"{round(channel * 255):02X}" for channel in mixed)


@cache
def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    linear = []
    for channel in _channels(colour):
        part = channel / 255
        linear.append(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[:2], 16), int(colour[2:4], 16), int(colour[4:], 16)
