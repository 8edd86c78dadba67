"""A briefing's bytes are sealed: the ledger is written into its last sheet, the package's digest beside it."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from xml.sax.saxutils import escape

from nachra.sealing.ledger import Line, ledger_of, lines_of
from nachra.sealing.snapshot import read_snapshot, sheet_part
from nachra.sealing.xml import Parts, related

#: the document property that holds the package's digest, and what the writer puts in its place
PROPERTY, BLANK = "nachra-package", "0" * 64
CUSTOM = "docProps/custom.xml"
_RECORDED = re.compile(rb'name="' + PROPERTY.encode() + rb'"[^>]*>\s*<[^>]*>([0-9a-f]{64})<')
_LAST_ROW = re.compile(rb'<row r="(\d+)"[^>]*>((?:(?!</row>).)*)</row></sheetData>', re.DOTALL)
_STYLE = re.compile(rb'<c r="[AB]\d+" s="(\d+)"')
_DIMENSION = re.compile(rb'<dimension ref="([A-Z]+\d+:[A-Z]+)\d+"/>')


def seal(parts: Parts, sheet: str, settings: dict[str, str]) -> Parts:
    """Return the parts with the ledger in place of the last row of a sheet, and the digest in its property.

    The sheet's last row is blank and gives the ledger its formats (columns A and B); the property holds BLANK. What
    the ledger says was made from the bytes themselves, by the reader that will check them.
    """
    part = sheet_part(parts, sheet)
    written = parts[part]
    template = _LAST_ROW.search(written)
    styles = _STYLE.findall(template[2]) if template else []
    if not template or len(styles) < 2:
        raise ValueError(f"no row for the ledger in {part}")
    lines = lines_of(ledger_of(read_snapshot(parts), settings))
    first = int(template[1])
    rows = b"".join(_row(first + place, line, styles) for place, line in enumerate(lines))
    written = b"".join((written[: template.start()], rows, b"</sheetData>", written[template.end() :]))
    last = str(first + len(lines) - 1).encode()
    sealed = parts | {part: _DIMENSION.sub(rb'<dimension ref="\g<1>' + last + rb'"/>', written)}
    for kind, target in related(parts, part).values():
        if kind == "table":  # the ledger is one, in a theme that marks tables: it ends where the last line stands
            end = re.compile(rb'ref="([A-Z]+\d+:[A-Z]+)' + template[1] + rb'"')
            sealed[target] = end.sub(rb'ref="\g<1>' + last + rb'"', parts[target])
    return sealed | {CUSTOM: sealed[CUSTOM].replace(BLANK.encode(), package_digest(sealed).encode())}


def _row(row: int, line: Line, styles: list[bytes]) -> bytes:
    cells = (
        f'<c r="{letter}{row}" s="{style.decode()}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
        for letter, text, style in zip("AB", line, styles, strict=False)
    )
    return f'<row r="{row}" spans="1:2">{"".join(cells)}</row>'.encode()


def package_digest(parts: Parts) -> str:
    """Return the SHA-256 of all parts in the order of their names, with no digest in its property."""
    whole = hashlib.sha256()
    for part in sorted(parts):
        content = parts[part]
        if part == CUSTOM and (recorded := _RECORDED.search(content)):
            content = content[: recorded.start(1)] + BLANK.encode() + content[recorded.end(1) :]
        whole.update(f"{part}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()


def is_sealed(parts: Parts) -> bool:
    """Tell whether a workbook was written by us, whatever has become of it since."""
    return PROPERTY.encode() in parts.get(CUSTOM, b"")


def is_untouched(parts: Parts) -> bool:
    """Tell whether every part is, byte for byte, what was sealed."""
    recorded = _RECORDED.search(parts.get(CUSTOM, b""))
    return recorded is not None and recorded[1].decode() == package_digest(parts)


def write_parts(parts: Parts) -> bytes:
    """Write parts as a package; the same parts give the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for part, content in parts.items():
            info = zipfile.ZipInfo(part)
            info.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(info, content)
    return target.getvalue()
