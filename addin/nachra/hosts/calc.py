"""The cell functions for LibreOffice Calc: a UNO add-in with one method for each entry of the registry.

Runs inside the office, in its own interpreter. What Calc hands over: numbers, texts, nothing for an argument left out,
and rectangles of these for ranges ("" for a blank). Two limits are Calc's: a range that holds an error value never
reaches an add-in (the formula shows that error, Err:502 or Err:504), and a single blank cell arrives as the number 0.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import uno
import unohelper
from com.sun.star.lang import Locale, XServiceInfo, XServiceName
from com.sun.star.sheet import ResultEvent, XAddIn, XVolatileResult
from com.sun.star.task import XJob
from org.nachra import XCalcAddIn

from nachra.asking import set_provider
from nachra.cells import Cell, CellError, Rectangle, has_number
from nachra.functions import REGISTRY, CellFunction
from nachra.hosts import rebinding
from nachra.hosts.outside import OutsideLibrary
from nachra.hosts.uno_names import JOB, JOB_SERVICE, SERVICE, method_name

#: tables that Calc may ask for again; a table is as large as its range
KEPT_TABLES = 64


def error_value(code: int) -> float:
    """Return the number that Calc shows as an error: it carries its own error code in the payload of a NaN."""
    found: float = struct.unpack("<d", struct.pack("<Q", 0x7FF8000000000000 | code))[0]
    return found


ERRORS = {
    CellError.NULL: error_value(521),
    CellError.DIV0: error_value(532),
    CellError.VALUE: error_value(519),
    CellError.REF: error_value(524),
    CellError.NAME: error_value(525),
    CellError.NUM: error_value(503),
    CellError.NA: error_value(32767),
}


class Table(unohelper.Base, XVolatileResult):  # type: ignore[misc]
    """A rectangle as a result.

    A method that returns `any` can give Calc a scalar cheaply, but pyuno has no way to put a typed sequence into an
    `any` that is returned. A volatile result can hold one; this one never changes.
    """

    def __init__(self, rows: tuple[tuple[Any, ...], ...]):
        self.rows = rows

    def addResultListener(self, listener: Any) -> None:
        """Hand the rectangle over at once: Calc reads the listener as soon as this returns."""
        event = ResultEvent()
        event.Source = self
        event.Value = uno.Any("[][]any", self.rows)
        listener.modified(event)

    def removeResultListener(self, listener: Any) -> None:
        """Nothing to do: no listener is kept."""


def without_blanks(arguments: tuple[Any, ...], computes: bool) -> tuple[Any, ...]:
    """Take a lone 0 for the blank cell that it mostly is, where no 0 can be meant.

    Calc hands a blank cell over as 0. No series, period, measure or language is written 0; but after a number or a
    range of numbers, beside no text, in a function that computes on numbers (`computes`), a 0 stays one.
    """
    if computes and str not in map(type, arguments) and arguments and has_number(arguments[0]):
        return arguments
    return tuple(None if one == 0 else one for one in arguments)


class Results:
    """Turns results into what Calc takes, and gives equal tables as one object while they are remembered.

    Calc keeps a listener for each table object until the document closes: a recalculation that changes nothing must
    not make a new one.
    """

    def __init__(self) -> None:
        self.tables: OrderedDict[Rectangle, Table] = OrderedDict()

    def __call__(self, value: Cell) -> Any:
        """Return a scalar as it is, an error as Calc's number for it, a rectangle as a table."""
        if isinstance(value, str):
            return value
        if isinstance(value, CellError):
            return ERRORS[value]
        if isinstance(value, tuple):
            return self.table(value)
        # None would be #N/A
        return "" if value is None else value if isinstance(value, bool) else float(value)  # type: ignore[arg-type]

    def table(self, value: Rectangle) -> Table:
        """Return the table of a rectangle."""
        rows = tuple([tuple([ERRORS[one] if type(one) is CellError else one for one in row]) for row in value])
        found = self.tables.pop(rows, None) or Table(rows)
        self.tables[rows] = found
        if len(self.tables) > KEPT_TABLES:
            self.tables.popitem(last=False)
        return found


def _method(function: CellFunction, results: Results) -> Callable[..., Any]:
    # with numbers, EXPORT_CHECK says why EXPORT_GROWTH of the same gives no rate
    call, computes = function.call, function.category == "indicator" or function.name == "EXPORT_CHECK"

    def method(self: object, *arguments: Any) -> Any:
        try:
            found = call(*without_blanks(arguments, computes))
            return found if type(found) is float else results(found)
        except Exception:
            # whatever went wrong shows in this one cell: the office goes on
            return ERRORS[CellError.VALUE]

    method.__name__ = method_name(function)
    method.__doc__ = function.help["en"]
    return method


class _Described(unohelper.Base, XCalcAddIn, XAddIn, XServiceName, XServiceInfo):  # type: ignore[misc]
    """What Calc asks an add-in; names and help are in CalcAddIns.xcu, these answers are for an office without it."""

    def __init__(self, context: Any):
        self.locale = Locale("fr", "MA", "")
        self.functions = {method_name(one): one for one in REGISTRY.values()}

    def getProgrammaticFuntionName(self, display: str) -> str:
        return next((name for name, one in self.functions.items() if one.name == display), "")

    def getDisplayFunctionName(self, name: str) -> str:
        return self.functions[name].name if name in self.functions else ""

    def getFunctionDescription(self, name: str) -> str:
        return self._said(self.functions[name].help) if name in self.functions else ""

    def getDisplayArgumentName(self, name: str, place: int) -> str:
        return self.functions[name].arguments[place].name if name in self.functions else ""

    def getArgumentDescription(self, name: str, place: int) -> str:
        return self._said(self.functions[name].arguments[place].help) if name in self.functions else ""

    def _said(self, texts: dict[str, str]) -> str:
        return texts.get(self.locale.Language) or texts["fr"]

    def getProgrammaticCategoryName(self, name: str) -> str:
        return "Add-In"

    def getDisplayCategoryName(self, name: str) -> str:
        return "Add-In"

    def setLocale(self, locale: Any) -> None:
        self.locale = locale

    def getLocale(self) -> Any:
        return self.locale

    def getServiceName(self) -> str:
        return SERVICE

    # an add-in that also claims com.sun.star.sheet.AddIn is listed without its CalcAddIns.xcu, under other names
    def getImplementationName(self) -> str:
        return SERVICE

    def supportsService(self, name: str) -> bool:
        return name == SERVICE

    def getSupportedServiceNames(self) -> tuple[str, ...]:
        return (SERVICE,)


_results = Results()
CalcAddIn = type("CalcAddIn", (_Described,), {method_name(one): _method(one, _results) for one in REGISTRY.values()})


class RebindJob(unohelper.Base, XJob):  # type: ignore[misc]
    """Runs when a document was loaded and enters again what this version of Calc did not recognise."""

    def __init__(self, context: Any):
        pass

    def execute(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """Repair the document that the event is about; a failure leaves it as it is."""
        try:
            environment = next(one.Value for one in arguments if one.Name == "Environment")
            document = next(one.Value for one in environment if one.Name == "Model")
            if document.supportsService("com.sun.star.sheet.SpreadsheetDocument"):
                rebinding.rebind(document)
        except Exception:
            return ()
        return ()


set_provider(OutsideLibrary())

g_ImplementationHelper = unohelper.ImplementationHelper()
g_ImplementationHelper.addImplementation(CalcAddIn, SERVICE, (SERVICE,))
g_ImplementationHelper.addImplementation(RebindJob, JOB, (JOB_SERVICE,))
