"""The cell functions through the real xlwings.udfs, COM stood in for: what Excel sends, and what it gets back."""

from __future__ import annotations

import datetime as dt
import importlib
import inspect
import os
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import fakecom
import office
import pytest
from fakecom import OMITTED, ComRange, call_from_cell

pytest.importorskip("xlwings")

from nachra import asking
from nachra.cells import CellError
from nachra.functions import REGISTRY
from nachra.hosts.values import VBA_WORDS
from nachra.library import FolderLibrary

MODULE = "nachra.hosts.excel"
RELEASES = office.REPOSITORY / "workbooks" / "releases"
NA, VALUE, SPILL = -2146826246, -2146826273, -2146826243


@pytest.fixture(scope="module")
def udfs() -> Iterator[Any]:
    with fakecom.standing_in() as module:
        # the decorators of Windows are bound when the module is run
        importlib.reload(importlib.import_module(MODULE))
        yield module
    importlib.reload(importlib.import_module(MODULE))


@pytest.fixture
def excel(udfs: Any) -> Iterator[Callable[..., Any]]:
    before = asking.provider()
    asking.set_provider(FolderLibrary(RELEASES))
    yield lambda name, *arguments: call_from_cell(
        MODULE, name, *arguments, *[OMITTED] * (len(REGISTRY[name].arguments) - len(arguments))
    )
    asking.set_provider(before)


def as_python(value: Any) -> Any:
    """What the Python call says, as a cell shows it: one row comes back as a flat list."""
    if isinstance(value, tuple):
        rows = [[as_python(one) for one in row] for row in value]
        return rows[0] if len(rows) == 1 else rows
    return value.value if isinstance(value, CellError) else value


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_a_bare_call_gives_what_python_gives(name: str, excel: Callable[..., Any]) -> None:
    assert excel(name) == as_python(REGISTRY[name].call())


@pytest.mark.parametrize(
    ("name", "example"), [(one.name, example) for one in REGISTRY.values() for example in one.examples]
)
def test_each_example_gives_what_python_gives(name: str, example: str, excel: Callable[..., Any]) -> None:
    inside = re.fullmatch(rf"={name}\((.*)\)", example)
    assert inside
    ours: list[Any] = []
    theirs: list[Any] = []
    for written in inside[1].split(",") if inside[1] else []:
        if written.startswith('"'):
            ours.append(written.strip('"'))
            theirs.append(written.strip('"'))
        elif ":" in written:
            column = tuple((float(place * len(written) + ord(written[0])),) for place in range(1, 6))
            ours.append(column)
            theirs.append(ComRange(column))
        else:
            number = float(written) if written.isdigit() else float(ord(written[0]) + int(written[1:]))
            ours.append(number)
            theirs.append(number if written.isdigit() else ComRange(number))
    assert excel(name, *theirs) == as_python(REGISTRY[name].call(*ours))


def test_the_published_rate_holds_in_a_cell(excel: Callable[..., Any]) -> None:
    assert excel("EXPORT_GROWTH", "TOTAL", "S1 2025") == 0.035


@pytest.mark.parametrize(
    ("first", "second", "shown"),
    [
        (ComRange(110.0), ComRange(100.0), pytest.approx(0.1)),
        (ComRange(NA), 100.0, "#N/A"),
        (110.0, ComRange(VALUE), "#VALUE!"),
        (110.0, ComRange(SPILL), "#VALUE!"),
        (110.0, 0.0, "#NUM!"),
        (110.0, "text", "#VALUE!"),
        (ComRange(Decimal("110")), 100.0, pytest.approx(0.1)),
        (
            ComRange(((110.0,), (None,), (NA,), ("n.d.",))),
            100.0,
            [[pytest.approx(0.1)], ["#N/A"], ["#N/A"], ["#VALUE!"]],
        ),
        ((110.0, 120.0), (100.0, 100.0), [pytest.approx(0.1), pytest.approx(0.2)]),
        (ComRange(((1.0,), (2.0,))), ComRange(((1.0, 2.0, 3.0),)), "#VALUE!"),
        ("TOTAL", "l'an prochain", "#VALUE!"),
        ("TOTAL", 2035.0, "#N/A"),
        (SPILL, OMITTED, "#VALUE!"),
    ],
)
def test_what_cells_may_hold(first: Any, second: Any, shown: Any, excel: Callable[..., Any]) -> None:
    assert excel("EXPORT_GROWTH", first, second) == shown


def test_a_date_cell_stands_for_its_month(excel: Callable[..., Any]) -> None:
    zone = dt.UTC
    may = ComRange(fakecom.TimeType(2025, 5, 1, tzinfo=zone))
    assert excel("EXPORT_VALUE", "TOTAL", may) == as_python(
        REGISTRY["EXPORT_VALUE"].call("TOTAL", dt.datetime(2025, 5, 1))
    )


def test_the_sheet_of_a_release_can_be_the_edition(excel: Callable[..., Any]) -> None:
    from openpyxl import load_workbook

    sheet = load_workbook(RELEASES / "annuelle-2024.xlsx", data_only=True).worksheets[0]
    rows = tuple(tuple(float(one) if isinstance(one, int) else one for one in row) for row in sheet.values)
    expected = REGISTRY["EXPORT_VALUE"].call("KPO", 2024.0, rows)
    assert isinstance(expected, float)
    assert excel("EXPORT_VALUE", "KPO", 2024.0, ComRange(rows)) == expected


def test_a_defect_of_ours_is_an_error_value_not_a_text(
    excel: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(asking.Provider):
        def answers(self) -> Any:
            raise RuntimeError("the disk is gone")

    asking.set_provider(Broken())
    assert excel("EXPORT_VALUE") == "#VALUE!"


def test_the_names_of_arguments_suit_vba(udfs: Any) -> None:
    module = importlib.import_module(MODULE)
    for function in REGISTRY.values():
        assert re.fullmatch(r"EXPORT(_[A-Z]+)+", function.name), "must not look like a cell"
        names = [one["name"] for one in getattr(module, function.name).__xlfunc__["args"]]
        assert len(set(names)) == len(names) == len(inspect.signature(function.call).parameters)
        for name in names:
            assert re.fullmatch(r"[a-z]+_?", name)
            assert name.casefold() not in VBA_WORDS


def test_help_fits_excel() -> None:
    for function in REGISTRY.values():
        for text in (*function.help.values(), *(said for one in function.arguments for said in one.help.values())):
            assert 0 < len(text) <= 255


def test_the_user_s_settings_file_fills_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nachra.hosts import settings

    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for name in settings.FROM_ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    assert settings.read() == {}
    file = settings.configuration_file()
    file.parent.mkdir()
    values = {"INTERPRETER_WIN": r"C:\Users\Hélène\python.exe", "NACHRA_LIBRARY": r"D:\publications, définitives"}
    file.write_bytes(settings.written(values))
    assert settings.read() == values
    settings.apply()
    assert os.environ["NACHRA_LIBRARY"] == values["NACHRA_LIBRARY"]
    assert settings.language() == "fr"


def test_nothing_of_windows_is_imported_and_building_needs_no_xlwings() -> None:
    import subprocess
    import sys

    command = """
import sys
import nachra.addins.excel as addin
addin.addin_bytes()
assert "xlwings" not in sys.modules
import nachra.hosts.excel, nachra.hosts.macros, nachra.doctor
found = {"pywintypes", "pythoncom", "win32com", "winreg", "pandas", "openpyxl"} & set(sys.modules)
assert not found - set(sys.argv[1:]), found
"""
    path = os.pathsep.join(one for one in sys.path if one)
    # xlwings itself imports pandas where it is installed
    done = subprocess.run(
        [sys.executable, "-c", command, "pandas"], env={"PYTHONPATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
