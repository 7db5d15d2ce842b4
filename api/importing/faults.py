"""What may be wrong with a mapping, and with what a row says."""

from typing import Any


class MappingFault(Exception):  # noqa: N818  what is wrong with it, not what went wrong
    """A mapping file that cannot be followed: where in it, and why."""

    def __init__(self, where: str, why: str) -> None:
        """Take both."""
        self.where, self.why = where, why
        super().__init__(f"{where}: {why}")


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
