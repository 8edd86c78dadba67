"""What the readers are given of an admitted package: sheets, texts, styles, and nothing that holds no figure.

Pictures, charts, comments, caches, links to elsewhere, macros and properties never reach a reader: they cannot make it
fail, fetch or hang, and are not paid for. It also settles which parts both see, for a crafted archive may show
two readers of zip different ones.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from contextlib import suppress
from xml.etree import ElementTree

from nachra.guard import Admitted

#: relationships that lead to cells, their texts or formats; openpyxl asks for the others in the second line
_KEPT = {
    *("officeDocument", "worksheet", "sharedStrings", "styles", "theme"),
    *("chartsheet", "dialogsheet", "xlMacrosheet", "hyperlink", "table", "pivotCacheDefinition"),
}
#: where parts stand that only the other relationships lead to
_UNREAD = (
    *("docprops/", "customxml/", "xl/drawings/", "xl/charts/", "xl/media/", "xl/embeddings/", "xl/externallinks/"),
    *("xl/calcchain.xml", "xl/comments", "xl/pivotcache/pivotcacherecords", "xl/persons/", "xl/threadedcomments/"),
)
_CORE_DATE = "{http://purl.org/dc/terms/}modified"


def essentials(file: Admitted) -> bytes:
    """Return the package without what no reader needs, uncompressed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file.data)) as package, zipfile.ZipFile(target, "w") as copy:
        for part in package.namelist():
            name = part.replace("\\", "/").casefold()
            if name.endswith(".rels"):
                copy.writestr(part, _relationships(package.read(part)))
            elif name.endswith(".xml") and not name.startswith(_UNREAD):
                copy.writestr(part, package.read(part))
    return target.getvalue()


def _relationships(data: bytes) -> bytes:
    root = ElementTree.fromstring(data)
    dropped = [one for one in root if one.get("Type", "").rpartition("/")[2] not in _KEPT]
    if not dropped:
        return data
    for one in dropped:
        root.remove(one)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def last_saved(file: Admitted) -> dt.datetime | None:
    """Return the date that the package states for its last save, None where it states none that is one."""
    with zipfile.ZipFile(io.BytesIO(file.data)) as package, suppress(KeyError, ValueError):
        saved = ElementTree.fromstring(package.read("docProps/core.xml")).findtext(_CORE_DATE)
        if saved and re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", saved):
            return dt.datetime.fromisoformat(saved[:19])
    return None
