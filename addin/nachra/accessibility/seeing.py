"""From admitted bytes to what is seen: openpyxl for cells and their looks, the package for what openpyxl loses."""

from __future__ import annotations

import datetime as dt
import io
import warnings
from typing import TYPE_CHECKING, Any

from nachra.accessibility.colours import Palette
from nachra.accessibility.inspection import Area, Cell, Condition, Kind, Look, Sheet, Table, Workbook
from nachra.accessibility.objects import document_properties, extended_conditions, see_objects, sheet_parts
from nachra.accessibility.regions import find_tables
from nachra.diagnosis import explain
from nachra.errors import NachraError, RefusedError, UnreadableError
from nachra.essentials import essentials
from nachra.guard import MAX_CELLS, Admitted
from nachra.parts import Package

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

#: the custom document property in which our workbooks name their outline
OUTLINE_PROPERTY = "nachra-outline"
_BLACK = "000000"
#: conditional formats that look at what the text itself says
_TELLING = {"containsText", "notContainsText", "beginsWith", "endsWith"} | {
    f"{sign}{what}" for sign in ("contains", "notContains") for what in ("Blanks", "Errors")
}


def see(file: Admitted) -> Workbook:
    """Return what is seen in an admitted workbook; UnreadableError where it cannot be read, whatever the reason."""
    try:
        with warnings.catch_warnings():
            # openpyxl warns of the features that it drops; those that matter here are read from the package
            warnings.simplefilter("ignore")
            return _Seer(file).workbook()
    except NachraError:
        raise
    except Exception as error:  # a bad file makes openpyxl raise a dozen foreign types
        raise explain(str(file.path), file.data, type(error).__name__) from error


class _Seer:
    """One look at one workbook; holds the looks that were resolved already."""

    def __init__(self, file: Admitted):
        import openpyxl

        self.file = file
        self.package = Package(file.data)
        # no reader is given what it needs not: drawings, charts and properties are read from the package
        data = essentials(file)
        self.formulas: Any = openpyxl.load_workbook(io.BytesIO(data), keep_links=False, rich_text=True)
        self.values: Any = self.formulas
        if any(cell.data_type == "f" for sheet in self.formulas.worksheets for cell in sheet._cells.values()):
            self.values = openpyxl.load_workbook(io.BytesIO(data), data_only=True, keep_links=False, rich_text=True)
        self.palette = self.colours()
        self.looks: dict[int, Look] = {}

    def colours(self) -> Palette:
        return Palette(self.formulas.loaded_theme, self.formulas._colors)

    def workbook(self) -> Workbook:
        sheets: list[Sheet] = []
        ours = {sheet.title: sheet for sheet in self.formulas.worksheets}
        for name, part, kind in sheet_parts(self.package):
            if name in ours and kind == "worksheet":
                sheet = self.sheet(ours[name], self.values[name])
            else:
                sheet = Sheet(name, is_chart=kind == "chartsheet")
            sheet.visible = self.formulas[name].sheet_state == "visible" if name in self.formulas else True
            see_objects(self.package, part, sheet)
            sheet.conditions.extend(extended_conditions(self.package, part))
            sheets.append(sheet)
        if not ours and not any(sheet.is_chart for sheet in sheets):
            # openpyxl shows Strict Open XML as a workbook without sheets
            raise UnreadableError("no_sheets", path=str(self.file.path))
        properties = document_properties(self.package)
        views, fonts = self.formulas.views, self.formulas._fonts
        return Workbook(
            path=str(self.file.path),
            every=sheets,
            title=properties.get("title", ""),
            language=properties.get("language", ""),
            outline=properties.get(OUTLINE_PROPERTY, ""),
            active=(views[0].activeTab or 0) if views else 0,
            has_macros=self.file.has_macros
            or any(
                "/macrosheets/" in name.casefold() or "/dialogsheets/" in name.casefold() for name in self.package.names
            ),
            base_size=float(fonts[0].sz or 11) if len(fonts) else 11,
        )

    # --- sheets -----------------------------------------------------------------------------------

    def sheet(self, formulas: Worksheet, values: Worksheet) -> Sheet:
        sheet = Sheet(formulas.title)
        # `iter_rows` would create every cell of the rectangle; the dictionary holds those that are there
        for place, cell in sorted(formulas._cells.items()):
            look = self.look(cell)
            seen = self.cell(cell, values._cells[place], look)
            if seen:
                sheet.cells[place] = seen
            elif look.fill or look.patterned or look.bordered:
                sheet.blanks[place] = look
        sheet.merged = [Area(area.min_row, area.min_col, area.max_row, area.max_col) for area in formulas.merged_cells]
        self.lay_out(sheet, formulas)
        self.mark_up(sheet, formulas)
        sheet.found = find_tables(sheet.cells, [table.area for table in sheet.marked], sheet.merged)
        self.condition(sheet, formulas)
        self.view(sheet, formulas)
        return sheet

    def cell(self, cell: Any, stored: Any, look: Look) -> Cell | None:
        """Return a filled cell; None for one that shows nothing."""
        from openpyxl.cell.rich_text import CellRichText, TextBlock

        value, number = stored.value, None
        if cell.value is None or (value is None and stored.data_type == "str"):
            return None
        raised: list[tuple[str, str]] = []
        inks: list[str] = []
        if isinstance(value, CellRichText):
            before = ""
            for run in value:
                font = run.font if isinstance(run, TextBlock) else None
                if font is not None and font.vertAlign == "superscript":
                    raised.append((before, str(run)))
                if font is not None and (ink := self.palette.resolve(font.color)):
                    inks.append(ink)
                before += str(run)
        if value is None:
            kind = Kind.UNCACHED
        elif isinstance(value, bool) or stored.data_type == "e":
            kind = Kind.OTHER
        elif isinstance(value, int | float):
            kind, number = Kind.NUMBER, float(value)
        elif isinstance(value, dt.datetime | dt.date | dt.time | dt.timedelta):
            kind = Kind.DATE
        else:
            kind = Kind.TEXT
        text = "" if value is None else str(value)
        if kind is Kind.TEXT and not text.strip():
            return None
        if look.raised:
            raised.append(("", text))
        return Cell(
            cell.row, cell.column, kind, text, look, number, _link(cell), tuple(raised), tuple(dict.fromkeys(inks))
        )

    def look(self, cell: Any) -> Look:
        known = self.looks.get(cell.style_id)
        if known is None:
            known = self.looks[cell.style_id] = self.resolved(cell)
        return known

    def resolved(self, cell: Any) -> Look:
        font, fill, alignment, border = cell.font, cell.fill, cell.alignment, cell.border
        colour, patterned = None, False
        if fill.tagname == "gradientFill":
            patterned = True
        elif fill.fill_type == "solid":
            colour = self.palette.resolve(fill.fgColor)
        elif fill.fill_type is not None:
            patterned = True
        sides = (border.left, border.right, border.top, border.bottom) if border else ()
        return Look(
            font=font.name or "",
            size=float(font.sz or 11),
            bold=bool(font.b),
            italic=bool(font.i),
            underline=bool(font.u) and font.u != "none",
            strike=bool(font.strike),
            ink=self.palette.resolve(font.color) or _BLACK,
            fill=colour,
            patterned=patterned,
            bordered=any(side is not None and side.style for side in sides),
            align=(alignment.horizontal or "general") if alignment else "general",
            rotated=bool(alignment and alignment.textRotation),
            wrap=bool(alignment and alignment.wrap_text),
            shrink=bool(alignment and alignment.shrink_to_fit),
            raised=font.vertAlign == "superscript",
            number_format=cell.number_format or "General",
        )

    def lay_out(self, sheet: Sheet, paper: Worksheet) -> None:
        """Note widths and heights, and what they hide among the cells in use."""
        form, used = paper.sheet_format, sheet.used
        if form.defaultColWidth:
            sheet.default_width = float(form.defaultColWidth)
        elif form.baseColWidth:
            sheet.default_width = float(form.baseColWidth) + 1.14
        for row, line in paper.row_dimensions.items():
            if line.ht is not None:
                sheet.heights[row] = float(line.ht)
            if (line.hidden or line.ht == 0) and used and row in used.rows():
                sheet.hidden_rows.add(row)
        reached, edge = 0, max([used.right if used else 1, *(area.right for area in sheet.merged)])
        for dimension in sorted(paper.column_dimensions.values(), key=lambda one: one.min or 1):
            # columns described over and over are gone through once
            first, last = max(dimension.min or 1, reached + 1), dimension.max or dimension.min or 1
            for column in range(first, min(last, edge) + 1):
                reached = column
                if dimension.width is not None:
                    sheet.widths[column] = float(dimension.width)
                if (dimension.hidden or dimension.width == 0) and used and column in used.columns():
                    sheet.hidden_columns.add(column)

    def mark_up(self, sheet: Sheet, paper: Worksheet) -> None:
        """Note the marked-up tables, as far as they reach into the cells in use."""
        total = 0
        for table in paper.tables.values():
            area = _area(table.ref)
            if area is None or sheet.used is None:
                continue
            bottom = max(area.top, min(area.bottom, sheet.used.bottom))
            right = max(area.left, min(area.right, sheet.used.right))
            area = area._replace(bottom=bottom, right=right)
            total += len(area.rows()) * len(area.columns())
            if total > MAX_CELLS:
                raise RefusedError("too_many_cells", path=str(self.file.path), part=sheet.title, limit=MAX_CELLS)
            style = table.tableStyleInfo
            sheet.marked.append(
                Table(
                    area,
                    name=table.displayName or table.name or "",
                    headers=1 if table.headerRowCount is None else int(table.headerRowCount),
                    style=(style.name or "") if style else "",
                    striped=bool(style and (style.showRowStripes or style.showColumnStripes)),
                    filtered=table.autoFilter is not None,
                )
            )

    def view(self, sheet: Sheet, paper: Worksheet) -> None:
        view, pane = paper.sheet_view, paper.sheet_view.pane
        sheet.right_to_left = bool(view.rightToLeft)
        sheet.frozen = pane is not None and bool(pane.xSplit or pane.ySplit)
        sheet.filter = paper.auto_filter.ref or ""
        places = [f"{turn}{end}" for turn in ("odd", "even", "first") for end in ("Header", "Footer")]
        pages = [getattr(paper, place) for place in places]
        sheet.has_header = any(part.text for page in pages for part in (page.left, page.center, page.right))
        active = pane.activePane if pane is not None else None
        chosen = [one for one in view.selection if active is None or one.pane == active] or list(view.selection)
        sheet.active_cell = (chosen[0].activeCell if chosen else None) or "A1"
        sheet.top_left = view.topLeftCell or "A1"

    def condition(self, sheet: Sheet, paper: Worksheet) -> None:
        for conditional in paper.conditional_formatting:
            areas = tuple(Area(one.min_row, one.min_col, one.max_row, one.max_col) for one in conditional.sqref.ranges)
            for rule in conditional.rules:
                sheet.conditions.append(self.rule(rule, areas))

    def rule(self, rule: Any, areas: tuple[Area, ...]) -> Condition:
        if rule.colorScale is not None:
            # the figure that is shaded is itself there to be read
            colours = (self.palette.resolve(colour) for colour in rule.colorScale.color)
            return Condition(areas, False, tuple(colour for colour in colours if colour))
        if rule.iconSet is not None:
            # lights differ by their colour alone
            return Condition(areas, "Lights" in (rule.iconSet.iconSet or "") and rule.iconSet.showValue is False)
        if rule.dataBar is not None or rule.dxf is None:
            return Condition(areas, False)
        font, fill = rule.dxf.font, rule.dxf.fill
        colour = None
        if fill is not None and getattr(fill, "fill_type", None) in (None, "solid"):
            colour = self.palette.resolve(getattr(fill, "bgColor", None))
        ink = self.palette.resolve(font.color) if font is not None else None
        speaks = rule.dxf.numFmt is not None or (font is not None and (font.b or font.i or font.u or font.strike))
        paints = ink is not None or fill is not None
        return Condition(areas, bool(paints and not speaks and not _told(rule)), (colour,) if colour else (), ink)


def _told(rule: Any) -> bool:
    """Tell whether the text or sign of the cells says what the colour says."""
    if rule.type in _TELLING:
        return True
    written = [str(formula) for formula in rule.formula]
    if rule.type == "cellIs" and rule.operator in ("lessThan", "greaterThan") and written == ["0"]:
        return True
    return any('"' in formula for formula in written)


def _link(cell: Any) -> str | None:
    """Return where a cell's link leads ("" where that is not told), None where there is none."""
    if cell.hyperlink is not None:
        return str(cell.hyperlink.target or cell.hyperlink.location or "")
    if cell.data_type == "f" and str(cell.value).lstrip("=+ ").upper().startswith("HYPERLINK("):
        return ""
    return None


def _area(reference: str | None) -> Area | None:
    from openpyxl.utils.cell import range_boundaries

    if not reference:
        return None
    left, top, right, bottom = range_boundaries(reference)
    return Area(top, left, bottom, right) if top and left and bottom and right else None
