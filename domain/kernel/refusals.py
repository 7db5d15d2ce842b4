"""Refusals: every "no" of Aftercare has a name that is a sentence, a stable code, and says what would be accepted."""

import re
from typing import ClassVar

REFUSALS: "dict[str, type[Refusal]]" = {}


class Refusal(Exception):  # noqa: N818  refusals are sentences, not errors: the caller was understood
    """A rule of the trade forbids what was asked; nothing was recorded."""

    code: ClassVar[str]
    accepted: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        """Give the refusal its code (its name in kebab case), once and for ever."""
        super().__init_subclass__()
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()
        if not cls.__doc__:
            raise TypeError(f"{cls.__name__} does not say what it means")
        if REFUSALS.setdefault(cls.code, cls) is not cls:
            raise TypeError(f"two refusals share the code {cls.code}")

    def __init__(self, detail: str = "", **facts: object) -> None:
        """Refuse.

        Args:
            detail: one sentence about this case. Never holds anything personal.
            facts: machine-readable members of the answer (ids, versions, times, codes).
        """
        self.detail = detail or self.sentence()
        self.facts = facts
        super().__init__(self.detail)

    @classmethod
    def sentence(cls) -> str:
        """The first line of the documentation: what the refusal says to the business."""
        return (cls.__doc__ or "").strip().split("\n", 1)[0]


class Nonsense(Refusal):
    """A value cannot be true of anything: not a number, out of its range, a time without a zone."""

    accepted = "A value of the documented shape and range."

    def __init__(self, field: str, why: str) -> None:
        """Name the field and say why; the value itself is not repeated, as it may be personal."""
        self.field = field
        self.why = why
        super().__init__(f"{field}: {why}", field=field)


class NotOnRecord(Refusal):
    """Nothing is on record under this id, or it is not yours to see."""

    accepted = "The id of something that is on record and visible to your organisation."


class UnknownReference(Refusal):
    """The request names something that is not on record."""

    accepted = "Ids of things that are on record."


class VersionDiffers(Refusal):
    """The stream has moved on since the version that was expected."""

    accepted = "Read the present version and decide again."

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        """Name the stream and both versions."""
        super().__init__(
            f"{stream} is at version {actual}, not {expected}.",
            stream=stream,
            expected_version=expected,
            actual_version=actual,
        )


class HistoryDiffers(Refusal):
    """What was sent begins like the stored history after the expected version, and then differs."""

    accepted = "The same facts as the first time, or the present version of the stream."


class OccursInTheFuture(Refusal):
    """The fact is said to happen later than now plus the tolerance for clocks that differ."""

    accepted = "A time not later than now."


class ContradictsLaterFact(Refusal):
    """A late fact would make a fact that is already on record impossible."""

    accepted = "A time or content that fits the later facts, or first an error declaration for the one that is wrong."


class KeyReused(Refusal):
    """This Idempotency-Key was used for a different request."""

    accepted = "A new key for a new request, or the same request again."


class AlreadyRecordedDifferently(Refusal):
    """This source has already recorded another fact under the same id."""

    accepted = "A new id for a new fact, or the same fact again."


class Unavailable(Exception):  # noqa: N818  named as the state of the store, like a refusal
    """The store cannot take the facts now. Nothing was recorded; try again."""

    code = "store-unavailable"
    outcome = "not-recorded"

    def __init__(self, detail: str = "", retry_after: int = 1) -> None:
        """Say why, and after how many seconds a retry makes sense."""
        self.detail = detail or (type(self).__doc__ or "").split("\n", 1)[0]
        self.retry_after = retry_after
        super().__init__(self.detail)


class OutcomeUnknown(Unavailable):
    """The store did not say whether the facts were recorded. The same again, with its key or source, adds nothing."""

    code = "outcome-unknown"
    outcome = "unknown"


class ClockBehind(Unavailable):
    """The clock of the store is behind the last recorded fact by more than the tolerance."""

    code = "clock-behind"


class Overloaded(Unavailable):
    """Too many appends are waiting. Nothing was recorded; try again."""

    code = "overloaded"
