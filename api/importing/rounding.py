"""Rounding: which numbers expressions see as another one. What they say of those may be compared, never recorded."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Any, NamedTuple

from api.importing.expressions import Expression
from api.importing.faults import Wrong

EXACT_BELOW = 2.0**53
"""Whole numbers below it are one double each, and so are all that come out of adding and multiplying such."""
_INTEGERS = 2**63
"""Whole numbers below it are integers in expressions too, and larger ones doubles."""


class Rounded(float):
    """A number that expressions made of numbers that they see rounded."""


def is_rounded(value: Any) -> bool:
    """Return whether expressions see a value as another one."""
    match value:
        case bool():
            return False
        case Rounded():
            return True
        case int():
            return not -_INTEGERS <= value < _INTEGERS
        case Decimal():
            return Decimal(repr(float(value))) != value
        case _:
            return False


class Sight(NamedTuple):
    """What an expression looks at."""

    says: Mapping[str, Any]
    """The row, as it is."""
    seen: dict[str, Any]
    """The row and those around it, as expressions see them."""
    rounded: AbstractSet[str] = frozenset()
    """Columns that a row around it has a number in which they see rounded."""


def require_exact(expression: Expression, value: Any, sight: Sight) -> None:
    """See that what an expression says is not reckoned from rounded numbers, as far as it tells a number.

    Raises:
        Wrong: it may be.
    """
    if _tells_number(value) and uses_rounded(expression, sight):
        sentence = "reckons with a number of more digits than expressions tell apart; use the column itself."
        raise Wrong("rounded", f"{expression.told} {sentence}")


def uses_rounded(expression: Expression, sight: Sight) -> bool:
    """Return whether an expression may look at a number that it sees rounded."""
    if any(is_rounded(sight.says.get(name)) for name in expression.names):
        return True
    if sight.rounded.isdisjoint(expression.names):
        return False
    return any(isinstance(sight.seen.get(name), list | dict) for name in expression.names)


def _tells_number(value: Any) -> bool:
    match value:
        case bool() | None:
            return False
        case int() | float():
            return True
        case str():
            return any(map(str.isdigit, value))
        case list():
            return any(map(_tells_number, value))
        case _:
            return False
