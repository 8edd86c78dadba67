"""Cell functions in LibreOffice Calc against the native formula, all in one office.

uv run python tests/benchmarks/calc.py
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import openpyxl
from openpyxl.worksheet.formula import ArrayFormula

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "addin"), str(ROOT / "tests")]
ROWS = 100_000
WIDE = 10
REPEATS = 7


def workbooks(folder: Path) -> dict[str, Path]:
    """The same figures under each kind of formula."""
    jobs = {
        "native =B1/A1-1": "=B{row}/A{row}-1",
        "EXPORT_GROWTH(B1,A1), one a cell": "=EXPORT_GROWTH(B{row},A{row})",
        f"EXPORT_GROWTH over {ROWS} rows": f"=EXPORT_GROWTH(B1:B{ROWS},A1:A{ROWS})",
        'EXPORT_GROWTH("TOTAL","S1 2025"), one a cell': '=EXPORT_GROWTH("TOTAL","S1 2025")',
    }
    made = {}
    for number, (name, formula) in enumerate(jobs.items()):
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        for row in range(1, ROWS + 1):
            cells: list[object] = [float(row), row * 1.05]
            if ":" not in formula:
                cells.append(formula.format(row=row))
            elif row == 1:
                cells.append(ArrayFormula(f"C1:C{ROWS}", formula))
            sheet.append(cells)
        made[name] = folder / f"{number}.xlsx"
        book.save(made[name])
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    high = ROWS // WIDE
    last = openpyxl.utils.get_column_letter
    ranges = f"{last(WIDE + 1)}1:{last(2 * WIDE)}{high},A1:{last(WIDE)}{high}"
    place = f"{last(2 * WIDE + 1)}1:{last(3 * WIDE)}{high}"
    for row in range(1, high + 1):
        cells = [float(row + column) for column in range(2 * WIDE)]
        sheet.append(cells + ([ArrayFormula(place, f"=EXPORT_GROWTH({ranges})")] if row == 1 else []))
    made[f"EXPORT_GROWTH over {high} rows of {WIDE}"] = folder / "wide.xlsx"
    book.save(folder / "wide.xlsx")
    return made


def main() -> None:
    import office
    from test_calc import uno_python

    from nachra.addins.calc import build_oxt
    from nachra.library import answers_of_folder

    soffice = office.find_soffice()
    python = soffice and uno_python(soffice)
    if not soffice or not python:
        raise SystemExit("LibreOffice, or an interpreter that knows uno, is missing")
    with tempfile.TemporaryDirectory(prefix="nachra-", ignore_cleanup_errors=True) as made:
        room = Path(made)
        with zipfile.ZipFile(build_oxt(room)) as archive:
            archive.extractall(room / "bundled" / "nachra")
        releases = ROOT / "workbooks" / "releases"
        library = room / "library"
        library.mkdir()
        (library / "nachra-answers.json").write_text(answers_of_folder(releases).to_json(), encoding="utf-8")
        books = workbooks(room)
        steps = [step for path in books.values() for step in (["load", str(path)], ["times", REPEATS], ["close"])]
        environment = office.surroundings() | {"NACHRA_LIBRARY": str(library)}
        command = [python, str(ROOT / "tests" / "calc_driver.py"), str(soffice), str(room / "profile")]
        command.append(str(room / "bundled"))
        done = subprocess.run(command, input=json.dumps(steps), env=environment, stdout=subprocess.PIPE, text=True)
    medians = dict(zip(books, map(statistics.median, json.loads(done.stdout)[1::3]), strict=True))
    native, scalar, *_ = medians.values()
    print(f"{ROWS} figures, median of {REPEATS} full recalculations")
    for name, seconds in medians.items():
        ratios = f"{seconds / native:7.1f} x native {scalar / seconds:6.1f} x faster than one a cell"
        print(f"  {name:<48} {seconds * 1000:8.0f} ms {ratios}")


if __name__ == "__main__":
    main()
