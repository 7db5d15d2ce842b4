"""Regular expressions of mapping files: those of RE2, which take a time in proportion to their text."""

from typing import Any

import re2

from api.importing.faults import MappingFault


def pattern_of(where: str, text: str) -> Any:
    """Return a regular expression.

    Raises:
        MappingFault: it is none of RE2.
    """
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except re2.error as error:
        said = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else error
        raise MappingFault(where, f"{text} is no regular expression of RE2: {said}") from None
