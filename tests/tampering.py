"""Edits of a workbook's own XML, which leave everything else as it was: cached values, charts, styles."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

from nachra.sealing.seal import write_parts
from nachra.sealing.snapshot import sheet_part
from nachra.sealing.xml import Parts, read_parts


def parts_of(path: Path) -> Parts:
    return read_parts(path.read_bytes())


def tampered(path: Path, target: Path, change: Callable[[Parts], None]) -> Path:
    """Write a copy of a workbook after a change of its parts."""
    parts = parts_of(path)
    change(parts)
    target.write_bytes(write_parts(parts))
    return target


def replaced(path: Path, target: Path, part: str, old: str, new: str, count: int = 1) -> Path:
    """Write a copy with a text of a part replaced; it must be there."""

    def change(parts: Parts) -> None:
        assert old.encode() in parts[part], f"{old!r} is not in {part}"
        parts[part] = parts[part].replace(old.encode(), new.encode(), count)

    return tampered(path, target, change)


def cell_xml(parts: Parts, sheet: str, cell: str) -> tuple[str, str, str]:
    """Return (part, the cell's whole element, the element's content)."""
    part = sheet_part(parts, sheet)
    found = re.search(rf'<c r="{cell}"[^>]*?(?:/>|>(.*?)</c>)', parts[part].decode(), re.DOTALL)
    assert found, f"{sheet}!{cell}"
    return part, found[0], found[1] or ""


def with_cell(path: Path, target: Path, sheet: str, cell: str, edit: Callable[[str], str]) -> Path:
    """Write a copy with a cell's element edited."""

    def change(parts: Parts) -> None:
        part, element, _ = cell_xml(parts, sheet, cell)
        new = edit(element)
        assert new != element
        parts[part] = parts[part].replace(element.encode(), new.encode(), 1)

    return tampered(path, target, change)


def number(new: str) -> Callable[[str], str]:
    """Give a cell another stored number."""
    return lambda element: re.sub(r"<v>[^<]*</v>", f"<v>{new}</v>", element)


def formula(edit: Callable[[str], str]) -> Callable[[str], str]:
    """Edit a cell's formula."""
    return lambda element: re.sub(r"<f>([^<]*)</f>", lambda found: f"<f>{edit(found[1])}</f>", element)


def words(new: str) -> Callable[[str], str]:
    """Give a cell another text, in place."""

    def edit(element: str) -> str:
        opened = re.sub(r' t="\w+"', "", element.split(">")[0])
        return f'{opened} t="inlineStr"><is><t xml:space="preserve">{escape(new)}</t></is></c>'

    return edit


def style(index: int) -> Callable[[str], str]:
    """Give a cell another of the workbook's styles."""
    return lambda element: re.sub(r' s="\d+"', f' s="{index}"', element, count=1)


def has_part(path: Path, part: str) -> bool:
    with zipfile.ZipFile(path) as package:
        return part in package.namelist()
