"""Drives LibreOffice over UNO: reads steps as JSON on standard input, prints what each gave.

Run by an interpreter that knows `uno` (LibreOffice's own or the system's), which need not be that of the tests:

    python calc_driver.py SOFFICE PROFILE BUNDLED < steps.json
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import uno
from com.sun.star.beans import NamedValue, PropertyValue

FILTERS = {".xlsx": "Calc MS Excel 2007 XML", ".ods": "calc8"}
START_UP = 90.0
TEXT = 2
"""com.sun.star.sheet.FormulaResult.STRING"""


def named(**values):
    made = []
    for name, value in values.items():
        one = PropertyValue()
        one.Name, one.Value = name, value
        made.append(one)
    return tuple(made)


class Office:
    """A headless office of its own, and the document it has open."""

    def __init__(self, soffice, profile, bundled):
        pipe = f"nachra{os.getpid()}"
        command = [soffice, f"-env:UserInstallation={Path(profile).as_uri()}"]
        command += [f"-env:BUNDLED_EXTENSIONS={Path(bundled).as_uri()}"] if bundled else []
        command += ["--headless", "--invisible", "--norestore", "--nologo", "--nodefault"]
        command += [f"--accept=pipe,name={pipe};urp;StarOffice.ComponentContext"]
        self.process = subprocess.Popen(
            command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
        deadline = time.monotonic() + START_UP
        while True:
            try:
                self.context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
                break
            except Exception:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    self.end()
                    raise
                time.sleep(0.05)
        self.desktop = self.create("com.sun.star.frame.Desktop")
        self.document = None

    def create(self, service):
        return self.context.ServiceManager.createInstanceWithContext(service, self.context)

    def end(self):
        # soffice only starts soffice.bin: the whole group has to go
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)

    # --- steps --------------------------------------------------------------------------------

    def new(self):
        self.document = self.desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, named(Hidden=True))

    def load(self, path):
        self.document = self.desktop.loadComponentFromURL(Path(path).as_uri(), "_blank", 0, named(Hidden=True))

    def save(self, path):
        self.document.storeToURL(Path(path).as_uri(), named(FilterName=FILTERS[Path(path).suffix]))

    def close(self):
        self.document.close(True)
        self.document = None

    def recalculate(self):
        self.document.calculateAll()

    def times(self, repeats):
        """Seconds of each full recalculation."""
        found = []
        for _ in range(repeats):
            start = time.perf_counter()
            self.document.calculateAll()
            found.append(time.perf_counter() - start)
        return found

    def enter(self, formulas):
        """Type formulas into cells, as the user would."""
        sheet = self.document.Sheets[0]
        for address, formula in formulas.items():
            if formula.startswith("{"):
                sheet.getCellRangeByName(address).setArrayFormula(formula[1:-1])
            else:
                sheet.getCellRangeByName(address).Formula = formula

    def numbers(self, values):
        sheet = self.document.Sheets[0]
        for address, value in values.items():
            sheet.getCellRangeByName(address).Value = value

    def read(self, addresses):
        """What cells show: a number, a text, {"error": code}; and their formulas."""
        sheet = self.document.Sheets[0]
        found = {}
        for address in addresses:
            cell = sheet.getCellRangeByName(address)
            if cell.getError():
                shown = {"error": cell.getError()}
            elif cell.Type.value == "TEXT" or (cell.Type.value == "FORMULA" and cell.FormulaResultType2 == TEXT):
                shown = cell.String
            else:
                shown = cell.Value
            found[address] = [shown, cell.Formula]
        return found

    def rebind(self):
        """Call the add-in's repair as the office does for a visible document."""
        job = self.create("org.nachra.RebindJob")
        environment = (NamedValue("EventName", "OnLoad"), NamedValue("Model", self.document))
        job.execute((NamedValue("Environment", uno.Any("[]com.sun.star.beans.NamedValue", environment)),))

    def described(self, language):
        """What the function wizard lists of ours: name, description, arguments."""
        listed = self.create("com.sun.star.sheet.FunctionDescriptions")
        found = {}
        for place in range(listed.getCount()):
            entry = {one.Name: one.Value for one in listed.getByIndex(place)}
            if entry["Name"].startswith("EXPORT_"):
                arguments = [[one.Name, one.Description, one.IsOptional] for one in entry["Arguments"] or ()]
                found[entry["Name"]] = [entry["Description"], arguments]
        return found


def main():
    office = Office(*sys.argv[1:4])
    given = []
    try:
        for step, *arguments in json.load(sys.stdin):
            given.append(getattr(office, step)(*arguments))
        sys.stdout.write(json.dumps(given))
    finally:
        office.end()


if __name__ == "__main__":
    main()
