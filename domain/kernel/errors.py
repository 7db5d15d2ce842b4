"""Errors in the record are corrected by declaring them, never by editing."""

from typing import Annotated
from uuid import UUID

from domain.kernel.facts import event
from domain.kernel.marks import Example, Meaning


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
