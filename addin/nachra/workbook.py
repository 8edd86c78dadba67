"""A briefing's description becomes xlsx bytes: native formulas with their cached values, native charts, A4 print."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from nachra import charts
from nachra.briefing import (
    TEXT_COLUMNS,
    Area,
    Briefing,
    Chart,
    Column,
    Content,
    DataRow,
    Link,
    Paragraph,
    Sheet,
    Table,
    Value,
    plain,
)
from nachra.expressions import Expression, Ref, formula
from nachra.formats import set_right_to_left
from nachra.places import DATA_COLUMNS, MIN_TEXT_WIDTH, Places
from nachra.sealing.seal import BLANK, PROPERTY, seal, write_parts
from nachra.sealing.xml import read_parts
from nachra.sentences import Sentences

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

#: width of a column nobody set, in characters
STANDARD_WIDTH = 8.43
#: Excel's limit for a cell's text
MAX_TEXT = 32767


def write_workbook(briefing: Briefing) -> bytes:
    """Write a briefing as the bytes of an .xlsx file: the same briefing gives the same bytes.

    Raises DisagreementError where a sentence and its table would not say the same.
    """
    import xlsxwriter

    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(stream, options)
    properties = briefing.properties
    book.set_properties(
        {
            "title": properties.title,
            "subject": properties.subject,
            "author": properties.author,
            "keywords": properties.keywords,
            "created": properties.created,
        }
    )
    # what `nachra audit` and `nachra verify` ask a workbook about itself
    for name in ("outline", "series", "language"):
        book.set_custom_property(f"nachra-{name}", str(getattr(briefing, name)))
    if briefing.ledger_sheet:
        book.set_custom_property(PROPERTY, BLANK)
    writer = _Writer(book, briefing)
    writer.sentences.check()
    for sheet in briefing.sheets:
        writer.write_sheet(sheet)
    writer.write_charts()
    book.close()
    parts = read_parts(stream.getvalue())
    # what XlsxWriter cannot write: the language, which screen readers ask for, and a few traits of charts
    end = b"</cp:coreProperties>"
    language = f"<dc:language>{properties.language}</dc:language>".encode()
    parts["docProps/core.xml"] = parts["docProps/core.xml"].replace(end, language + end)
    for name in parts:
        if name.startswith("xl/charts/chart"):
            parts[name] = charts.finished(
                parts[name], briefing.properties.language, right_to_left=briefing.right_to_left
            )
    if briefing.ledger_sheet:
        parts = seal(parts, briefing.ledger_sheet, dict(briefing.settings))
    return write_parts(parts)


class _Writer:
    def __init__(self, book: Any, briefing: Briefing):
        self.book = book
        self.briefing = briefing
        self.places = Places(briefing)
        self.sentences = Sentences(self.places)
        self.theme = self.places.theme
        self.page = self.theme["page"]
        self.colours = {name: f"#{colour}" for name, colour in self.theme["colours"].items()}
        self.formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        self.tables: list[tuple[str, int, Table]] = []
        self.charts: list[tuple[Worksheet, int, Chart, float]] = []

    # --- values -----------------------------------------------------------------------------------

    def cached(self, expression: Expression) -> float | str:
        """Return what a spreadsheet will compute, as it stores it."""
        value = self.places.evaluate(expression)
        return value if isinstance(value, str) else float(value)

    def format(self, **properties: Any) -> Format:
        """Return the cell format with these properties on the theme's base, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            base = {"font_name": self.theme["font"], "font_size": self.theme["size"]}
            # a number reads from left to right in every language: "+4 057" would show its sign on the other side
            is_number = "num_format" in properties
            reading = {"reading_order": 1 if is_number else 2} if self.briefing.right_to_left else {}
            plain = {**base, "font_color": self.colours["ink"], "valign": "vcenter", **reading}
            self.formats[key] = self.book.add_format({**plain, **properties})
        return self.formats[key]

    # --- sheets -----------------------------------------------------------------------------------

    def write_sheet(self, sheet: Sheet) -> None:
        paper = self.book.add_worksheet(sheet.name)
        widths = self.places.widths(sheet)
        for column, width in enumerate(widths):
            paper.set_column(column, column, width)
        self.set_up_page(paper, sheet)
        for row, block in zip(self.places.rows(sheet), sheet.blocks, strict=True):
            match block:
                case Paragraph():
                    self.write_paragraph(paper, row, block, widths)
                case Table():
                    self.write_table(paper, row, block)
                case Chart():
                    # as wide as what stands above and below it; a character is about seven pixels
                    self.charts.append((paper, row, block, self.places.chart_width(sheet)))
                case Link():
                    self.write_cell(paper, row, 0, block, {})

    def set_up_page(self, paper: Worksheet, sheet: Sheet) -> None:
        if sheet.landscape:
            paper.set_landscape()
        if self.briefing.right_to_left:
            paper.right_to_left()
        margin = self.theme["margin_cm"] / 2.54
        paper.set_paper(self.theme["paper"])
        paper.set_margins(left=margin, right=margin, top=margin, bottom=margin + 0.2)
        paper.fit_to_pages(1, 1 if sheet.one_page else 0)
        if self.page["footer"]:
            # a footer has no reading order of its own: a Latin word would turn that of the words around it
            said = _escape(self.briefing.footer)
            said = set_right_to_left(said) if self.briefing.right_to_left else said
            paper.set_footer(f"&L&8{said}&R&8{_escape(sheet.name)}  &P / &N")
        paper.hide_gridlines(1 if self.page["gridlines"] else 2)

    def write_paragraph(self, paper: Worksheet, row: int, block: Paragraph, widths: list[float]) -> None:
        """Write text across the sheet, tall enough for its lines; a sentence with numbers as a formula."""
        accent, muted = self.colours["accent"], self.colours["muted"]
        looks: dict[str, dict[str, Any]] = {
            "title": {"bold": True, "font_color": accent},
            "subtitle": {"font_color": muted},
            "heading": {"bold": True, "font_color": accent},
            "body": {},
            "message": {"bold": True, "bg_color": self.colours["band"], "indent": 1},
            "legend": {"font_color": muted},
        }
        size = self.theme["sizes"][block.look]
        look = looks[block.look] | {"font_size": size}
        # a narrow table must not squeeze the text above it: columns of standard width are added to its right
        extra = max(0, math.ceil((MIN_TEXT_WIDTH - sum(widths)) / STANDARD_WIDTH))
        across, total = len(widths) + extra, sum(widths) + extra * STANDARD_WIDTH
        if not self.page["merge_text"]:
            across, total = 1, widths[0]
        # about one character a unit of width at 10 points
        room = total * 0.95 * 10 / size * (0.92 if look.get("bold") else 1)
        lines = max(1, math.ceil(len(plain(block.text)) / room))
        height = max(lines * size * 1.45, 18.0) + (6 if block.look in ("title", "message") else 0)
        # an indent alone would put a text of the other direction on the left
        side = {"align": "right"} if self.briefing.right_to_left else {}
        cell = self.format(**self.filled(look), **side, text_wrap=True)
        paper.set_row(row, height)
        if across > 1:
            paper.merge_range(row, 0, row, across - 1, "", cell)
        written = None if isinstance(block.text, str) else self.sentences.formula(block.text)
        if written is None:
            paper.write_string(row, 0, plain(block.text)[:MAX_TEXT], cell)
        else:
            paper.write_formula(row, 0, "=" + written, cell, plain(block.text))

    def write_table(self, paper: Worksheet, row: int, table: Table) -> None:
        """Write a table, its header in `row`, its title above."""
        if not table.printed:
            paper.print_area(0, 0, max(0, row - 2), len(table.columns) - 1)
        if self.places.has_title(table):
            look = self.format(font_size=12, bold=True, font_color=self.colours["accent"])
            paper.set_row(row - 1, 22)
            paper.write_string(row - 1, 0, table.title, look)
        top = row + 1
        self.tables.append((paper.get_name(), top, table))
        lines = max(math.ceil(len(column.header) / max(1.0, column.width - 2)) for column in table.columns)
        paper.set_row(row, 8 + lines * self.theme["line_height"])
        for column, described in enumerate(table.columns):
            paper.write_string(row, column, described.header, self.header_format(described))
        if table.keep == "view" and self.page["freeze"]:
            paper.freeze_panes(top, 1)
        if table.keep:
            paper.repeat_rows(row)
        is_data = self.places.is_data(table)
        bottom = top + (len(self.briefing.data) if is_data else len(table.rows)) - 1
        if is_data:
            for offset, data_row in enumerate(self.briefing.data):
                self.write_data_row(paper, top + offset, data_row, table)
        for offset, body in enumerate(table.rows):
            for column, content in enumerate(body.cells):
                look = self.body_look(table.columns[column], body.style)
                if body.style == "break" and content is None:
                    # between figures that do not go together; nothing is absent here
                    paper.write_blank(top + offset, column, None, self.format(**look))
                else:
                    self.write_cell(paper, top + offset, column, content, look)
        area = (row, 0, max(top, bottom), len(table.columns) - 1)
        if self.page["marked_tables"]:
            self.mark_table(paper, area, table)
        elif is_data and self.page["filter"]:
            paper.autofilter(*area)

    def mark_table(self, paper: Worksheet, area: Area, table: Table) -> None:
        """Say that these cells are a table with a header row, as assistive technology needs it."""
        headers = [{"header": one.header, "header_format": self.header_format(one)} for one in table.columns]
        paper.add_table(
            *area, {"name": f"{table.id}_{len(self.tables)}", "columns": headers, "autofilter": False, "style": None}
        )

    def side(self, column: Column) -> str:
        """Texts start where reading starts; numbers end on the right in every language."""
        return "right" if self.briefing.right_to_left and column.align == "left" else column.align

    def filled(self, look: dict[str, Any]) -> dict[str, Any]:
        """Take the background off where the theme wants none."""
        return look if self.page["fills"] else {key: value for key, value in look.items() if key != "bg_color"}

    def header_format(self, column: Column) -> Format:
        dressed = {"font_color": self.colours["on_accent"], "bg_color": self.colours["accent"]}
        return self.format(
            **(dressed if self.page["fills"] else {}),
            bold=True,
            align=self.side(column),
            indent=1 if column.align == "left" else 0,
            text_wrap=True,
            border=1,
            border_color=self.colours["rule"],
        )

    def body_look(self, column: Column, style: str) -> dict[str, Any]:
        look: dict[str, Any] = {"align": self.side(column), "bottom": 1, "border_color": self.colours["rule"]}
        if column.align == "left":
            # keeps a text off the number to its left; LibreOffice prints right indents unevenly
            look["indent"] = 1
        if column.wrap:
            look["text_wrap"] = True
        if style == "total":
            look |= {"bold": True, "bg_color": self.colours["band"], "top": 1}
        elif style == "muted":
            # without fills and italics, a paler row would be told by its colour alone
            look |= {"italic": True, "font_color": self.colours["muted"]} if self.page["italic"] else {}
        elif style == "break":
            look |= {"italic": self.page["italic"], "bg_color": self.colours["band"]}
        elif style in ("error", "warning", "note"):
            look |= {"bg_color": self.colours[style], "valign": "top"}
        return self.filled(look)

    def write_cell(self, paper: Worksheet, row: int, column: int, content: Content, look: dict[str, Any]) -> None:
        match content:
            case None:
                paper.write_blank(
                    row, column, None, self.format(**self.filled(look | {"bg_color": self.colours["absent"]}))
                )
            case str():
                paper.write_string(row, column, content[:MAX_TEXT], self.format(**look))
            case Link(text, sheet, cell):
                style = self.format(**look | {"font_color": self.colours["link"], "underline": 1})
                target = sheet.replace("'", "''")
                paper.write_url(row, column, f"internal:'{target}'!{cell}", style, text)
            case Value(expression, number_format):
                style = self.format(**look | {"num_format": number_format})
                written = "=" + formula(expression, self.places.address_of)
                paper.write_formula(row, column, written, style, self.cached(expression))

    def write_data_row(self, paper: Worksheet, row: int, data: DataRow, table: Table) -> None:
        """Write an observation: what was published as numbers and texts, what follows from it as formulas."""
        for column, text in zip(TEXT_COLUMNS, data.cells, strict=True):
            self.write_cell(paper, row, column, text, self.body_look(table.columns[column], "text"))
        look = self.body_look(table.columns[DATA_COLUMNS["value"]], "muted" if data.terms else "text")
        published, precision = DATA_COLUMNS["published"], DATA_COLUMNS["precision_published"]
        if data.published is None or data.precision is None:
            for column in (published, precision):
                self.write_cell(paper, row, column, self.briefing.nothing if data.terms else self.briefing.absent, look)
        else:
            style = self.format(**look | {"num_format": data.number_format})
            paper.write_number(row, published, float(data.published), style)
            paper.write_number(row, precision, float(data.precision), self.format(**look))
        for name in ("value", "precision"):
            if data.published is None and not data.terms:
                self.write_cell(paper, row, DATA_COLUMNS[name], self.briefing.absent, look)
                continue
            ref = Ref(data.key, "value" if name == "value" else "precision")
            if data.terms:
                written = "+".join(
                    self.places.address_of(Ref(term, ref.column)).rpartition("!")[2] for term in data.terms
                )
            else:
                source = chr(ord("A") + (published if name == "value" else precision))
                written = _scaled(f"{source}{row + 1}", data.factor)
            style = self.format(**look | {"num_format": "#,##0.0########"})
            paper.write_formula(row, DATA_COLUMNS[name], "=" + written, style, float(self.places.value_of(ref)))

    def write_charts(self) -> None:
        """Draw the charts, last: a chart may stand before its table, or on another sheet."""
        for paper, row, chart, width in self.charts:
            found = [one for one in self.tables if one[2].id == chart.table]
            # the table beside it first
            name, top, table = min(found, key=lambda one: one[0] != paper.get_name())
            place = charts.Place(name, top, self.values_in(table), partial(_texts, table))
            drawn = charts.draw(self.book, chart, self.theme, place, width, right_to_left=self.briefing.right_to_left)
            paper.insert_chart(row, 0, drawn, {"description": chart.description, "object_position": 2})

    def values_in(self, table: Table) -> Callable[[Area], list[float | str | None]]:
        def values(area: Area) -> list[float | str | None]:
            first_row, first_column, last_row, last_column = area
            return [
                self.cached(content.expression) if isinstance(content, Value) else None
                for body in table.rows[first_row : last_row + 1]
                for content in body.cells[first_column : last_column + 1]
            ]

        return values


def _scaled(cell: str, factor: Decimal) -> str:
    """Multiply or divide by a power of ten, as a person would write it."""
    if factor == 1:
        return cell
    return f"{cell}*{factor:f}" if factor > 1 else f"{cell}/{format((1 / factor).to_integral_value(), 'f')}"


def _texts(table: Table, area: Area) -> list[str]:
    """The texts of an area; row -1 is the header."""
    first_row, first_column, last_row, last_column = area
    rows = [tuple(column.header for column in table.columns), *(body.cells for body in table.rows)]
    found = [one for row in rows[first_row + 1 : last_row + 2] for one in row[first_column : last_column + 1]]
    return [one for one in found if isinstance(one, str)]


def _escape(text: str) -> str:
    """A "&" in a footer starts a code."""
    return text.replace("&", "&&")[:100]
