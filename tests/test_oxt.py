"""The Calc add-in as a file, and the library it answers from: all that can be seen without LibreOffice."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import nachra
from nachra.addins import calc
from nachra.addins.calc import CalcError, addin_bytes, build_oxt, find_unopkg, install_oxt, parts
from nachra.errors import NachraError
from nachra.functions import REGISTRY
from nachra.hosts import outside
from nachra.hosts.outside import OutsideLibrary
from nachra.hosts.uno_names import method_name
from nachra.library import answers_of_folder
from nachra.texts import load_toml

#: the number of the user "nobody"
NOBODY = 65534
OOR = "{http://openoffice.org/2001/registry}"


# --- the file ---------------------------------------------------------------------------------------


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    first, second = build_oxt(tmp_path / "one"), build_oxt(tmp_path / "two")
    assert first.read_bytes() == second.read_bytes()


def test_every_part_that_the_manifest_names_is_there() -> None:
    with zipfile.ZipFile(io.BytesIO(addin_bytes())) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
    manifest = ElementTree.fromstring(parts()["META-INF/manifest.xml"])
    named = [one.get("{http://openoffice.org/2001/manifest}full-path") for one in manifest]
    assert named and set(named) <= names


@pytest.mark.parametrize("name", [name for name in parts() if name.endswith((".xml", ".xcu", ".components"))])
def test_xml_is_well_formed(name: str) -> None:
    ElementTree.fromstring(parts()[name])


def test_version_and_licence() -> None:
    description = parts()["description.xml"]
    assert f'<version value="{nachra.__version__}"/>' in description
    assert "MIT License" in parts()["LICENSE"]


def test_every_function_is_declared_with_its_help() -> None:
    functions = {one.get(f"{OOR}name"): one for one in ElementTree.fromstring(calc.functions()).iter("node")}
    for function in REGISTRY.values():
        node = functions[method_name(function)]
        said = {one.get(f"{OOR}name"): one for one in node.findall("prop")}
        assert [value.text for value in said["CompatibilityName"]] == [function.name]
        assert {value.text for value in said["DisplayName"]} == {function.name}
        assert {value.text for value in said["Description"]} == set(function.help.values())
        parameters = node.findall("node/node")
        assert [one.get(f"{OOR}name") for one in parameters] == [one.name for one in function.arguments]
        assert f"any {method_name(function)}(" in calc.interface()


def test_the_core_needs_nothing_but_itself() -> None:
    packed = {name.removeprefix("pythonpath/").removesuffix(".py").replace("/", ".") for name in parts()}
    packed |= {name.removesuffix(".__init__") for name in packed}
    office = {"uno", "unohelper", "com", "org"}
    for name, source in parts().items():
        if not name.endswith(".py"):
            continue
        # inside functions too: what runs late must be there as well
        for node in ast.walk(ast.parse(source, feature_version=(3, 10))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for one in names:
                top = one.partition(".")[0]
                assert one in packed if top == "nachra" else top in sys.stdlib_module_names | office, (name, one)


@pytest.mark.parametrize("python", ["python3.10", "python3"])
def test_the_core_answers_in_another_interpreter(python: str, tmp_path: Path, releases: list[Path]) -> None:
    found = shutil.which(python)
    asked = "import sys; raise SystemExit(sys.version_info < (3, 10))"
    if not found or subprocess.run([found, "-c", asked], capture_output=True).returncode:
        pytest.skip(f"there is no {python} here")
    with zipfile.ZipFile(build_oxt(tmp_path)) as archive:
        archive.extractall(tmp_path / "oxt")
    folder = library(tmp_path, releases)
    packed = tmp_path / "oxt" / "pythonpath"
    script = (
        f"import sys; sys.path.insert(0, {str(packed)!r})\n"
        "from nachra.asking import set_provider\n"
        "from nachra.functions import REGISTRY\n"
        "from nachra.hosts.outside import OutsideLibrary\n"
        "set_provider(OutsideLibrary())\n"
        "print(REGISTRY['EXPORT_GROWTH'].call(), REGISTRY['EXPORT_CHECK'].call('CRM', 2024, 'growth', 'fr'))\n"
    )
    environment = {**os.environ, "NACHRA_LIBRARY": str(folder), "PYTHONUTF8": "1"}
    # -E would hide the library too; -s keeps the user's own packages out
    done = subprocess.run(
        [found, "-s", "-c", script], env=environment, capture_output=True, encoding="utf-8", timeout=60
    )
    assert done.stdout.startswith("0.035 "), done.stderr


# --- the library from outside -------------------------------------------------------------------------


def library(folder: Path, releases: list[Path]) -> Path:
    """A folder with the sample releases and the file of their answers."""
    made = folder / "library"
    made.mkdir()
    for path in releases:
        shutil.copy(path, made)
    (made / outside.ANSWERS_FILE).write_text(answers_of_folder(made).to_json(), encoding="utf-8")
    return made


@pytest.fixture
def answering(tmp_path: Path, releases: list[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = library(tmp_path, releases)
    monkeypatch.setenv("NACHRA_LIBRARY", str(folder))
    monkeypatch.setenv("NACHRA_COMMAND", str(tmp_path / "missing"))
    return folder


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The calls of a command that knows no answer."""
    calls: list[list[str]] = []
    monkeypatch.setattr(outside, "run", lambda arguments, given=None: calls.append(arguments))
    return calls


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def touch(path: Path, seconds: float) -> None:
    stat = path.stat()
    os.utime(path, (stat.st_atime, stat.st_mtime + seconds))


def test_a_fresh_file_of_answers_needs_no_command(answering: Path, ran: list[list[str]]) -> None:
    found = OutsideLibrary()
    assert found.answers().version == answers_of_folder(answering).version
    assert (found.reason, ran) == ("", [])


def test_a_release_newer_than_the_file_asks_the_command(
    answering: Path, ran: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NACHRA_COMMAND", sys.executable)
    clock = Clock()
    found = OutsideLibrary(clock)
    found.answers()
    touch(next(answering.glob("*.xlsx")), 60)
    assert found.answers().books, "the folder is looked at once a second"
    clock.now += outside.LOOK_EVERY
    assert not found.answers().books
    assert ran == [["answers", str(answering)]]
    assert found.reason == "command_failed"


def test_a_command_that_failed_is_not_asked_for_every_cell(answering: Path, ran: list[list[str]]) -> None:
    touch(answering / outside.ANSWERS_FILE, -3600)
    clock = Clock()
    found = OutsideLibrary(clock)
    for _ in range(100):
        found.answers()
        clock.now += outside.LOOK_EVERY
    assert len(ran) == 1
    clock.now += outside.RETRY_AFTER
    found.answers()
    assert len(ran) == 2


@pytest.mark.parametrize("damage", ["", "null", "{", '{"form": 99}', '{"form": 1}', "[]"])
def test_a_damaged_file_is_no_answer(answering: Path, ran: list[list[str]], damage: str) -> None:
    (answering / outside.ANSWERS_FILE).write_text(damage, encoding="utf-8")
    assert not OutsideLibrary().answers().books
    assert len(ran) == 1


def test_the_reason_without_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NACHRA_LIBRARY", "")
    monkeypatch.setattr(outside.settings, "read", dict)
    found = OutsideLibrary(Clock())
    assert not found.answers().books and found.reason == "library_not_set"
    monkeypatch.setenv("NACHRA_LIBRARY", str(tmp_path / "gone"))
    found = OutsideLibrary(Clock())
    assert not found.answers().books and found.reason == "library_not_found"


def test_the_reason_without_a_command(answering: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (answering / outside.ANSWERS_FILE).unlink()
    monkeypatch.delenv("NACHRA_COMMAND")
    monkeypatch.setattr(outside.settings, "read", dict)
    monkeypatch.setenv("PATH", "")
    found = OutsideLibrary()
    assert not found.answers().books and found.reason == "command_missing"


@pytest.mark.parametrize("command", ["/nowhere/nachra", 'nachra "answers'])
def test_a_command_that_is_not_there_is_said_to_be_missing(
    command: str, answering: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (answering / outside.ANSWERS_FILE).unlink()
    monkeypatch.setenv("NACHRA_COMMAND", command)
    found = OutsideLibrary()
    assert not found.answers().books and found.reason == "command_missing"


def test_a_command_may_have_spaces_and_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "my nachra"
    program.touch()
    monkeypatch.setenv("NACHRA_COMMAND", str(program))
    assert outside.command() == [str(program)]
    monkeypatch.setenv("NACHRA_COMMAND", "python -m nachra.cli")
    assert outside.command() == ["python", "-m", "nachra.cli"]


# --- installing -----------------------------------------------------------------------------------------


def test_without_libreoffice_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calc, "find_unopkg", lambda: None)
    with pytest.raises(CalcError) as caught:
        install_oxt(tmp_path / "nachra.oxt")
    for language in ("fr", "en", "ar"):
        assert "nachra.oxt" in caught.value.message(language)


def test_every_wording_of_the_installer_has_three_languages() -> None:
    for said in load_toml("calc.toml")["errors"].values():
        assert set(said) == {"fr", "en", "ar"}


@pytest.mark.calc
def test_the_real_installer_takes_it(soffice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unopkg = find_unopkg()
    assert unopkg, "LibreOffice brings unopkg"
    # pytest's own folders are closed to other users
    with tempfile.TemporaryDirectory(prefix="nachra-", ignore_cleanup_errors=True) as made:
        room = Path(made)
        room.chmod(0o777)
        given: dict[str, Any] = {"env": {**os.environ, "HOME": made}}
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            # unopkg refuses root, except for all users of the machine
            given |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        real = subprocess.run
        monkeypatch.setattr(calc.subprocess, "run", lambda *said, **named: real(*said, **named, **given))
        for _ in range(2):
            install_oxt(build_oxt(room), profile=room / "profile")
        listing = [str(unopkg), "list", f"-env:UserInstallation={(room / 'profile').as_uri()}"]
        listed = real(listing, capture_output=True, text=True, timeout=180, **given).stdout
    assert listed.count(calc.IDENTIFIER) == 1
    assert "is registered: no" not in listed


def test_a_refusal_is_one_of_our_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calc, "find_unopkg", lambda: Path(sys.executable))
    with pytest.raises(NachraError, match="LibreOffice a refusé"):
        install_oxt(tmp_path / "nachra.oxt")


def test_every_template_that_the_core_reads_is_packed() -> None:
    files = parts()
    read = {name for source in files.values() for name in re.findall(r'load_toml\("([^"]+)\.toml"\)', source)}
    assert read and {f"pythonpath/nachra/templates/{name}.json" for name in read} <= set(files)


def test_templates_travel_as_they_are() -> None:
    packed = json.loads(parts()["pythonpath/nachra/templates/functions.json"])
    assert packed == load_toml("functions.toml")
