"""The Calc add-in nachra.oxt, made from the registry without LibreOffice, and installed with its own program.

Self-contained: the pure Python core and the templates (as JSON, since the office's interpreter may lack tomllib) lie
inside. Entries are stored uncompressed, so that the bytes do not depend on a version of zlib.
"""

from __future__ import annotations

import ast
import io
import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import nachra
from nachra.errors import UsageError
from nachra.functions import REGISTRY
from nachra.hosts.uno_names import JOB, JOB_SERVICE, SERVICE, method_name
from nachra.publish import publish
from nachra.texts import DEFAULT_LANGUAGE, languages, load_toml, templates

FILE_NAME = "nachra.oxt"
IDENTIFIER = "org.nachra.calc"
#: what the office runs; all that it imports of nachra is packed with it
HOST = "nachra.hosts.calc"
#: what functions look up; what only the command needs stays outside
TEMPLATES = (
    *("functions.toml", "lookalikes.toml", "months.toml", "statuses.toml", "targets.toml", "units.toml"),
    "texts/*.toml",
)
#: the core's syntax is that of Python 3.10; Debian's 7.4 runs 3.11
OLDEST_OFFICE = "7.4"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_OOR = 'xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
_MANIFEST = "http://openoffice.org/2001/manifest"
#: the loader puts pythonpath/ last; another nachra on this machine must not come before the one packed here
_ENTRY = """\
import os
import sys

if sys.version_info < (3, 10):
    raise ImportError("nachra needs a LibreOffice with Python 3.10 or later")
_packed = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pythonpath")
if _packed in sys.path:
    sys.path.remove(_packed)
sys.path.insert(0, _packed)

from nachra.hosts.calc import g_ImplementationHelper
"""


class CalcError(UsageError):
    """The add-in cannot be installed; its wording is in `templates/calc.toml`."""

    def message(self, language: str = DEFAULT_LANGUAGE) -> str:
        """Return what is wrong and what to do, in the user's language."""
        said = load_toml("calc.toml")["errors"][self.code]
        return str(said.get(language) or said[DEFAULT_LANGUAGE]).format(**self.params)


def build_oxt(out: Path) -> Path:
    """Write nachra.oxt into the folder `out` and return its path; the same version gives the same bytes."""
    target = out / FILE_NAME
    publish(addin_bytes(), target)
    return target


def addin_bytes() -> bytes:
    """Return nachra.oxt as bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts().items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            archive.writestr(entry, content.encode())
    return buffer.getvalue()


def parts() -> dict[str, str]:
    """Return every file of the add-in, by name."""
    found = {
        "META-INF/manifest.xml": _manifest(),
        "description.xml": _description(),
        "LICENSE": _licence(),
        "XCalcAddIn.idl": interface(),
        "nachra.components": _components(),
        "CalcAddIns.xcu": functions(),
        "Jobs.xcu": _jobs(),
        "nachra_calc.py": _ENTRY,
    }
    for path in core():
        # read as text: a checkout on Windows may hold other line ends
        name = path.relative_to(Path(nachra.__file__).parents[1]).as_posix()
        found[f"pythonpath/{name}"] = path.read_text(encoding="utf-8")
    for pattern in TEMPLATES:
        for path in sorted(templates().glob(pattern)):
            name = path.relative_to(templates()).with_suffix(".json").as_posix()
            content = tomllib.loads(path.read_text(encoding="utf-8"))
            found[f"pythonpath/nachra/templates/{name}"] = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    return found


def core() -> list[Path]:
    """Return the modules that run inside the office: its host, and what that imports of nachra, at any depth."""
    waiting, found = [HOST], {Path(nachra.__file__)}
    while waiting:
        path = _module(waiting.pop())
        if path is None or path in found:
            continue
        found |= {path, path.with_name("__init__.py")}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                waiting += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                # "from nachra.hosts import settings" names a module, "from nachra.texts import text" does not
                waiting += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return sorted(found)


def _module(name: str) -> Path | None:
    """Return the file of one of our modules; None for any other name."""
    top, *rest = name.split(".")
    place = Path(nachra.__file__).parent.joinpath(*rest)
    candidates = (place.with_suffix(".py"), place / "__init__.py") if top == "nachra" else ()
    return next((one for one in candidates if one.is_file()), None)


def interface() -> str:
    """Return the add-in's interface as IDL text, which an office takes as a type library.

    Every argument is `any`: the only type that takes numbers, texts, ranges and nothing.
    """
    lines = []
    for function in REGISTRY.values():
        arguments = ", ".join(f"[in] any {one.name}" for one in function.arguments)
        lines.append(
            f"  any {method_name(function)}( {arguments} );" if arguments else f"  any {method_name(function)}();"
        )
    return "module org { module nachra { interface XCalcAddIn {\n" + "\n".join(lines) + "\n}; }; };\n"


def functions() -> str:
    """Return CalcAddIns.xcu: names and help of every function and argument, in every language."""
    lines = []
    for function in REGISTRY.values():
        lines.append(f'<node oor:name="{method_name(function)}" oor:op="replace">')
        lines.append(_said("DisplayName", dict.fromkeys(languages(), function.name)))
        lines.append(_said("Description", function.help))
        lines.append('<prop oor:name="Category"><value>Add-In</value></prop>')
        # the name in .xlsx files, exactly as Excel has it
        lines.append(_said("CompatibilityName", {"en-US": function.name}))
        lines.append('<node oor:name="Parameters">')
        for one in function.arguments:
            lines.append(f'<node oor:name="{one.name}" oor:op="replace">')
            lines.append(_said("DisplayName", dict.fromkeys(languages(), one.name)))
            lines.append(_said("Description", one.help) + "</node>")
        lines.append("</node></node>")
    return _configuration(
        "CalcAddIns",
        f'<node oor:name="AddInInfo"><node oor:name="{SERVICE}" oor:op="replace"><node oor:name="AddInFunctions">\n'
        + "\n".join(lines)
        + "\n</node></node></node>",
    )


def _said(name: str, texts: dict[str, str]) -> str:
    values = "".join(f'<value xml:lang="{language}">{escape(said)}</value>' for language, said in texts.items())
    return f'<prop oor:name="{name}">{values}</prop>'


def _configuration(name: str, body: str) -> str:
    opening = f'<oor:component-data {_OOR} oor:name="{name}" oor:package="org.openoffice.Office">'
    return f"{_DECLARATION}{opening}\n{body}\n</oor:component-data>\n"


def _jobs() -> str:
    job = f'<node oor:name="NachraRebind" oor:op="replace"><prop oor:name="Service"><value>{JOB}</value></prop></node>'
    event = '<node oor:name="OnLoad" oor:op="fuse"><node oor:name="JobList">'
    event += '<node oor:name="NachraRebind" oor:op="replace"/></node></node>'
    return _configuration("Jobs", f'<node oor:name="Jobs">{job}</node>\n<node oor:name="Events">{event}</node>')


def _components() -> str:
    # passive: nothing of ours runs while the extension is installed
    services = {SERVICE: SERVICE, JOB: JOB_SERVICE}
    made = "".join(
        f'<implementation name="{name}"><service name="{service}"/></implementation>\n'
        for name, service in services.items()
    )
    component = f'<component loader="com.sun.star.loader.Python" uri="nachra_calc.py">\n{made}</component>'
    return f'{_DECLARATION}<components xmlns="http://openoffice.org/2010/uno-components">{component}</components>\n'


def _manifest() -> str:
    kinds = {
        "XCalcAddIn.idl": "application/vnd.sun.star.uno-typelibrary;type=RDB",
        "nachra.components": "application/vnd.sun.star.uno-components",
        "CalcAddIns.xcu": "application/vnd.sun.star.configuration-data",
        "Jobs.xcu": "application/vnd.sun.star.configuration-data",
    }
    entries = "".join(
        f'<manifest:file-entry manifest:media-type="{kind}" manifest:full-path="{name}"/>\n'
        for name, kind in kinds.items()
    )
    return f'{_DECLARATION}<manifest:manifest xmlns:manifest="{_MANIFEST}">\n{entries}</manifest:manifest>\n'


def _description() -> str:
    said = load_toml("calc.toml")["extension"]
    names = "".join(f'<name lang="{language}">{escape(text)}</name>' for language, text in said["name"].items())
    makers = "".join(f'<name lang="{language}">{escape(text)}</name>' for language, text in said["publisher"].items())
    url = "http://openoffice.org/extensions/description/2006"
    oldest = f'value="{OLDEST_OFFICE}" d:name="LibreOffice {OLDEST_OFFICE}"'
    return (
        f'{_DECLARATION}<description xmlns="{url}" xmlns:d="{url}" xmlns:xlink="http://www.w3.org/1999/xlink"'
        ' xmlns:l="http://libreoffice.org/extensions/description/2011">\n'
        f"<identifier value={quoteattr(IDENTIFIER)}/>\n<version value={quoteattr(nachra.__version__)}/>\n"
        f"<dependencies><l:LibreOffice-minimal-version {oldest}/></dependencies>\n"
        # "admin": shown where somebody installs for all users; nobody is asked about the MIT licence
        '<registration><simple-license accept-by="admin" default-license-id="mit" suppress-on-update="true">'
        '<license-text xlink:href="LICENSE" lang="en" license-id="mit"/></simple-license></registration>\n'
        f"<publisher>{makers}</publisher>\n<display-name>{names}</display-name>\n</description>\n"
    )


def _licence() -> str:
    beside = Path(nachra.__file__).parents[2] / "LICENSE"
    if beside.is_file():
        return beside.read_text(encoding="utf-8")
    found = metadata.distribution("nachra")
    said = found.read_text("licenses/LICENSE") or found.read_text("LICENSE") or ""
    return said.replace("\r\n", "\n")


# --- installation -----------------------------------------------------------------------------------


def find_unopkg() -> Path | None:
    """Return LibreOffice's program for extensions: on the search path, or where LibreOffice is usually installed."""
    named = shutil.which("unopkg") or shutil.which("unopkg.com")
    if named:
        return Path(named)
    windows = [os.environ.get(name, "") for name in ("ProgramFiles", "ProgramFiles(x86)")]
    usual = [
        *(Path(folder) / "LibreOffice" / "program" / "unopkg.com" for folder in windows if folder),
        Path("/Applications/LibreOffice.app/Contents/MacOS/unopkg"),
        Path("/usr/lib/libreoffice/program/unopkg"),
        Path("/usr/lib64/libreoffice/program/unopkg"),
        *sorted(Path("/opt").glob("libreoffice*/program/unopkg"), reverse=True),
    ]
    return next((path for path in usual if path.is_file()), None)


def install_oxt(oxt: Path, *, shared: bool = False, profile: Path | None = None, timeout: float = 180) -> str:
    """Install the add-in for this user, or for all with `shared`, in place of an older one; return what was said.

    Raises CalcError where LibreOffice is not found or refuses. `profile` names another user profile than the own.
    """
    unopkg = find_unopkg()
    if unopkg is None:
        raise CalcError("unopkg_missing", file=str(oxt))
    arguments = ["add", "--force", "--suppress-license", *(["--shared"] if shared else []), str(oxt)]
    if profile:
        arguments.append(f"-env:UserInstallation={profile.absolute().as_uri()}")
    no_console = 0x08000000 if sys.platform == "win32" else 0
    try:
        done = subprocess.run(
            [str(unopkg), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            creationflags=no_console,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise CalcError("unopkg_failed", reason=f"{type(error).__name__}.") from error
    said = " ".join(f"{done.stdout} {done.stderr}".split())
    if done.returncode:
        raise CalcError("unopkg_failed", reason=said[-300:])
    return said
