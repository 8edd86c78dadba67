"""What is broken in an installation, and the next step, in the user's language.

Each check looks at one known cause of "Excel does not answer" (collected from the issues of xlwings) and never
changes anything. Facts about the machine come in as a `Machine`, so that every check can be tried anywhere.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata, util
from pathlib import Path
from typing import Any

from nachra.hosts.macros import macro
from nachra.hosts.wording import word
from nachra.texts import DEFAULT_LANGUAGE, languages

#: "Block all Office applications from creating child processes", a rule of Defender's attack surface reduction
ASR_RULE = "D4F940AB-401B-4EFC-AADC-AD5F3C50688A"
_ASR_KEY = r"SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules"
_EXCEL_KEY = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"
_OFFICE_KEY = r"SOFTWARE\Microsoft\Office\ClickToRun\Configuration"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: whether it is right, and what its wordings are filled with."""

    name: str
    ok: bool
    params: Mapping[str, object]

    def message(self, language: str = DEFAULT_LANGUAGE) -> str:
        """Return what was found, in the user's language."""
        return word(f"doctor.{self.name}.{'fine' if self.ok else 'wrong'}", language, **self.params)

    def next_step(self, language: str = DEFAULT_LANGUAGE) -> str:
        """Return what to do about it, nothing where it is right."""
        return "" if self.ok else word(f"doctor.{self.name}.step", language, **self.params)


def registry(key: str, value: str) -> str:
    """Return a value of the machine's registry, empty where there is none (or no Windows)."""
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
                return str(winreg.QueryValueEx(opened, value)[0])
        except OSError:
            return ""
    return ""


def installed_version(package: str) -> str:
    """Return the version of an installed package, empty where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


@dataclass(frozen=True, slots=True)
class Machine:
    """What checks ask about."""

    platform: str = sys.platform
    executable: Path = Path(sys.executable)
    bits: int = struct.calcsize("P") * 8
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    registry: Callable[[str, str], str] = registry
    version: Callable[[str], str] = installed_version
    has_module: Callable[[str], bool] = lambda name: util.find_spec(name) is not None


def diagnose(machine: Machine | None = None) -> list[Check]:
    """Return every check; elsewhere than on Windows only those that make sense there."""
    asked = machine or Machine()
    checks = _EVERYWHERE if asked.platform != "win32" else (*_WINDOWS, *_EVERYWHERE)
    return [check(asked) for check in checks]


@macro
def show(_: Any, language: str) -> str:
    """Say in Excel what is wrong with the installation, and what to do: the ribbon's macro."""
    broken = [one for one in diagnose() if not one.ok]
    if not broken:
        return word("macros.fine", language)
    return "\n\n".join(f"{one.message(language)}\n→ {one.next_step(language)}" for one in broken)


def platform(machine: Machine) -> Check:
    """Excel calls Python on Windows only."""
    return Check("platform", machine.platform == "win32", {"found": machine.platform})


def python(machine: Machine) -> Check:
    """Excel cannot start a Python of the Microsoft Store."""
    from_store = "windowsapps" in str(machine.executable).casefold()
    return Check("python", not from_store, {"found": machine.executable, "bits": machine.bits})


def bitness(machine: Machine) -> Check:
    """Excel and Python have the same number of bits."""
    excel = {"x64": 64, "x86": 32}.get(machine.registry(_OFFICE_KEY, "Platform").casefold(), machine.bits)
    return Check("bitness", excel == machine.bits, {"excel": excel, "bits": machine.bits})


def excel(machine: Machine) -> Check:
    """Excel is there, and not the one of the Microsoft Store."""
    found = machine.registry(_EXCEL_KEY, "")
    return Check("excel", bool(found) and "windowsapps" not in found.casefold(), {"found": found or "-"})


def xlwings(machine: Machine) -> Check:
    """xlwings is the version that the add-in is built with."""
    from nachra.addins.excel import XLWINGS_VERSION

    found = machine.version("xlwings")
    return Check("xlwings", found == XLWINGS_VERSION, {"found": found or "-", "wanted": XLWINGS_VERSION})


def pywin32(machine: Machine) -> Check:
    """pywin32, through which Excel talks to Python, is there."""
    return Check("pywin32", machine.has_module("pywintypes"), {})


def dll(machine: Machine) -> Check:
    """xlwings' library lies where the add-in's VBA looks for it."""
    from nachra.addins.excel import XLWINGS_VERSION

    name = f"xlwings{machine.bits}-{XLWINGS_VERSION}.dll"
    # beside Python, or one folder up in a virtual environment: where the add-in's VBA looks
    beside = (machine.executable.parent, machine.executable.parent.parent)
    present = any((folder / name).is_file() for folder in beside)
    return Check("dll", present, {"found": name, "wanted": XLWINGS_VERSION})


def addin(machine: Machine) -> Check:
    """The add-in in XLSTART is the one that this version builds."""
    from nachra.addins.excel import FILE_NAME, addin_bytes
    from nachra.hosts.wording import AddinError

    file = Path(machine.environment.get("APPDATA", "")) / "Microsoft" / "Excel" / "XLSTART" / FILE_NAME
    try:
        ours = file.is_file() and file.read_bytes() in [addin_bytes(language) for language in _languages()]
    except (AddinError, OSError):  # what is wrong with xlwings, its own check says
        ours = file.is_file()
    return Check("addin", ours, {"found": file})


def _languages() -> tuple[str, ...]:
    from nachra.functions import REGISTRY

    return tuple(dict.fromkeys([*languages(), *next(iter(REGISTRY.values())).help]))


def _configuration(machine: Machine) -> tuple[Path, dict[str, str]]:
    from nachra.hosts import settings

    home = machine.environment.get("USERPROFILE")
    file = Path(home) / ".nachra" / "nachra.conf" if home else settings.configuration_file()
    return file, settings.read(file)


def interpreter(machine: Machine) -> Check:
    """The add-in starts this Python."""
    file, values = _configuration(machine)
    found = values.get("INTERPRETER_WIN", "")
    return Check("interpreter", found == str(machine.executable), {"found": found or "pythonw", "file": file})


def child_processes(machine: Machine) -> Check:
    """No rule of Defender forbids Excel to start Python."""
    blocked = machine.registry(_ASR_KEY, ASR_RULE) == "1"
    return Check("child_processes", not blocked, {"found": ASR_RULE})


def pythonpath(machine: Machine) -> Check:
    """PYTHONPATH puts no other nachra or xlwings in front."""
    import nachra

    own = Path(nachra.__file__).resolve().parents[1]
    separator = ";" if machine.platform == "win32" else os.pathsep
    entries = [Path(one) for one in machine.environment.get("PYTHONPATH", "").split(separator) if one]
    hiding = [
        one for one in entries if ((one / "nachra").is_dir() or (one / "xlwings").is_dir()) and one.resolve() != own
    ]
    return Check("pythonpath", not hiding, {"found": ", ".join(map(str, hiding))})


def onedrive(machine: Machine) -> Check:
    """Python is on the disk, not in a cloud folder."""
    names = ("OneDrive", "OneDriveCommercial", "OneDriveConsumer")
    clouds = [machine.environment[name].casefold() for name in names if machine.environment.get(name)]
    inside = any(str(machine.executable).casefold().startswith(cloud) for cloud in clouds)
    return Check("onedrive", not inside, {"found": machine.executable})


def library(machine: Machine) -> Check:
    """There is a folder of releases to answer from."""
    from nachra.jobs import find_releases
    from nachra.library.places import default_library

    named = machine.environment.get("NACHRA_LIBRARY") or _configuration(machine)[1].get("NACHRA_LIBRARY", "")
    folder = Path(named) if named else default_library()
    count = len(find_releases([folder])) if folder.is_dir() else 0
    return Check("library", count > 0, {"found": named or "NACHRA_LIBRARY", "count": count})


_WINDOWS: tuple[Callable[[Machine], Check], ...] = (
    platform,
    excel,
    python,
    bitness,
    xlwings,
    pywin32,
    dll,
    addin,
    interpreter,
    child_processes,
    onedrive,
)
_EVERYWHERE: tuple[Callable[[Machine], Check], ...] = (pythonpath, library)
