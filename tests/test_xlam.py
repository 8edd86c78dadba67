"""nachra.xlam: the same bytes each time, readable by others, its VBA as xlwings generates it and as Basic runs it."""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import fakecom
import pytest

pytest.importorskip("xlwings")

from nachra.addins import compound, excel, vba
from nachra.functions import REGISTRY
from nachra.hosts.values import VBA_WORDS, vba_name
from nachra.texts import load_toml

LANGUAGES = ("fr", "en", "ar")
MODULES = {
    "ThisWorkbook": "Document",
    "Sheet2": "Document",
    "Sheet3": "Document",
    "Sheet4": "Document",
    "Dictionary": "Class",
    "xlwings": "Module",
    "xlwings_udfs": "Module",
    "NachraErrors": "Module",
    "NachraHelp": "Module",
    "NachraRibbon": "Module",
}


@pytest.fixture(scope="module")
def data() -> bytes:
    return excel.addin_bytes()


@pytest.fixture(scope="module")
def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        return {name: package.read(name) for name in package.namelist()}


@pytest.fixture(scope="module")
def project(parts: dict[str, bytes]) -> vba.Project:
    return vba.read_project(parts["xl/vbaProject.bin"])


# --- the package ------------------------------------------------------------------------------------


def test_xlwings_is_the_version_that_the_addin_is_built_with(project: vba.Project) -> None:
    assert metadata.version("xlwings") == excel.XLWINGS_VERSION
    assert f'"xlwings64-{excel.XLWINGS_VERSION}.dll"' in project.modules["xlwings"].source


def test_another_xlwings_is_refused_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "XLWINGS_VERSION", "0.1.0")
    with pytest.raises(excel.AddinError) as caught:
        excel.addin_bytes()
    for language in LANGUAGES:
        assert "xlwings==0.1.0" in caught.value.message(language)


def test_the_bytes_are_the_same_each_time_and_in_another_process(data: bytes, tmp_path: Path) -> None:
    digest = hashlib.sha256(data).hexdigest()
    assert hashlib.sha256(excel.build_xlam(tmp_path / "new").read_bytes()).hexdigest() == digest
    command = "import hashlib, nachra.addins.excel as e; print(hashlib.sha256(e.addin_bytes()).hexdigest())"
    path = ":".join(one for one in sys.path if one)
    done = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, env={"PYTHONPATH": path, "PYTHONHASHSEED": "7"}
    )
    assert done.stdout.strip() == digest, done.stderr


@pytest.mark.validator
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_package_is_valid(language: str, validator: Path, tmp_path: Path) -> None:
    made = excel.build_xlam(tmp_path, language)
    done = subprocess.run([validator, made, "Microsoft365"], capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout)["errors"] == []


def test_every_part_is_well_formed_and_every_relation_leads_somewhere(parts: dict[str, bytes]) -> None:
    for name, content in parts.items():
        if name.endswith((".xml", ".rels")):
            ElementTree.fromstring(content)
        if name.endswith(".rels"):
            base = Path(name).parent.parent
            for relation in ElementTree.fromstring(content):
                assert (base / relation.attrib["Target"]).as_posix() in parts
    assert b"Felix" not in b"".join(parts.values())


def _rows(parts: dict[str, bytes], number: int) -> list[list[str]]:
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    root = ElementTree.fromstring(parts[f"xl/worksheets/sheet{number}.xml"])
    return [["".join(cell.itertext()) for cell in row.iter(f"{space}c")] for row in root.iter(f"{space}row")]


def test_the_configuration_leaves_the_interpreter_to_the_user_unless_it_is_given(parts: dict[str, bytes]) -> None:
    names = re.findall(r'<sheet name="([^"]+)"', parts["xl/workbook.xml"].decode())
    assert names == ["nachra.conf", "_IntelliSense_", "nachra.texts"]
    assert _rows(parts, 1)[:2] == [["UDF Modules", "nachra.hosts.excel"], ["Use UDF Server", "1"]]
    assert dict(excel.configuration(r"C:\p\python.exe"))["Interpreter_Win"] == r"C:\p\python.exe"


def test_the_command_line_takes_an_interpreter(tmp_path: Path) -> None:
    """As addin/excel/README.md says, for a whole office."""
    from typer.testing import CliRunner

    from nachra.cli import app

    given = r"%LOCALAPPDATA%\nachra\venv\Scripts\python.exe"
    asked = ["addin", "build", "excel", "--interpreter", given, "--out", str(tmp_path)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(tmp_path / "nachra.xlam") as package:
        held = {name: package.read(name) for name in package.namelist()}
    assert ["Interpreter_Win", given] in _rows(held, 1)


def test_tooltips_name_every_function_and_argument(parts: dict[str, bytes]) -> None:
    head, *rows = _rows(parts, 2)
    assert head == ["FunctionInfo", "1.0"]
    assert [row[0] for row in rows] == sorted(REGISTRY)
    for language in LANGUAGES:
        for row in excel.tooltips(language)[1:]:
            function = REGISTRY[str(row[0])]
            assert row[1] == function.help[language]
            assert list(row[3::2]) == [vba_name(one.name) for one in function.arguments]
            assert all(row[4::2])


def test_the_dialogs_wordings_are_those_that_the_vba_asks_for(project: vba.Project) -> None:
    asked = set(re.findall(r'Wording\("(\w+)"\)', project.modules["NachraRibbon"].source))
    assert asked == set(load_toml("excel.toml")["dialogs"])
    for language in LANGUAGES:
        assert {name for name, _ in excel.wordings(language)} == asked | set(REGISTRY)


def test_every_wording_is_there_in_three_languages() -> None:
    def entries(table: dict[str, Any]) -> Any:
        for value in table.values():
            if isinstance(value, dict) and "fr" in value:
                yield value
            elif isinstance(value, dict):
                yield from entries(value)

    found = list(entries(load_toml("excel.toml")))
    assert len(found) > 40
    for entry in found:
        assert list(entry) == ["fr", "en", "ar"]
        # a wording that counts has a form for each plural of its language
        said = [" ".join(one.values()) if isinstance(one, dict) else one for one in entry.values()]
        names = [set(re.findall(r"{(\w+)}", one)) for one in said]
        assert names[0] == names[1] == names[2], entry


# --- the ribbon -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", excel.RIBBONS)
def test_each_button_has_a_label_and_a_macro(part: str, language: str, project: vba.Project) -> None:
    namespace, _ = excel.RIBBONS[part]
    root = ElementTree.fromstring(excel.ribbon(namespace, language))
    assert root.tag == f"{{{namespace}}}customUI"
    named = [one for one in root.iter() if one.get("id")]
    assert len({one.get("id") for one in named}) == len(named) > 10
    for element in named:
        assert element.get("label")
        if element.tag.endswith("button"):
            module, _, macro = element.attrib["onAction"].partition(".")
            assert f"Public Sub {macro}(control As IRibbonControl)" in project.modules[module].source


def test_each_button_s_macro_is_a_function_of_ours(project: vba.Project) -> None:
    called = re.findall(r'CallPython "(\w+)\([^\n"]*(?:"[^\n,]*, "([\w.]+)")?', project.modules["NachraRibbon"].source)
    assert len(called) == 9
    assert ("show", "nachra.doctor") in called
    for name, room in called:
        assert callable(getattr(importlib.import_module(room or "nachra.hosts.macros"), name))


# --- VBA --------------------------------------------------------------------------------------------


def test_the_wrappers_are_those_of_the_real_xlwings() -> None:
    with fakecom.standing_in() as udfs:
        importlib.reload(importlib.import_module("nachra.hosts.excel"))
        book = fakecom.ComWorkbook("nachra.xlam")
        udfs.import_udfs("nachra.hosts.excel", book)
    importlib.reload(importlib.import_module("nachra.hosts.excel"))
    ours = 'Attribute VB_Name = "xlwings_udfs"\n' + excel.wrappers(list(REGISTRY.values()))
    assert book.imported == ours
    # and the help that xlwings would give Excel is what our sheet of tooltips gives it
    for options, row in zip(book.options, excel.tooltips("fr")[1:], strict=True):
        assert options["macro"] == f"'nachra.xlam'!{row[0]}"
        assert options["Description"] == row[1]
        assert options["ArgumentDescriptions"] == (list(row[4::2]) or None)
        assert (str(row[0]), options["Category"]) in excel.wordings("fr")


def test_every_result_and_every_failure_becomes_a_true_error(project: vba.Project) -> None:
    source = project.modules["xlwings_udfs"].source
    assert source.count("CellErrors(XLPy.CallUDF(") == 2 * len(REGISTRY)
    assert source.count("= XLPy.CallUDF(") == 0
    assert source.count("NachraErrors.Failed(Err.Description)") == len(REGISTRY)


@pytest.mark.parametrize("language", LANGUAGES)
def test_descriptions_are_stored_where_vba_can_hold_the_language(language: str) -> None:
    text = excel.with_descriptions(excel.wrappers(list(REGISTRY.values())), language, "cp1252")
    assert text.count("VB_Invoke_Func") == len(REGISTRY)
    assert text.count("VB_Description") == (0 if language == "ar" else len(REGISTRY))


def test_names_suit_vba(project: vba.Project) -> None:
    for name in project.modules:
        assert re.fullmatch(r"[A-Za-z]\w{0,30}", name)
        assert name.casefold() not in VBA_WORDS
    for line in excel.wrappers(list(REGISTRY.values())).splitlines():
        if declared := re.fullmatch(r"Function (\w+)\((.*)\)", line):
            assert not re.fullmatch(r"[A-Z]{1,3}\d{1,7}|R\d*C\d*", declared[1])
            names = [one.removeprefix("Optional ") for one in declared[2].split(", ") if one]
            assert not {one.casefold() for one in names} & VBA_WORDS
        assert len(line) < 1000


def test_olevba_reads_every_module(data: bytes, project: vba.Project) -> None:
    olevba = pytest.importorskip("oletools.olevba")
    parser = olevba.VBA_Parser("nachra.xlam", data=data)
    found = {Path(name).stem: code for _, _, name, code in parser.extract_macros()}
    parser.close()
    assert set(found) == set(MODULES)
    for name, module in project.modules.items():
        assert found[name].replace("\r\n", "\n").strip() == module.source.replace("\r\n", "\n").strip()


def test_olefile_finds_no_defect(parts: dict[str, bytes]) -> None:
    olefile = pytest.importorskip("olefile")
    ole = olefile.OleFileIO(io.BytesIO(parts["xl/vbaProject.bin"]), raise_defects=olefile.DEFECT_POTENTIAL)
    assert not ole.parsing_issues
    assert {"/".join(one) for one in ole.listdir()} == {"PROJECT", "PROJECTwm", "VBA/dir", "VBA/_VBA_PROJECT"} | {
        f"VBA/{name}" for name in MODULES
    }


def test_the_project_is_named_and_lists_its_modules(parts: dict[str, bytes], project: vba.Project) -> None:
    assert {name: module.kind.value for name, module in project.modules.items()} == MODULES
    listing = compound.read_compound(parts["xl/vbaProject.bin"])["PROJECT"]
    assert isinstance(listing, bytes)
    assert b'\r\nName="nachra"\r\n' in listing
    assert (vba.PROJECT_NAME, b"nachra") in project.header


@pytest.mark.parametrize("size", [0, 1, 3, 4095, 4096, 4097, 8192, 70_000])
def test_compression_gives_back_what_it_was_given(size: int) -> None:
    text = "Function F%d(x): F = x + %d: End Function\r\n" * (size // 20 + 1) % tuple(range(2 * (size // 20 + 1)))
    for data in (text.encode()[:size], b"a" * size):
        assert vba.decompress(vba.compress(data)) == data


def test_compression_is_read_by_olevba() -> None:
    olevba = pytest.importorskip("oletools.olevba")
    source = (excel.sources() / "NachraRibbon.bas").read_bytes() * 7
    assert bytes(olevba.decompress_stream(bytearray(vba.compress(source)))) == source


@pytest.mark.parametrize("sizes", [(0, 1, 63, 64, 65), (4095, 4096, 4097), (511, 512, 513), (300_000, 5)])
def test_a_compound_file_gives_back_what_it_was_given(sizes: tuple[int, ...]) -> None:
    storage: compound.Storage = {
        f"stream{size}": bytes(range(256)) * (size // 256) + b"x" * (size % 256) for size in sizes
    }
    storage["inner"] = dict(storage)
    assert compound.read_compound(compound.write_compound(storage)) == storage


def test_a_stream_too_large_for_the_writer_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        compound.write_compound({"stream": b"x" * 8_000_000})
    with pytest.raises(ValueError, match="not a compound file"):
        compound.read_compound(b"PK" * 300)


# --- in LibreOffice's Basic -------------------------------------------------------------------------

_PROBE = """Option VBASupport 1
Function Shown(ByVal what As Variant) As String
    If IsError(what) Then Shown = "error " & CLng(what) Else Shown = TypeName(what) & " " & what
End Function
Function Scalars() As String
    Dim texts, one
    texts = Array("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#N/A N/A", "", 0.035, True)
    For Each one In texts
        Scalars = Scalars & Shown(CellErrors(one)) & ";"
    Next one
End Function
Function Row() As String
    Dim made
    made = CellErrors(Array("#N/A", 3, "x"))
    Row = Shown(made(0)) & ";" & Shown(made(1)) & ";" & Shown(made(2))
End Function
Function Table() As String
    Dim given(1 To 2, 1 To 2), made
    given(1, 1) = "2024": given(1, 2) = 26.2: given(2, 1) = "2025-S1": given(2, 2) = "#N/A"
    made = CellErrors(given)
    Table = Shown(made(1, 1)) & ";" & Shown(made(1, 2)) & ";" & Shown(made(2, 1)) & ";" & Shown(made(2, 2))
End Function
Function Failure() As String
    Failure = Shown(NachraErrors.Failed("no Python")) & ";" & LastFailure
End Function
"""
_EXPECTED = {
    "Probe.Scalars": "error 2000;error 2007;error 2015;error 2023;error 2029;error 2036;error 2042;"
    "String #N/A N/A;String ;Double 0.035;Boolean True;",
    "Probe.Row": "error 2042;Integer 3;String x",
    "Probe.Table": "String 2024;Double 26.2;String 2025-S1;error 2042",
    "Probe.Failure": "error 2015;no Python",
}


def _without_attributes(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if not line.startswith("Attribute "))


def _run_basic(tmp_path: Path, modules: dict[str, str], calls: list[str]) -> dict[str, Any]:
    """Run functions of Basic modules in LibreOffice, with LibreOffice's own Python, and return what each gave."""
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin") or sys.executable
    if subprocess.run([python, "-c", "import uno"], capture_output=True).returncode:
        pytest.skip("LibreOffice's Python bridge (python3-uno) is not installed")
    script = Path(__file__).with_name("run_basic.py")
    task = {"profile": (tmp_path / "profile").as_uri(), "modules": modules, "calls": calls}
    done = subprocess.run([python, script], input=json.dumps(task), capture_output=True, text=True, timeout=180)
    assert done.stdout, done.stderr
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


@pytest.mark.calc
def test_errors_are_made_by_the_vba_that_is_shipped(soffice: Path, tmp_path: Path, project: vba.Project) -> None:
    modules = {
        "NachraErrors": "Option VBASupport 1\n" + _without_attributes(project.modules["NachraErrors"].source),
        "Probe": _PROBE,
    }
    assert _run_basic(tmp_path, modules, list(_EXPECTED)) == _EXPECTED


def _pinged(source: str) -> str:
    """A module that answers 42 to `Ping` where all of it compiles."""
    return f"Option VBASupport 1\n{_without_attributes(source)}\nFunction Ping(x)\n    Ping = x + 1\nEnd Function\n"


@pytest.mark.calc
def test_every_module_of_ours_compiles_in_basic(soffice: Path, tmp_path: Path, project: vba.Project) -> None:
    modules = {
        # Calc has a ThisWorkbook of its own
        name.replace("ThisWorkbook", "ThisBook"): _pinged(module.source)
        for name, module in project.modules.items()
        if name == "ThisWorkbook" or name.startswith(("Nachra", "xlwings_udfs"))
    }
    assert len(modules) == 5
    expected = {f"{name}.Ping": 42 for name in modules}
    assert _run_basic(tmp_path, modules, list(expected)) == expected


@pytest.mark.calc
def test_a_module_that_does_not_compile_is_noticed(soffice: Path, tmp_path: Path) -> None:
    modules = {"Broken": _pinged("Sub F()\nIf True Then\nEnd Sub")}
    assert _run_basic(tmp_path, modules, ["Broken.Ping"]) == {"Broken.Ping": None}
