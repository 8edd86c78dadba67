"""The diagnosis and the installation of the Excel add-in, on a Windows that is made of folders and answers."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import office
import pytest

pytest.importorskip("xlwings")

from nachra.addins import excel
from nachra.addins.install import install_excel
from nachra.doctor import ASR_RULE, Check, Machine, diagnose
from nachra.errors import WriteError
from nachra.hosts import settings
from nachra.hosts.wording import AddinError
from nachra.texts import load_toml

LANGUAGES = ("fr", "en", "ar")
EXCEL = r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE"


@pytest.fixture
def windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine on which everything is right."""
    for name, folder in (("APPDATA", "roaming"), ("USERPROFILE", "hélène, d'ici")):
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.delenv("NACHRA_LIBRARY", raising=False)
    monkeypatch.delenv("NACHRA_LANGUAGE", raising=False)
    python = tmp_path / "venv" / "Scripts" / "python.exe"
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.setattr(sys, "executable", str(python))
    (tmp_path / "venv" / f"xlwings64-{excel.XLWINGS_VERSION}.dll").touch()
    shutil.copytree(office.REPOSITORY / "workbooks" / "releases", tmp_path / "library")
    install_excel("fr", tmp_path / "library", platform="win32")
    answers = {"": EXCEL, "Platform": "x64"}
    return Machine(
        platform="win32",
        executable=python,
        bits=64,
        environment={
            name: str(tmp_path / folder) for name, folder in (("APPDATA", "roaming"), ("USERPROFILE", "hélène, d'ici"))
        },
        registry=lambda _, value: answers.get(value, ""),
        version=lambda _: excel.XLWINGS_VERSION,
        has_module=lambda _: True,
    )


def wrong(machine: Machine) -> list[str]:
    return [one.name for one in diagnose(machine) if not one.ok]


def test_a_good_installation_has_nothing_to_say(windows: Machine) -> None:
    checks = diagnose(windows)
    assert [one.name for one in checks if not one.ok] == []
    assert {one.name for one in checks} == set(load_toml("excel.toml")["doctor"])
    for one in checks:
        for language in LANGUAGES:
            assert one.message(language)
            assert one.next_step(language) == ""


def _registry(**answers: str) -> Callable[[Machine], Machine]:
    known = {"": EXCEL, "Platform": "x64"} | answers
    return lambda machine: replace(machine, registry=lambda _, value: known.get(value, ""))


def _environment(**values: str) -> Callable[[Machine], Machine]:
    return lambda machine: replace(machine, environment={**machine.environment, **values})


def _removed(pattern: str) -> Callable[[Machine], Machine]:
    def change(machine: Machine) -> Machine:
        root = Path(machine.environment["APPDATA"]).parent
        for path in root.rglob(pattern):
            path.unlink()
        return machine

    return change


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_registry(**{ASR_RULE: "1"}), ["child_processes"]),
        (_registry(**{"": r"C:\Program Files\WindowsApps\Microsoft.Office.Desktop\EXCEL.EXE"}), ["excel"]),
        (_registry(**{"": ""}), ["excel"]),
        (_registry(Platform="x86"), ["bitness"]),
        (lambda one: replace(one, version=lambda _: "0.30.0"), ["xlwings"]),
        (lambda one: replace(one, version=lambda _: ""), ["xlwings"]),
        (lambda one: replace(one, has_module=lambda _: False), ["pywin32"]),
        (_removed("*.dll"), ["dll"]),
        (_removed("nachra.xlam"), ["addin"]),
        (_removed("nachra.conf"), ["interpreter", "library"]),
        (_removed("*.xlsx"), ["library"]),
        (_environment(NACHRA_LIBRARY="/nowhere"), ["library"]),
    ],
)
def test_each_fault_is_named_with_a_next_step(
    change: Callable[[Machine], Machine], named: list[str], windows: Machine
) -> None:
    broken = change(windows)
    assert wrong(broken) == named
    for check in diagnose(broken):
        if not check.ok:
            for language in LANGUAGES:
                assert "{" not in check.message(language) + check.next_step(language)
                assert check.next_step(language)


def test_a_python_of_the_store_or_of_onedrive(windows: Machine, tmp_path: Path) -> None:
    store = replace(windows, executable=tmp_path / "Microsoft" / "WindowsApps" / "python.exe")
    assert wrong(store) == ["python", "dll", "interpreter"]
    cloud = _environment(OneDrive=str(tmp_path / "VENV"))(windows)
    assert wrong(cloud) == ["onedrive"]


def test_an_addin_of_another_version(windows: Machine) -> None:
    file = Path(windows.environment["APPDATA"]) / "Microsoft" / "Excel" / "XLSTART" / "nachra.xlam"
    file.write_bytes(file.read_bytes() + b"x")
    assert wrong(windows) == ["addin"]


def test_a_pythonpath_that_hides_nachra(windows: Machine, tmp_path: Path) -> None:
    (tmp_path / "old" / "nachra").mkdir(parents=True)
    (tmp_path / "harmless").mkdir()
    assert wrong(_environment(PYTHONPATH=f"{tmp_path / 'harmless'};{tmp_path / 'old'}")(windows)) == ["pythonpath"]


def test_elsewhere_only_what_makes_sense_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    names = [one.name for one in diagnose(Machine(platform="linux", environment={}))]
    assert names == ["pythonpath", "library"]


def test_the_real_machine_can_be_asked() -> None:
    assert all(isinstance(one, Check) and one.message() for one in diagnose())


# --- installation -----------------------------------------------------------------------------------


def test_the_addin_and_its_settings_are_where_excel_looks(windows: Machine, tmp_path: Path) -> None:
    file = tmp_path / "roaming" / "Microsoft" / "Excel" / "XLSTART" / "nachra.xlam"
    assert file.read_bytes() == excel.addin_bytes("fr")
    conf = tmp_path / "hélène, d'ici" / ".nachra" / "nachra.conf"
    assert settings.read(conf) == {
        "INTERPRETER_WIN": str(windows.executable),
        "NACHRA_LANGUAGE": "fr",
        "NACHRA_LIBRARY": str(tmp_path / "library"),
    }
    assert conf.read_text(settings.ENCODING).splitlines()[0] == f'"INTERPRETER_WIN","{windows.executable}"'


def test_settings_of_others_are_kept_and_ours_replaced(windows: Machine, tmp_path: Path) -> None:
    conf = settings.configuration_file()
    conf.write_bytes(settings.written({"SHOW CONSOLE": "True", "INTERPRETER_WIN": "old"}))
    done = install_excel("ar", platform="win32")
    assert done.configuration == conf
    assert done.addin.read_bytes() == excel.addin_bytes("ar")
    values = settings.read()
    assert values["SHOW CONSOLE"] == "True"
    assert values["INTERPRETER_WIN"] == str(windows.executable)
    assert wrong(windows) == ["library"]


def test_elsewhere_it_says_what_to_do() -> None:
    with pytest.raises(AddinError) as caught:
        install_excel(platform="linux")
    for language in LANGUAGES:
        assert "nachra addin build excel" in caught.value.message(language)
        assert "nachra.xlam" in caught.value.message(language)


def test_without_a_user_s_folder_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("APPDATA", raising=False)
    with pytest.raises(AddinError, match="APPDATA"):
        install_excel(platform="win32")


def test_a_startup_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("APPDATA", str(tmp_path / "file"))
    with pytest.raises(WriteError):
        install_excel(platform="win32")


def test_the_macro_says_what_the_doctor_says(monkeypatch: pytest.MonkeyPatch, windows: Machine, tmp_path: Path) -> None:
    import fakebook

    from nachra import doctor

    real = doctor.diagnose
    book = fakebook.open_book(office.REPOSITORY / "workbooks" / "releases" / "annuelle-2024.xlsx")
    monkeypatch.setattr(doctor, "diagnose", lambda: real(windows))
    doctor.show(book=book)
    monkeypatch.setattr(doctor, "diagnose", lambda: real(_registry(**{ASR_RULE: "1"})(windows)))
    doctor.show(book=book)
    alerts: list[Any] = book.impl.app.alerts
    assert alerts[0] == "Tout est en ordre."
    assert ASR_RULE in alerts[1]
    assert "→ Demandez à l'informatique" in alerts[1]
