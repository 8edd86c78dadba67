"""Errors: one line in the user's language, whole after a process boundary."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import nachra
from nachra import errors
from nachra.errors import FileError, IndicatorError, NachraError
from nachra.texts import load_toml, templates

PACKAGE = Path(nachra.__file__).parent
CODES = load_toml("texts/fr.toml")["errors"]


def kinds(root: type[NachraError] = NachraError) -> Iterator[type[NachraError]]:
    yield root
    for child in root.__subclasses__():
        if child.__module__ == "nachra.errors":
            yield from kinds(child)


def fields(code: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", CODES[code]))


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
def test_error_survives_a_process_boundary(kind: type[NachraError]) -> None:
    error = kind("too_large", path="dossier/été.xlsx", sheet="R-IDEM-S", cell="C24", megabytes=51, limit=50)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (again.code, again.path, again.sheet, again.cell, again.params) == (
        *("too_large", "dossier/été.xlsx", "R-IDEM-S", "C24"),
        {"megabytes": 51, "limit": 50},
    )
    assert str(again) == str(error)


@pytest.mark.parametrize("code", CODES)
def test_message_is_one_line_with_the_place(code: str) -> None:
    params = dict.fromkeys(fields(code), "{x}\n%s")
    message = str(FileError(code, path="a/b.xlsx", sheet="Feuille\n1", cell="C24", **params))
    assert message.startswith("a/b.xlsx ! Feuille 1 ! C24 : ")
    assert message == " ".join(message.split())


def test_message_is_one_line_without_a_place() -> None:
    assert "\n" not in str(NachraError("internal", reason="line\nline"))


@pytest.mark.parametrize("language", ["fr", "ar", "en", "xx"])
def test_message_in_a_language_that_is_missing_falls_back(language: str) -> None:
    assert NachraError("empty", path="a.xlsx").message(language).startswith("a.xlsx : ")


def test_unknown_code_is_our_own_mistake() -> None:
    with pytest.raises(KeyError):
        str(NachraError("no_such_code"))


def test_tree_is_the_one_of_the_docstring() -> None:
    drawn = re.findall(r"[├└│─ ]*(\w+Error)\b", (errors.__doc__ or "").split("\n\n", 1)[1])
    assert sorted(drawn) == sorted(kind.__name__ for kind in kinds())
    assert {kind.__base__ for kind in kinds()} == {Exception, NachraError, FileError, IndicatorError}


def test_every_code_raised_has_its_wording() -> None:
    raising = re.compile(r'(?:\b\w+Error|\brefuse)\(\s*"([a-z_]+)"')
    words = "\n".join(file.read_text(encoding="utf-8") for file in templates().rglob("*.toml"))  # hosts have their own
    raised = {
        f"{source.relative_to(PACKAGE)}: {code}"
        for source in PACKAGE.rglob("*.py")
        for code in raising.findall(source.read_text(encoding="utf-8"))
        if not re.search(rf"^{code} = ", words, re.MULTILINE)
    }
    assert raised == set()
