"""A small stand-in for COM (pywin32) on any platform, so that xlwings' own Windows modules run in tests.

Real: xlwings.udfs (decorators, call_udf, VBA generation), xlwings._xlwindows (its cleaning of values) and
xlwings.com_server.XLPython. Stood in for: pywin32's modules, Excel's Range and Workbook objects. It shows what
xlwings does with our functions; it cannot show what Excel does with xlwings.
"""

from __future__ import annotations

import asyncio
import atexit
import ctypes
import datetime as dt
import importlib
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: how an omitted optional argument arrives (DISP_E_PARAMNOTFOUND)
OMITTED = -2147352572
_RANGE = "{00020846-0000-0000-C000-000000000046}"
_PYWIN32 = (
    "pywintypes",
    "pythoncom",
    "win32api",
    "win32con",
    "win32gui",
    "win32process",
    "win32event",
    "win32timezone",
    "win32com",
    "win32com.client",
    "win32com.server",
    "win32com.server.util",
    "win32com.server.dispatcher",
    "win32com.server.policy",
)
_XLWINGS = ("xlwings._xlwindows", "xlwings.udfs", "xlwings.com_server", "xlwings._win32patch")


class ComError(Exception):
    """pywintypes.com_error."""


class TimeType(dt.datetime):
    """pywintypes.TimeType: how Excel's dates arrive, with a time zone that means nothing."""


class Identifier(str):
    """pywintypes.IID: compared in capitals."""

    __slots__ = ()

    def __new__(cls, value: str) -> Identifier:
        return super().__new__(cls, value.upper())


class CDispatch:
    """win32com.client.CDispatch."""


class _Pointer:
    """A raw IDispatch pointer to a Range, as VBA passes it."""

    def __init__(self, target: Any = None):
        self.target = target

    def GetTypeInfo(self) -> Any:
        return types.SimpleNamespace(
            GetTypeAttr=lambda: types.SimpleNamespace(iid=Identifier(_RANGE)), GetDocumentation=lambda _: ("Range",)
        )


class ComRange(CDispatch):
    """Excel's Range: one cell, or rows of cells."""

    CLSID = Identifier(_RANGE)

    def __init__(self, values: Any, address: str = "$A$1"):
        rows = values if isinstance(values, tuple) else ((values,),)
        self.address = address
        self.Value = rows[0][0] if len(rows) == len(rows[0]) == 1 else rows
        self.Rows = types.SimpleNamespace(Count=len(rows))
        self.Columns = types.SimpleNamespace(Count=len(rows[0]))
        self.Count = len(rows) * len(rows[0])
        self.Row = self.Column = 1
        app = types.SimpleNamespace(Hwnd=4711, Version="16.0", Name="Microsoft Excel")
        book = types.SimpleNamespace(Name="Book1.xlsx", FullName="C:\\Book1.xlsx", Application=app)
        self.Worksheet = types.SimpleNamespace(Name="Sheet1", Parent=book, Application=app)
        self._oleobj_ = _Pointer(self)

    def GetAddress(self, *_: Any) -> str:
        return self.address


class ComWorkbook:
    """Excel's Workbook, as far as xlwings' import of functions uses it; it keeps what was imported."""

    def __init__(self, name: str):
        self.Name = name
        self.imported = ""
        self.options: list[dict[str, Any]] = []
        self.Worksheets: list[Any] = []
        self.Sheets: list[Any] = []
        self.VBProject = types.SimpleNamespace(VBComponents=_Components(self))
        self.Application = types.SimpleNamespace(Version="16.0", MacroOptions=self.describe)

    def describe(self, macro: str, **given: Any) -> None:
        self.options.append({"macro": macro, **given})


class _Components:
    def __init__(self, book: ComWorkbook):
        self.book = book

    def __call__(self, name: str) -> None:
        raise ComError(name)

    def Remove(self, component: Any) -> None:
        raise AssertionError("nothing to remove")

    def Import(self, path: str) -> None:
        self.book.imported = Path(path).read_text(encoding="utf-8")


class _Anything:
    """ctypes.windll and friends: every attribute can be called and gives 0."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: Any, **__: Any) -> int:
        return 0


class _Utc(dt.tzinfo):
    def utcoffset(self, _: dt.datetime | None) -> dt.timedelta:
        return dt.timedelta(0)

    @classmethod
    def utc(cls) -> _Utc:
        return cls()


def _dispatch(what: Any, *_: Any, **__: Any) -> Any:
    return what.target if isinstance(what, _Pointer) else what


def _not_wrapped(_: Any) -> Any:
    raise ValueError("no Python object")


def _modules() -> dict[str, types.ModuleType]:
    made = {name: types.ModuleType(name) for name in _PYWIN32}
    for name, module in made.items():
        module.__path__ = []
        module.__file__ = f"<stand-in for {name}>"
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(made[parent], child, module)
    contents: dict[str, dict[str, Any]] = {
        "pywintypes": {"com_error": ComError, "error": Exception, "IID": Identifier, "TimeType": TimeType},
        "pythoncom": {
            "CoInitialize": lambda: None,
            "com_error": ComError,
            "ole_error": ComError,
            "IID_IDispatch": "IDispatch",
            "TypeIIDs": {"IDispatch": _Pointer},
        },
        "win32process": {"GetWindowThreadProcessId": lambda _: (1, 12345)},
        "win32timezone": {"TimeZoneInfo": _Utc},
        "win32com.client": {
            "CDispatch": CDispatch,
            "CoClassBaseClass": type("CoClassBaseClass", (), {}),
            "DispatchBaseClass": type("DispatchBaseClass", (), {}),
            "Dispatch": _dispatch,
            "DispatchEx": _dispatch,
        },
        "win32com.server.util": {"wrap": lambda what, *_: what, "unwrap": _not_wrapped},
    }
    for name, values in contents.items():
        made[name].__dict__.update(values)
    return made


@contextmanager
def standing_in() -> Iterator[types.ModuleType]:
    """Yield xlwings.udfs with COM stood in for; afterwards everything is as it was."""
    import xlwings

    names = [*_PYWIN32, *_XLWINGS]
    kept = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    engines = list(xlwings.engines)
    decorators = {name: getattr(xlwings, name) for name in ("func", "arg", "ret", "script", "sub")}
    pydll = ctypes.PyDLL
    sys.modules.update(_modules())
    ctypes.windll = ctypes.oledll = _Anything()  # type: ignore[attr-defined,assignment]
    ctypes.PyDLL = lambda *_, **__: _Anything()  # type: ignore[assignment,misc]
    server = None
    try:
        windows = importlib.import_module("xlwings._xlwindows")
        atexit.unregister(windows.cleanup)  # runs tasklist.exe
        udfs = importlib.import_module("xlwings.udfs")
        server = importlib.import_module("xlwings.com_server")
        xlwings._xlwindows = windows  # type: ignore[attr-defined]
        xlwings.engines.add(xlwings.Engine(impl=windows.engine))
        # what xlwings/__init__.py does on Windows
        xlwings.func, xlwings.arg, xlwings.ret = udfs.xlfunc, udfs.xlarg, udfs.xlret
        xlwings.script = xlwings.sub = udfs.xlsub
        yield udfs
    finally:
        ctypes.PyDLL = pydll  # type: ignore[misc]
        del ctypes.windll, ctypes.oledll  # type: ignore[attr-defined]
        if server is not None:
            server.loop.close()
            asyncio.set_event_loop(None)
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(kept)
        xlwings.engines.engines[:] = engines
        for name, value in decorators.items():
            setattr(xlwings, name, value)


def call_from_cell(module: str, function: str, *arguments: Any, caller: str = "$Z$1") -> Any:
    """Call a function as the generated VBA does, ranges as pointers; Excel omits trailing arguments as OMITTED."""
    from xlwings.com_server import XLPython

    passed = [one._oleobj_ if isinstance(one, ComRange) else one for one in arguments]
    return XLPython().CallUDF(module, function, passed, None, ComRange(None, caller))
