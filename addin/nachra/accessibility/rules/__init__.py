"""The checklist: one small function a rule, in the checklist's order, grouped by what it looks at.

Source: the United Kingdom's Government Analysis Function, "Making spreadsheets accessible: a brief checklist of the
basics", as the checklists of gptables and aftables give it; alternative texts (WCAG 2.2, 1.1.1) and the alignment of
figures and texts are added. Titles, reasons, remedies and levels stand in templates/accessibility.toml.
"""

from __future__ import annotations

from nachra.accessibility.rules import document, formatting, notes, objects, structure, tables
from nachra.accessibility.verdicts import Rule

RULES: dict[str, Rule] = {
    "tables-marked-up": tables.marked_up,
    "table-names": tables.names,
    "no-merged-cells": tables.merged_cells,
    "no-blank-lines": tables.blank_lines,
    "one-header-row": tables.header_row,
    "wrapped-text": formatting.wrapped_text,
    "no-filters-or-panes": structure.filters_and_panes,
    "blanks-explained": tables.blanks,
    "nothing-hidden": structure.hidden,
    "column-widths": formatting.column_widths,
    "alignment": tables.alignment,
    "no-symbol-notes": notes.symbols,
    "word-note": notes.word,
    "no-notes-in-cells": notes.in_cells,
    "notes-table": notes.table,
    "plain-words": document.plain_words,
    "links": document.links,
    "text-format": formatting.text_format,
    "sheet-titles": structure.titles,
    "no-lone-symbols": formatting.lone_symbols,
    "no-headers-footers": objects.headers_footers,
    "no-dividers": objects.dividers,
    "no-fill": objects.fills,
    "colour-not-alone": objects.colour_alone,
    "contrast": formatting.contrasts,
    "no-images": objects.images,
    "alternative-text": objects.alternative_texts,
    "no-macros": document.macros,
    "sheet-names": structure.names,
    "no-blank-sheets": structure.blank_sheets,
    "column-a": structure.first_column,
    "tables-at-left": structure.tables_at_left,
    "nothing-below-table": structure.below_tables,
    "one-table-per-sheet": structure.one_table,
    "spelling": document.spelling,
    "accessibility-checker": document.checker,
    "document-properties": document.properties,
    "cursor-at-start": document.cursor,
}
