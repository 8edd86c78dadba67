"""Our exceptions: each says what is wrong, where (file, sheet, cell) and what to do.

NachraError
├── UsageError                the command was asked for something that it cannot do
├── FileError                 a file cannot be used
│   ├── RefusedError          the guard refused it before any parser saw it
│   ├── UnreadableError       a parser could not read it
│   ├── LayoutError           it is a workbook, but not (exactly) one known release
│   ├── ProfileError          a layout profile (TOML) is wrong
│   ├── ExportError            a release cannot be put into a standard form
│   ├── WriteError            a file could not be written
│   └── ConversionError       an office could not print it to a PDF, or there is no office
├── DisagreementError         a sentence and its table would say different things: a defect of ours
└── IndicatorError            a figure that cannot be computed
    ├── UndefinedError        zero or negative base
    └── IncomparableError     periods, units or methodologies that do not go together
"""

from __future__ import annotations

from nachra.texts import DEFAULT_LANGUAGE, printable, text


class NachraError(Exception):
    """Base of all our errors; `code` names the wording in `templates/texts`, `params` fill it in."""

    def __init__(self, code: str, /, *, path: str = "", sheet: str = "", cell: str = "", **params: object):
        super().__init__(code, params)
        self.code = code
        self.path = path
        self.sheet = sheet
        self.cell = cell
        self.params = params

    def message(self, language: str = DEFAULT_LANGUAGE) -> str:
        """Return one line: the place, what is wrong and what to do, in the user's language."""
        place = printable(" ! ".join(part for part in (self.path, self.sheet, self.cell) if part))
        what = text(f"errors.{self.code}", language, **self.params)
        return " ".join((f"{place} : {what}" if place else what[:1].upper() + what[1:]).split())

    def __str__(self) -> str:
        return self.message()

    def __reduce__(self) -> tuple[object, ...]:
        # exceptions with keyword arguments do not survive a process boundary by themselves
        where = {"path": self.path, "sheet": self.sheet, "cell": self.cell}
        return _rebuild, (type(self), self.code, where | self.params)


def _rebuild(kind: type[NachraError], code: str, arguments: dict[str, str]) -> NachraError:
    return kind(code, **arguments)


class UsageError(NachraError):
    """The command was asked for something that it cannot do."""


class FileError(NachraError):
    """A file cannot be used."""


class RefusedError(FileError):
    """The guard refused the file before any parser saw it."""


class UnreadableError(FileError):
    """A parser could not read the file."""


class LayoutError(FileError):
    """The workbook is not (exactly) one known release."""


class ProfileError(FileError):
    """A layout profile is wrong."""


class ExportError(FileError):
    """A release cannot be put into a standard form."""


class WriteError(FileError):
    """A file could not be written."""


class ConversionError(FileError):
    """An office could not print the workbook to a PDF, or there is no office."""


class DisagreementError(NachraError):
    """A sentence and its table would say different things: the briefing is not written."""


class IndicatorError(NachraError):
    """A figure that cannot be computed."""


class UndefinedError(IndicatorError):
    """The base of a rate is zero or negative."""


class IncomparableError(IndicatorError):
    """Periods, units or methodologies do not go together."""
