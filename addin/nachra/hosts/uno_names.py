"""Names that the Calc add-in and its builder must agree on, and that saved documents carry."""

from __future__ import annotations

from nachra.functions import CellFunction

#: formulas in .ods files read org.nachra.CalcAddIn.exportGrowth for ever
SERVICE = "org.nachra.CalcAddIn"
JOB, JOB_SERVICE = "org.nachra.RebindJob", "com.sun.star.task.Job"


def method_name(function: CellFunction) -> str:
    """Return the name of a function's method: EXPORT_GROWTH → exportGrowth."""
    first, *rest = function.name.lower().split("_")
    return first + "".join(word.capitalize() for word in rest)
