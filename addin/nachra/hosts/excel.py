"""The cell functions for Excel on Windows (xlwings): one worksheet function for each entry of the registry.

Excel's add-in names this module ("UDF Modules") and calls its functions through xlwings' COM server. Arguments are
taken raw: xlwings' own conversion shows #N/A as an empty cell and #SPILL! as a number. A true error value cannot
leave Python (pywin32 loses it), so an error goes out as its text, and the add-in's VBA makes it an error again.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

from nachra.asking import set_provider
from nachra.cells import CellError
from nachra.functions import REGISTRY, CellFunction
from nachra.hosts import settings
from nachra.hosts.values import argument, result, vba_name
from nachra.hosts.wording import category
from nachra.library import FolderLibrary

try:
    import xlwings as xw
except ImportError as error:
    raise ImportError('Excel needs xlwings: pip install "nachra[excel]"') from error


#: what an omitted argument becomes: an empty cell arrives as None, and must not be answered with the headline
_OMITTED: Any = object()


def worksheet_function(function: CellFunction) -> Callable[..., Any]:
    """Return a function as xlwings offers it to Excel, under its name, with help for each argument."""

    def call(*arguments: Any) -> Any:
        try:
            return result(function.call(*(None if one is _OMITTED else argument(one) for one in arguments)))
        except Exception:
            # an exception would leave its text in a cell where a number is expected
            return CellError.VALUE.value

    said = settings.language()
    call.__name__ = function.name
    call.__doc__ = function.help[said]
    # xlwings reads names and defaults from the signature, and would take our annotations for converters
    call.__annotations__ = {}
    call.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                vba_name(one.name),
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=_OMITTED if one.optional else inspect.Parameter.empty,
            )
            for one in function.arguments
        ]
    )
    offered: Any = call
    for one in function.arguments:
        offered = xw.arg(vba_name(one.name), "raw", doc=one.help[said])(offered)
    # last: each `arg` puts the category back to xlwings' own
    return xw.func(category=category(function, said))(offered)  # type: ignore[no-any-return]


settings.apply()
#: where answers come from; the ribbon's macros ask it, too
LIBRARY = FolderLibrary()
set_provider(LIBRARY)
for _function in REGISTRY.values():
    setattr(sys.modules[__name__], _function.name, worksheet_function(_function))
