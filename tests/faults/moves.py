"""What the model check does to a log and a ledger, and what it remembers of an organisation."""

from dataclasses import dataclass, replace
from uuid import UUID

from hypothesis import strategies as st

from domain.application.receipts import Receipt
from domain.kernel.refusals import Refusal
from domain.parties.organisation import (
    AddMember,
    MemberAlreadyAdded,
    NotRegistered,
    OrganisationAlreadyRegistered,
    RegisterOrganisation,
)
from tests.faults.points import Point

Order = RegisterOrganisation | AddMember


@dataclass(frozen=True)
class Party:
    """What is on record of one organisation, in the plainest words."""

    name: str | None = None
    members: frozenset[UUID] = frozenset()
    done: tuple[tuple[Order, Receipt], ...] = ()
    """What led to each fact, and its receipt."""

    def refusal(self, command: Order) -> type[Refusal] | None:
        if isinstance(command, RegisterOrganisation):
            return OrganisationAlreadyRegistered if self.name not in {None, command.name} else None
        if self.name is None:
            return NotRegistered
        return MemberAlreadyAdded if command.member_id in self.members else None

    def after(self, command: Order, receipt: Receipt) -> "Party":
        done = (*self.done, (command, receipt))
        if isinstance(command, RegisterOrganisation):
            return replace(self, name=command.name, done=done)
        return replace(self, members=self.members | {command.member_id}, done=done)

    def knows(self, command: Order) -> bool:
        """Return whether the command says nothing new."""
        return isinstance(command, RegisterOrganisation) and self.name == command.name


@dataclass(frozen=True)
class Append:
    """Facts for several streams at once, under expectations that are met or not."""

    facts: list[tuple[int, int | None, bytes]]
    """Of which stream, under which key if not a fresh one, and the body."""
    expected: dict[int, str]
    request: int | None
    crash: Point | None


@dataclass(frozen=True)
class Execute:
    """A command: to register an organisation or, with a number, to add a member."""

    organisation: int
    member: int | None
    ask: int | None
    source: int | None
    ahead: int | None
    """How far the version that its giver expects is ahead of the present one, if he expects one."""
    crash: Point | None


def _execute(
    organisation: int, member: int | None, again: tuple[int | None, int | None, int | None], crash: Point | None
) -> Execute:
    ask, source, ahead = again
    return Execute(organisation, member, ask, source, ahead, crash)


FEW = st.integers(0, 2)
SELDOM = st.sampled_from([None, None, None, 0, 1, 2])
KEYS = st.sampled_from([None] * 12 + [0, 1, 2])  # what is on record once refuses everything that names it again
FACTS = st.tuples(FEW, KEYS, st.binary(max_size=3))
CRASHES = st.sampled_from([None] * 8 + [Point.BEFORE_COMMIT, Point.AFTER_COMMIT])
APPENDS = st.builds(
    Append,
    facts=st.lists(FACTS, min_size=1, max_size=5) | st.just([]),
    expected=st.dictionaries(FEW, st.sampled_from([*["exact"] * 5, "any", "any", "none", "beyond"]), max_size=3),
    request=SELDOM,
    crash=CRASHES,
)
AGAIN = st.one_of(  # by key, by source or by version, one of them at most
    st.tuples(st.none(), st.none(), st.none()),
    st.tuples(FEW, st.none(), st.none()),
    st.tuples(st.none(), FEW, st.none()),
    st.tuples(st.none(), st.none(), st.sampled_from([0, 0, -1, -2, 1])),
)
EXECUTES = st.builds(
    _execute,
    FEW,
    st.sampled_from([None, 0, 1, 2, 3, 4]),
    AGAIN,
    CRASHES,
)
WRITES = APPENDS | EXECUTES
