"""The ways to break the checklist, rule by rule, and what only looks like a fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from specimens_accessible import ROWS, Publication, with_part
from workbooks import altered

RED, YELLOW = "#C00000", "#FFFF00"
WIDE = "Un texte bien plus large que sa colonne de soixante caractères, et voisin d'un autre"
Shape = Callable[[Publication], object]


def shaped(*calls: Shape, **facts: Any) -> Publication:
    return Publication(lambda made: [call(made) for call in calls], **facts)


def replaced(row: int, column: int, value: Any) -> tuple[tuple[Any, ...], ...]:
    """The rows of the table with one value changed."""
    rows = [list(one) for one in ROWS]
    rows[row][column] = value
    return tuple(tuple(one) for one in rows)


def chart(made: Publication, sheet: Any, row: int, **options: Any) -> None:
    drawn = made.book.add_chart({"type": "column"})
    drawn.add_series({"values": "=Exportations!$B$5:$B$8"})
    sheet.insert_chart(row, 0, drawn, options)


def two_series(made: Publication, **labels: Any) -> None:
    drawn = made.book.add_chart({"type": "column"})
    for column in "BC":
        drawn.add_series({"values": f"=Exportations!${column}$5:${column}$8", **labels})
    made.cover.insert_chart(4, 0, drawn, {"description": "Histogramme des exportations par série, 2023 et 2024"})


def part(name: str, old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """Return a change of a part of the package, which must find what it changes."""

    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new)

    return lambda data: altered(data, {name: change})


def write(sheet: str, place: str, value: Any, **look: Any) -> Shape:
    return lambda made: getattr(made, sheet).write(
        place, value, made.format(**{"text_wrap": isinstance(value, str)} | look)
    )


def data_format(**look: Any) -> Shape:
    """Write one figure of the table in another look."""
    return write("data", "B6", 8.1, **{"num_format": "0.0", "align": "right"} | look)


#: rule → the workbooks that break exactly it (with what cannot be broken apart), with the cells to be named
BROKEN: list[tuple[str, Publication, str, set[str]]] = [
    ("tables-marked-up", shaped(marked=False), "Exportations A4:C8", set()),
    ("table-names", shaped(name="Table1"), "Exportations A4:C8", set()),
    ("table-names", shaped(name="Tableau_3"), "Exportations A4:C8", set()),
    (
        "no-merged-cells",
        shaped(lambda made: made.cover.merge_range("A4:B4", "Fusion", made.body)),
        "Couverture A4:B4",
        set(),
    ),
    ("no-blank-lines", shaped(rows=(*ROWS[:2], (None, None, None), *ROWS[2:])), "Exportations A7:C7", set()),
    (
        "no-blank-lines",
        shaped(rows=(*ROWS[:3], (None, None, None), ROWS[3]), marked=False),
        "Exportations A8:C8",
        {"tables-marked-up"},
    ),
    ("one-header-row", shaped(headers=("Série", "Colonne1", "2024")), "Exportations B4", set()),
    (
        "one-header-row",
        shaped(headers=("Série", "2023", "2023"), marked=False),
        "Exportations C4",
        {"tables-marked-up"},
    ),
    (
        "wrapped-text",
        shaped(write("cover", "A3", WIDE, text_wrap=False), write("cover", "B3", "x")),
        "Couverture A3",
        {"column-a"},
    ),
    ("wrapped-text", shaped(write("cover", "A3", "Un long texte. " * 20, text_wrap=False)), "Couverture A3", set()),
    (
        "wrapped-text",
        shaped(write("cover", "A3", "Un long texte. " * 20), lambda made: made.cover.set_row(2, 16)),
        "Couverture A3",
        set(),
    ),
    ("no-filters-or-panes", shaped(lambda made: made.data.freeze_panes(4, 1)), "Exportations", set()),
    ("no-filters-or-panes", shaped(filter=True), "Exportations A4:C8", set()),
    ("blanks-explained", shaped(rows=replaced(1, 1, None)), "Exportations B6", set()),
    ("nothing-hidden", shaped(lambda made: made.notes.hide()), "Notes", set()),
    (
        "nothing-hidden",
        shaped(lambda made: made.data.set_row(5, None, None, {"hidden": True})),
        "Exportations A6:C6",
        set(),
    ),
    (
        "nothing-hidden",
        shaped(lambda made: made.data.set_column(1, 1, 20, None, {"hidden": True})),
        "Exportations B1:B8",
        set(),
    ),
    (
        "column-widths",
        shaped(
            data_format(num_format="#,##0.00"),
            write("data", "B7", 123456789012.5, num_format="#,##0.00", align="right"),
            lambda made: made.data.set_column(1, 1, 9),
        ),
        "Exportations B7",
        set(),
    ),
    ("column-widths", shaped(lambda made: made.cover.set_column(0, 0, 150)), "Couverture A1:A2", set()),
    ("alignment", shaped(data_format(align="center")), "Exportations B6", set()),
    ("alignment", shaped(write("data", "A6", "CRM", align="right")), "Exportations A6", set()),
    ("alignment", shaped(write("data", "B4", "2023", align="left")), "Exportations B4", set()),
    ("no-symbol-notes", shaped(title="Exportations par série, en milliards*"), "Exportations A1", set()),
    ("no-symbol-notes", shaped(headers=("Série", "2023", "2024*")), "Exportations C4", set()),
    (
        "no-symbol-notes",
        shaped(
            lambda made: made.cover.write_rich_string(
                "A3", made.body, "Total", made.format(font_script=1), "1", made.body
            )
        ),
        "Couverture A3",
        set(),
    ),
    ("word-note", shaped(headers=("Série", "2023", "2024 (1)")), "Exportations C4", set()),
    ("no-notes-in-cells", shaped(rows=replaced(1, 0, "CRM [note 1]")), "Exportations A6", set()),
    ("notes-table", shaped(write("cover", "A3", "Note 1 : chiffres provisoires.")), "Couverture A3", set()),
    ("links", shaped(write("cover", "A3", "Voir https://example.org/chiffres")), "Couverture A3", set()),
    (
        "links",
        shaped(lambda made: made.cover.write_url("A3", "internal:Notes!A1", made.body, "Cliquez ici")),
        "Couverture A3",
        set(),
    ),
    ("text-format", shaped(write("cover", "A3", "Petit", font_size=9)), "Couverture A3", set()),
    (
        "text-format",
        shaped(write("cover", "A3", "Avec empattement", font_name="Times New Roman")),
        "Couverture A3",
        set(),
    ),
    ("text-format", shaped(write("cover", "A3", "Italique", italic=True)), "Couverture A3", set()),
    ("text-format", shaped(write("cover", "A3", "Souligné", underline=1)), "Couverture A3", set()),
    ("text-format", shaped(write("cover", "A3", "Tourné", rotation=90)), "Couverture A3", set()),
    ("text-format", shaped(write("cover", "A3", "CHIFFRES PROVISOIRES")), "Couverture A3", set()),
    ("sheet-titles", shaped(write("data", "A1", "")), "Exportations A1", set()),
    ("sheet-titles", shaped(title="Notes du classeur"), "Notes A1", set()),
    ("sheet-titles", shaped(write("cover", "A1", "Exportations de services numériques")), "Couverture A1", set()),
    ("no-lone-symbols", shaped(rows=replaced(1, 1, "-")), "Exportations B6", set()),
    (
        "no-lone-symbols",
        shaped(write("data", "B6", 0.0, num_format='0.0;-0.0;"-"', align="right")),
        "Exportations B6",
        set(),
    ),
    ("no-headers-footers", shaped(lambda made: made.cover.set_footer("&L&P")), "Couverture", set()),
    (
        "no-headers-footers",
        shaped(lambda made: made.cover.insert_textbox("A4", "Un texte qui flotte")),
        "Couverture A4",
        set(),
    ),
    (
        "no-headers-footers",
        shaped(lambda made: made.cover.insert_button("A4", {"caption": "Aller"})),
        "Couverture A1",
        set(),
    ),
    ("no-dividers", shaped(write("cover", "A3", "----------")), "Couverture A3", {"no-lone-symbols"}),
    (
        "no-dividers",
        shaped(lambda made: made.cover.set_row(2, 4), write("cover", "A4", "Suite")),
        "Couverture A3",
        set(),
    ),
    (
        "no-dividers",
        shaped(lambda made: made.cover.write_blank("A3", None, made.format(bottom=1)), write("cover", "A4", "Suite")),
        "Couverture A3",
        set(),
    ),
    ("no-fill", shaped(write("cover", "A3", "Sur fond", bg_color="#DDEBF7")), "Couverture A3", set()),
    ("no-fill", shaped(style="Table Style Light 9"), "Exportations A4:C8", set()),
    (
        "no-fill",
        shaped(
            lambda made: made.data.conditional_format(
                "B5:B8", {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#DDEBF7"}
            )
        ),
        "Exportations B5:B8",
        set(),
    ),
    ("colour-not-alone", shaped(data_format(font_color=RED)), "Exportations B6", set()),
    (
        "colour-not-alone",
        shaped(
            lambda made: made.data.conditional_format(
                "B5:B8",
                {"type": "cell", "criteria": ">", "value": 9, "format": made.book.add_format({"font_color": RED})},
            )
        ),
        "Exportations B5:B8",
        set(),
    ),
    (
        "colour-not-alone",
        shaped(write("data", "B6", -8.1, num_format="0.0;[Blue]0.0", align="right")),
        "Exportations B6",
        set(),
    ),
    ("colour-not-alone", shaped(two_series), "Couverture A5", {"no-images"}),
    ("contrast", shaped(write("cover", "A3", "Gris clair", font_color="#999999")), "Couverture A3", set()),
    (
        "contrast",
        shaped(write("cover", "A3", "Jaune", bg_color=YELLOW, font_color="#808080")),
        "Couverture A3",
        {"no-fill"},
    ),
    (
        "no-images",
        shaped(lambda made: chart(made, made.cover, 4, description="Histogramme des exportations par série")),
        "Couverture A5",
        set(),
    ),
    ("alternative-text", shaped(lambda made: chart(made, made.cover, 4)), "Couverture A5", {"no-images"}),
    (
        "alternative-text",
        shaped(lambda made: chart(made, made.cover, 4, description="Graphique 1")),
        "Couverture A5",
        {"no-images"},
    ),
    ("no-macros", shaped(parts=with_part("xl/vbaProject.bin", b"\0" * 64), suffix=".xlsm"), "", set()),
    ("sheet-names", shaped(sheet="Feuil2"), "Feuil2", set()),
    ("no-blank-sheets", shaped(lambda made: made.book.add_worksheet("Vide")), "Vide", set()),
    ("column-a", shaped(write("cover", "B3", "À côté")), "Couverture B3", set()),
    ("tables-at-left", shaped(left=1), "Exportations B4:D8", set()),
    ("nothing-below-table", shaped(write("data", "A10", "Source : Office des Changes.")), "Exportations A10", set()),
    (
        "one-table-per-sheet",
        shaped(lambda made: made.table(made.data, 12, 0, "Seconde")),
        "Exportations A4:C8 A13:C17",
        set(),
    ),
    ("document-properties", shaped(language=False), "", set()),
    (
        "document-properties",
        shaped(
            parts=part("docProps/core.xml", b"<dc:title>Exportations de services num\xc3\xa9riques</dc:title>", b"")
        ),
        "",
        set(),
    ),
    ("cursor-at-start", shaped(lambda made: made.data.activate()), "Exportations", set()),
    ("cursor-at-start", shaped(lambda made: made.cover.set_selection("A2")), "Couverture A2", set()),
]


KEPT: list[tuple[str, Publication]] = [
    (
        "blanks-explained",
        shaped(write("data", "A2", "Les cellules vides ne sont pas publiées."), rows=replaced(1, 1, None)),
    ),
    ("colour-not-alone", shaped(data_format(font_color=RED, bold=True))),
    ("colour-not-alone", shaped(lambda made: two_series(made, data_labels={"series_name": True, "value": True}))),
    ("colour-not-alone", shaped(write("data", "B6", -8.1, num_format="0.0;[Red]-0.0", align="right", font_size=18))),
    ("contrast", shaped(write("cover", "A3", "Gris, en grand", font_color="#767676", font_size=18))),
    ("no-notes-in-cells", shaped(rows=replaced(1, 2, "note 1"), headers=("Série", "2023", "Notes"))),
    ("no-symbol-notes", shaped(write("cover", "A3", "Surface en km²"))),
    ("no-lone-symbols", shaped(write("cover", "A3", "%"))),
    ("nothing-below-table", shaped(write("data", "A3", "Source : Office des Changes."))),
    ("text-format", shaped(write("cover", "A3", "ITO CRM ESO BPO KPO"))),
    ("text-format", shaped(write("cover", "A3", "المجموع TOTAL في المنشور"))),
    (
        "wrapped-text",
        shaped(write("cover", "A3", "Un texte un peu plus large que sa colonne, que rien ne gêne", text_wrap=False)),
    ),
    ("links", shaped(lambda made: made.cover.write_url("A3", "internal:Notes!A1", made.body, "Notes du classeur"))),
    ("alternative-text", shaped(lambda made: chart(made, made.cover, 4, decorative=True))),
    ("no-fill", shaped(write("cover", "A3", "Sur fond blanc", bg_color="#FFFFFF"))),
    (
        "no-fill",
        shaped(
            style="Table Style Light 15",
            rows=ROWS,
            parts=part("xl/tables/table1.xml", b'showRowStripes="1"', b'showRowStripes="0"'),
        ),
    ),
]
