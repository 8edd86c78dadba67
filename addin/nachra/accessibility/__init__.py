"""A workbook held against the checklist of accessible published spreadsheets, rule by rule."""

from __future__ import annotations

from pathlib import Path

from nachra.accessibility.verdicts import Audit
from nachra.errors import NachraError, UnreadableError

__all__ = ["Audit", "audit"]


def audit(path: Path) -> Audit:
    """Judge one workbook, ours or not; FileError where it is refused or cannot be read, whatever the reason.

    ProfileError where the outline that it names breaks a rule that does not exist.
    """
    from nachra.accessibility.rules import RULES
    from nachra.accessibility.seeing import see
    from nachra.accessibility.verdicts import judge
    from nachra.guard import admit

    try:
        return judge(see(admit(path)), RULES)
    except NachraError:
        raise
    except Exception as error:
        # a traceback is no answer to a civil servant: the defect is ours, and the message says so
        raise UnreadableError("internal", path=str(path), reason=f"{type(error).__name__}: {error}"[:200]) from error
