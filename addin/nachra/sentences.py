"""Sentences as native formulas: words, and numbers that follow the cells they come from.

A number is put into words by whole-number arithmetic alone: INT rounds half up, MOD cuts off the groups of three
digits and the decimals, TEXT(n,"0") and TEXT(n,"000") write them. No decimal sign and no group mark of the reader's
own settings takes part, so the text is the same in every language setting (`TEXT(x,"0,0")` and `FIXED` are not).

Doubles: what a spreadsheet computes lies within a few last places of the exact value, so a tie (20.5 to no decimals)
may fall on either side of the half. NUDGE, added before INT, puts exact ties above it; a number whose digits could
still change within MARGIN is not made a formula: its sentence stays a text. The tests hold this against LibreOffice in
several languages. For Excel it is reasoned, not run: INT, MOD, ABS, IF, AND and TEXT with "0" or "000" are documented
to work alike in every language version.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cached_property

from nachra.briefing import Briefing, Number, Paragraph, Sentence, Sheet
from nachra.errors import DisagreementError
from nachra.expressions import Expression, Function, Operation, Ref, Shown, Sum, formula
from nachra.figures import PRECISION, quantum_of_format, round_half_up
from nachra.formats import MINUS, Manner
from nachra.places import Cell, Places

#: Excel's limits: characters of a literal in a formula, and of a formula
MAX_LITERAL, MAX_FORMULA = 255, 8192
#: lifts exact ties above the half, in units of the last digit written
NUDGE = Decimal("0.000001")
#: how far from a change of digits a number must stay, in the same units, and relative to itself
MARGIN, RELATIVE_MARGIN = Decimal("0.0000001"), Decimal("1E-14")


@dataclass(frozen=True)
class Sentences:
    """The sentences of one briefing, and where their numbers come from."""

    places: Places

    @property
    def briefing(self) -> Briefing:
        return self.places.briefing

    @cached_property
    def manner(self) -> Manner:
        return Manner(self.briefing.language, self.briefing.style)

    def all(self) -> Iterator[tuple[Cell, Sentence]]:
        """Yield every sentence that has numbers, with the cell that it is written in."""
        for sheet in self.briefing.sheets:
            yield from self._on(sheet)

    def _on(self, sheet: Sheet) -> Iterator[tuple[Cell, Sentence]]:
        for row, block in zip(self.places.rows(sheet), sheet.blocks, strict=True):
            if isinstance(block, Paragraph) and not isinstance(block.text, str) and numbers(block.text):
                yield Cell(sheet.name, row, 0), block.text

    # --- proof ----------------------------------------------------------------------------------------

    def check(self) -> None:
        """Raise DisagreementError where a sentence's words differ from its cells, or from the table's digits.

        Both are rounded at the coarser of their two precisions: 3 % and 3.4 % agree, 3 % and 3.6 % do not.
        """
        for cell, sentence in self.all():
            for number in numbers(sentence):
                value = self.value(number)
                shown = abs(value) if number.sign == "none" else value
                expected = self.manner.number(shown, number.decimals, sign=number.sign == "both")
                if expected != number.written:
                    self._disagree(cell, number.written, expected, "")
                for other, shown_there in self.places.quantities.get(number.quantity, ()):
                    own = Decimal(1).scaleb(-number.decimals) / number.scale
                    coarser = max(own, quantum_of_format(shown_there.number_format) or own)
                    there = self.places.evaluate(shown_there.expression)
                    assert isinstance(there, Decimal)
                    here, there = (round_half_up(one / coarser, 0) * coarser for one in (value / number.scale, there))
                    if here != there:
                        self._disagree(cell, number.written, f"{there:f}", f"{other.sheet} ! {other.address}")

    def _disagree(self, cell: Cell, written: str, expected: str, other: str) -> None:
        place = {"sheet": cell.sheet, "cell": cell.address}
        raise DisagreementError("sentence_disagrees", **place, written=written, expected=expected, other=other or "-")

    def value(self, number: Number) -> Decimal:
        """Return the exact value of a number as it is written: scaled, signed, unrounded."""
        found = self.places.evaluate(number.expression)
        assert isinstance(found, Decimal)
        with localcontext(prec=PRECISION):
            return found * number.scale

    # --- formulas -------------------------------------------------------------------------------------

    def formula(self, sentence: Sentence) -> str | None:
        """Write a sentence as a formula, without "="; None where it has no number or cannot safely be one."""
        found = numbers(sentence)
        if not found or not all(self._is_safe(number) for number in found):
            return None
        parts = [self.number(part) if isinstance(part, Number) else quoted(part) for part in sentence]
        written = "&".join(parts)
        return written if len(written) < MAX_FORMULA else None

    def _is_safe(self, number: Number) -> bool:
        """Tell whether a spreadsheet's doubles must give the digits that are written."""
        with localcontext(prec=PRECISION):
            units = abs(self.value(number)).scaleb(number.decimals)
            lifted = units + NUDGE + Decimal("0.5")
            distance = abs(lifted - lifted.to_integral_value())
            return (
                int(lifted) == round_half_up(units, 0)
                and distance >= max(MARGIN, units * RELATIVE_MARGIN)
                and int(lifted) < 10**13
            )

    def number(self, number: Number) -> str:
        """Write a number's digits, marks and sign as a formula; its value must be safe."""
        cell = self.written(number.expression)
        units = number.scale.scaleb(number.decimals)
        power = units.normalize()
        scaled = f"ABS({cell})"
        if power > 1:
            scaled += f"*{power:f}"
        elif power < 1:
            scaled += f"/{(1 / power).normalize():f}"
        rounded = f"INT({scaled}+{Decimal('0.5') + NUDGE})"
        ten = 10**number.decimals
        whole = f"INT({rounded}/{ten})" if number.decimals else rounded
        size = int(round_half_up(abs(self.value(number)), number.decimals))
        written = self._grouped(whole, (len(str(size)) - 1) // 3)
        if number.decimals:
            written += f'&{quoted(self.manner.decimal_mark)}&TEXT(MOD({rounded},{ten}),"{"0" * number.decimals}")'
        mark = self.manner.direction_mark
        minus = quoted(mark + MINUS)
        # zero has no sign, whatever it was rounded from
        if number.sign == "both":
            return f'IF({rounded}=0,"",IF({cell}<0,{minus},{quoted(mark + "+")}))&{written}'
        return f'IF(AND({cell}<0,{rounded}>0),{minus},"")&{written}' if number.sign == "minus" else written

    def _grouped(self, whole: str, groups: int) -> str:
        """Write a whole number with its groups of three digits: as many as it has today, fewer if it shrinks."""
        if not groups:
            return f'TEXT({whole},"0")'
        rest = self._grouped(f"INT({whole}/1000)", groups - 1)
        last = f'{quoted(self.manner.group_mark)}&TEXT(MOD({whole},1000),"000")'
        return f'IF({whole}<1000,TEXT({whole},"0"),{rest}&{last})'

    def written(self, expression: Expression) -> str:
        """Return the cell that shows an expression, else the expression over the data sheet."""
        cell = self.places.values.get(expression)
        return cell.reference if cell else formula(expression, self.places.address_of)

    def sources(self, number: Number) -> tuple[Cell, ...]:
        """Return the cells a number comes from: the one that shows it, else those of the data sheet."""
        cell = self.places.values.get(number.expression)
        if cell:
            return (cell,)
        return tuple(dict.fromkeys(self.places.cell_of(ref) for ref in references(number.expression)))


def numbers(sentence: str | Sentence) -> tuple[Number, ...]:
    """Return the numbers of a sentence, in reading order."""
    return tuple(part for part in sentence if isinstance(part, Number))


def references(expression: Expression) -> Iterator[Ref]:
    """Yield the references of an expression."""
    match expression:
        case Ref():
            yield expression
        case Shown(shown):
            yield from references(shown)
        case Operation(_, left, right):
            yield from references(left)
            yield from references(right)
        case Sum(terms) | Function(_, terms):
            for term in terms:
                yield from references(term)


def quoted(words: str) -> str:
    """Return words as literals of a formula, each within Excel's limit."""
    pieces, piece = [], ""
    for ch in words:
        doubled = '""' if ch == '"' else ch
        if len(piece) + len(doubled) > MAX_LITERAL:
            pieces.append(piece)
            piece = ""
        piece += doubled
    return "&".join(f'"{one}"' for one in (*pieces, piece))
