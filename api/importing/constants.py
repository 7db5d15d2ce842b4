"""Constants of a mapping, and what follows from them alone: it is the same for every row, and decided before any."""

from collections.abc import Collection
from collections.abc import Mapping as Names
from typing import Any

from api.importing.expressions import Expression, Kind, Language
from api.importing.faults import MappingFault, Wrong
from api.importing.mapping import Scalar

NOTHING = "nothing"
"""The variable that says nothing: `null` goes with no other type in CEL."""


class Constants:
    """What is the same for every row."""

    def __init__(self, named: Names[str, Scalar]) -> None:
        """Take the constants of a mapping, by name."""
        self.values: dict[str, Any] = {**named, NOTHING: None}
        self._language = Language(dict.fromkeys(self.values, Kind.ANY))

    def expression(self, text: str) -> Expression | None:
        """Return an expression if it says the same for every row; None: it names what rows say."""
        try:
            return self._language.compile("", text)
        except MappingFault:
            return None

    def condition(
        self, variables: Names[str, Kind], said: Names[str, Kind], where: str, text: str, around: Collection[str] = ()
    ) -> Expression:
        """Return a condition.

        Args:
            variables: that it may name.
            said: what those of them hold that are not empty.
            where: it stands in the mapping.
            text: of it.
            around: the variables that are lists of the rows of a key.

        Raises:
            MappingFault: it is no expression, or can be neither true nor false.
        """
        condition = Language(variables, around).condition(where, text)
        try:
            type_ = Language({**variables, **said}).compile(where, text).type
        except MappingFault:
            type_ = condition.type  # it mixes what does not go together, or asks whether something is empty
        if type_ not in {"BOOL", "DYN"}:
            raise MappingFault(where, f"{text!r} is neither true nor false, whatever a row says")
        if (fixed := self.expression(text)) is not None:
            try:
                fixed.holds(self.values)
            except Wrong as wrong:
                raise MappingFault(where, wrong.sentence) from None
        return condition
