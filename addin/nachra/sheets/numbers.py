"""The numbers of the sentences: each as it is written, the cell it comes from, and what that cell gives."""

from __future__ import annotations

from dataclasses import replace

from nachra.briefing import Block, Briefing, Column, Link, Number, Row, Sheet, Table, Value
from nachra.expressions import Constant, times
from nachra.phrases import HUNDRED
from nachra.places import Cell, Places
from nachra.sentences import Sentences
from nachra.sentences import numbers as numbers_of
from nachra.sheets.context import Context

NUMBERS = "numbers"


def table(context: Context) -> tuple[Block, ...]:
    """The table's place: its rows are known when every sheet is described (`fill`)."""
    text = context.text
    columns = (
        Column(text("col_sentence"), 28),
        Column(text("col_written"), 14, "right"),
        Column(text("col_source"), 30, "left", True),
        Column(text("col_value_there"), 14, "right"),
        Column(text("col_form"), 14),
    )
    return (Table(NUMBERS, columns, (), text("title_numbers"), keep="print"),)


def fill(briefing: Briefing, context: Context) -> Briefing:
    """Return the briefing with every number of its sentences in the table, where it has one; else without the table."""
    count = sum(len(numbers_of(sentence)) for _, sentence in Sentences(Places(briefing)).all())
    # how many rows it takes decides on where other cells stand, what is in them does not
    blank = Row(("",) * 5)
    sized = _with_rows(briefing, (blank,) * count)
    sentences = Sentences(Places(sized))
    rows = tuple(row for cell, sentence in sentences.all() for row in _rows(context, sentences, cell, sentence))
    return _with_rows(briefing, rows)


def _with_rows(briefing: Briefing, rows: tuple[Row, ...]) -> Briefing:
    def changed(sheet: Sheet) -> Sheet:
        blocks: list[Block] = []
        for block in sheet.blocks:
            if not (isinstance(block, Table) and block.id == NUMBERS):
                blocks.append(block)
            elif rows:
                blocks.append(replace(block, rows=rows))
        return replace(sheet, blocks=tuple(blocks))

    return replace(briefing, sheets=tuple(changed(sheet) for sheet in briefing.sheets))


def _rows(context: Context, sentences: Sentences, cell: Cell, sentence: tuple[str | Number, ...]) -> list[Row]:
    form = context.text("form_text" if sentences.formula(sentence) is None else "form_formula")
    place = Link(_named(cell), cell.sheet, cell.address)
    return [
        Row((place, number.written, _source(sentences.sources(number)), _value(context, number), form))
        for number in numbers_of(sentence)
    ]


def _named(*cells: Cell) -> str:
    return f"{cells[0].sheet} ! {', '.join(cell.address for cell in cells)}"


def _source(cells: tuple[Cell, ...]) -> Link:
    return Link(_named(*cells), cells[0].sheet, cells[0].address)


def _value(context: Context, number: Number) -> Value:
    sign = number.sign == "both"
    if number.scale == HUNDRED:
        return Value(number.expression, context.percent_format(number.decimals, sign=sign))
    scaled = number.expression if number.scale == 1 else times(number.expression, Constant(number.scale))
    return Value(scaled, context.decimal_format(number.decimals, sign=sign))
