"""Telling: facts that somebody tells as they happened, each by the command whose rules it is held to."""

from domain.kernel.commands import TOLD_BY, Command
from domain.kernel.facts import Fact, fact_type
from domain.kernel.refusals import Nonsense
from domain.kernel.streams import StreamRef


def telling(stream: StreamRef, fact: Fact) -> Command:
    """Return the command that tells a fact of a stream: it records that, with whatever belongs to it.

    A fact goes round no rule: what only follows from others is not told, and what is true of two streams is recorded
    in both.

    Raises:
        Nonsense: a value cannot be true of anything, the stream has no such facts, or none is told by itself.
    """
    name = fact_type(fact).name
    told_by = TOLD_BY.get(type(fact))
    if told_by is None:
        raise Nonsense("fact", f"{name} follows from another fact; tell that one")
    if told_by.kinds and stream.kind != told_by.kinds[0]:
        raise Nonsense("stream", f"is not one of {name}")
    fields = {field.name: field for field in told_by.fields}
    said = {field.name: getattr(fact, field.name) for field in fact_type(fact).fields}
    if elsewhere := {name for name, value in said.items() if value is not None} - fields.keys():
        raise Nonsense(min(elsewhere), f"is not told by {told_by.name}, but by a fact of the other stream")
    own = {told_by.decides[0]: stream.id} if told_by.decides else {"stream": str(stream)}
    values = {
        name: said[name] for name in said.keys() & fields.keys() if said[name] is not None or fields[name].required
    }
    command: Command = told_by.cls(**own, **values)
    return command
