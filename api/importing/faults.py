"""What may be wrong with a mapping, and with what a row says."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

MOST_TOLD = 20
"""So many faults of a mapping are told; of the others, their number."""


class MappingFault(Exception):  # noqa: N818  what is wrong with it, not what went wrong
    """A mapping file that cannot be followed: where in it, and why."""

    def __init__(self, where: str, why: str) -> None:
        """Take both."""
        self.where, self.why = where, why
        super().__init__(f"{where}: {why}")

    @property
    def each(self) -> Sequence["MappingFault"]:
        """It, or those that it stands for."""
        return (self,)


class MappingFaults(MappingFault):
    """Several faults of one mapping."""

    def __init__(self, each: Sequence[MappingFault]) -> None:
        """Take them, two or more."""
        super().__init__(each[0].where, each[0].why)
        self._each = tuple(each)

    @property
    def each(self) -> Sequence[MappingFault]:
        """Those that it stands for."""
        return self._each

    def __str__(self) -> str:
        """Return their number, and the first of them line by line."""
        lines = [f"It has {len(self._each):,} faults:", *map(str, self._each[:MOST_TOLD])]
        more = len(self._each) - MOST_TOLD
        return "\n  ".join([*lines, *([f"… and {more:,} more"] if more > 0 else [])])


class Faults:
    """What is wrong with a mapping, found part by part: what is wrong with one does not keep another from its turn."""

    def __init__(self) -> None:
        """Begin without any."""
        self._found: dict[str, MappingFault] = {}

    @contextmanager
    def of_part(self, where: str | None = None) -> Iterator[None]:
        """Take note of the faults of a part; of them, where they are, if it is said here."""
        try:
            yield
        except MappingFault as fault:
            for each in fault.each:
                self.add(each if where is None else MappingFault(where, each.why))

    def add(self, fault: MappingFault) -> None:
        """Take note of one; what is told already, in the same words, is not told again."""
        self._found.setdefault(str(fault), fault)

    def require_none(self) -> None:
        """See that there are none.

        Raises:
            MappingFault: there are.
        """
        found = list(self._found.values())
        if found:
            raise found[0] if len(found) == 1 else MappingFaults(found)


class Wrong(Exception):  # noqa: N818  a finding on its way to the row
    """What is wrong with what a row says: a stable code and a sentence."""

    def __init__(self, code: str, sentence: str, column: str | None = None) -> None:
        """Take both, and the column of the file if it is a single one."""
        super().__init__(sentence)
        self.code, self.sentence, self.column = code, sentence, column


def shown(value: Any, most: int = 40) -> str:
    """Return the beginning of a value, for a sentence about it."""
    text = f"“{value}”" if isinstance(value, str) else str(value)
    return text if len(text) <= most else f"{text[:most]}…"


def near(name: str | None, names: Iterable[str]) -> str:
    """Return which name may have been meant, as the end of a sentence."""
    found = get_close_matches(name or "", list(names), 1, 0.5)
    return f"; did you mean {found[0]}?" if found else ""
