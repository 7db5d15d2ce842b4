"""Errors in the record are corrected by declaring them, never by editing."""

from typing import Annotated
from uuid import UUID

from domain.kernel.commands import command
from domain.kernel.facts import event
from domain.kernel.marks import Example, Length, Meaning
from domain.kernel.refusals import Nonsense
from domain.kernel.streams import StreamRef


@event("error.declared")
class ErrorDeclared:
    """A recorded fact is declared wrong: from now on every question leaves it out, and its history shows both.

    An error declaration may itself be declared wrong; the first fact then counts again.
    """

    wrong_fact: Annotated[UUID, Meaning("Id of the fact that is wrong; it stands in the same stream.")]
    explanation: Annotated[
        str,
        Meaning("Why it is wrong: a code of the trade, never a text about a person."),
        Example("wrong-serial"),
    ]
    corrected_by: Annotated[
        tuple[UUID, ...], Meaning("Ids of the facts that say it rightly, in this or another stream, if any.")
    ] = ()


@command("error.declare", decides=(), tells=ErrorDeclared)
class DeclareError:
    """Declare a recorded fact wrong. Accepted for every fact that says something of its own; safe to retry.

    A reservation only follows from another fact: that one is declared wrong instead.
    """

    stream: Annotated[
        str,
        Meaning("The stream of the wrong fact."),
        Length(1, 100),
        Example("equipment:01890a5d-ac96-774b-bcce-b302099a8057"),
    ]
    wrong_fact: Annotated[
        UUID, Meaning("Id of the fact that is wrong."), Example("01890a5d-ac96-774b-bcce-b302099a80ee")
    ]
    explanation: Annotated[
        str, Length(1, 100), Meaning("Why it is wrong: a code of the trade."), Example("wrong-serial")
    ]
    corrected_by: Annotated[
        tuple[UUID, ...], Length(0, 100), Meaning("Ids of the facts that say it rightly, if any.")
    ] = ()

    def streams(self) -> tuple[StreamRef, ...]:
        """The stream of the wrong fact.

        Raises:
            Nonsense: the text names no stream.
        """
        try:
            return (StreamRef.parse(self.stream),)
        except ValueError:
            raise Nonsense("stream", "is not written <kind>:<uuid>") from None

    def decide(self, _state: object) -> list[ErrorDeclared]:
        """Return the declaration."""
        return [ErrorDeclared(wrong_fact=self.wrong_fact, explanation=self.explanation, corrected_by=self.corrected_by)]
