"""Runs functions of Basic modules in LibreOffice; started by test_xlam with a Python that has the bridge (uno).

Reads {"profile", "modules": {name: source}, "calls": ["Module.Function"]} as JSON, prints {call: answer}; None is
what a module gives that does not compile.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import uno
from com.sun.star.beans import PropertyValue

TASK = json.load(sys.stdin)
PIPE = f"nachra-basic-{time.time_ns() % 10**9}"
HAS_ARGUMENT = "Ping"


def _property(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


def _connect():
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(120):
        with contextlib.suppress(Exception):
            return resolver.resolve(f"uno:pipe,name={PIPE};urp;StarOffice.ComponentContext")
        time.sleep(0.5)
    raise SystemExit("LibreOffice did not answer")


def _answers(context):
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    hidden = (_property("Hidden", True), _property("MacroExecutionMode", 4))
    document = desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, hidden)
    libraries = document.BasicLibraries
    if not libraries.hasByName("Standard"):
        libraries.createLibrary("Standard")
    library = libraries.getByName("Standard")
    for name, source in TASK["modules"].items():
        library.insertByName(name, source)
    provider = document.getScriptProvider()
    answers = {}
    for call in TASK["calls"]:
        script = provider.getScript(f"vnd.sun.star.script:Standard.{call}?language=Basic&location=document")
        try:
            answers[call] = script.invoke((41,) if call.endswith(HAS_ARGUMENT) else (), (), ())[0]
        except Exception as error:
            answers[call] = f"{type(error).__name__}: {error}"
    return answers


started = subprocess.Popen(
    [
        "soffice",
        "--headless",
        "--norestore",
        "--nologo",
        f"-env:UserInstallation={TASK['profile']}",
        f"--accept=pipe,name={PIPE};urp;",
    ],
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
    start_new_session=True,
)
try:
    print(json.dumps(_answers(_connect())))
finally:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGKILL)
