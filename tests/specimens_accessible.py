"""A publication that keeps every rule of the checklist, and the ways to break them one by one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xlsxwriter
from workbooks import altered, zipped

LANGUAGE = b"<dc:language>fr-MA</dc:language></cp:coreProperties>"
BASE = {"font_name": "Arial", "font_size": 12}
HEADERS = ("Série", "2023", "2024")
ROWS = (
    ("ITO", 9.8, 10.5),
    ("CRM", 8.1, 7.9),
    ("BPO", 4.2, 4.4),
    ("Total", 22.1, 22.8),
)
#: where the first cell of the table of figures stands, counted from 0
TOP = 3


class Publication:
    """A workbook under construction: a cover, one table of figures, one sheet of notes.

    `facts` change what is written; `shape` is called on the sheets before the workbook is closed, `parts` rewrites its
    parts afterwards.
    """

    def __init__(
        self,
        shape: Callable[[Publication], object] = lambda _: None,
        parts: Callable[[bytes], bytes] = lambda data: data,
        **facts: Any,
    ):
        self.facts: dict[str, Any] = {"headers": HEADERS, "rows": ROWS, "top": TOP, "left": 0, "name": "Exportations"}
        self.facts |= {"title": "Exportations par série, en milliards de dirhams", "marked": True, "filter": False}
        self.facts |= {
            "language": True,
            "style": None,
            "sheet": "Exportations",
            "outline": "",
            "suffix": ".xlsx",
        } | facts
        self.shape, self.parts = shape, parts

    def format(self, **properties: Any) -> Any:
        return self.book.add_format(BASE | properties)

    def bytes(self) -> bytes:
        stream = io.BytesIO()
        self.book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_urls": False})
        self.body, self.bold = self.format(text_wrap=True), self.format(bold=True, font_size=16)
        self.number, self.right = self.format(num_format="0.0", align="right"), self.format(align="right", bold=True)
        self.book.set_properties({"title": "Exportations de services numériques"})
        if self.facts["outline"]:
            self.book.set_custom_property("nachra-outline", self.facts["outline"])
        self.cover, self.data, self.notes = (
            self.book.add_worksheet(name) for name in ("Couverture", self.facts["sheet"], "Notes")
        )
        self.cover.set_column(0, 0, 60, self.body)
        self.cover.write_string("A1", "Exportations de services numériques du Maroc", self.bold)
        self.cover.write_string("A2", "Source : Office des Changes. Les chiffres viennent de la balance.", self.body)
        self.data.set_column(0, 8, 20, self.body)
        self.data.write_string("A1", self.facts["title"], self.bold)
        self.data.write_string("A2", "Un tableau, en colonne A.", self.body)
        self.table(self.data, self.facts["top"], self.facts["left"], self.facts["name"])
        self.notes.set_column(0, 1, 40, self.body)
        self.notes.write_string("A1", "Notes du classeur", self.bold)
        columns = [{"header": header, "header_format": self.body} for header in ("Renvoi", "Texte")]
        options = {"name": "Renvois", "autofilter": False, "style": None, "columns": columns}
        self.notes.add_table(2, 0, 3, 1, options)
        self.notes.write_row(3, 0, ("note 1", "Chiffres provisoires."), self.body)
        self.shape(self)
        self.book.close()
        data = stream.getvalue()
        if self.facts["language"]:
            data = altered(data, {"docProps/core.xml": lambda part: part.replace(b"</cp:coreProperties>", LANGUAGE)})
        return self.parts(data)

    def table(self, sheet: Any, top: int, left: int, name: str) -> None:
        """Write the figures as a table."""
        headers, rows = self.facts["headers"], self.facts["rows"]
        texts = [self.body, *[self.right] * (len(headers) - 1)]
        if self.facts["marked"]:
            columns = [{"header": header, "header_format": look} for header, look in zip(headers, texts, strict=True)]
            options = {"name": name, "autofilter": self.facts["filter"], "style": self.facts["style"]}
            sheet.add_table(top, left, top + len(rows), left + len(headers) - 1, options | {"columns": columns})
        else:
            for column, (header, look) in enumerate(zip(headers, texts, strict=True)):
                sheet.write_string(top, left + column, header, look)
        for row, values in enumerate(rows, top + 1):
            for column, value in enumerate(values, left):
                if value is not None:
                    look = self.number if isinstance(value, float) else self.body if column == left else self.right
                    sheet.write(row, column, value, look)

    def save(self, path: Path) -> Path:
        path.write_bytes(self.bytes())
        return path


def with_part(name: str, content: bytes) -> Callable[[bytes], bytes]:
    """Return a change that adds a part to a package."""

    def change(data: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return zipped([*((one, package.read(one)) for one in package.namelist()), (name, content)])

    return change
