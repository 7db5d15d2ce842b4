"""Law: units of one, booked together however they are split, come to what they come to one after another."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import pytest
from hypothesis import strategies as st

from domain.application.units import Booked, Outcome, Refused, Repeated
from domain.equipment.model_commands import RegisterModel
from domain.kernel.commands import Command
from domain.kernel.envelope import Provenance
from domain.kernel.errors import DeclareError
from domain.kernel.refusals import Refusal
from domain.kernel.streams import StreamRef
from domain.log.codec import fact_id_of
from domain.log.contract import Row
from domain.log.log import open_log
from domain.log.vault import Vault, new_wrapping_key, open_vault, parse_wrapping_keys
from domain.parties.organisation import RegisterOrganisation
from tests.application.desk import CALLER, NOON, Clock, Desk, ledger_on
from tests.equipment.lives import MAKER, MODEL_ID, OPERATOR
from tests.laws.asks import BULLETIN, COURSES, About
from tests.laws.fresh import Fresh, law
from tests.laws.lives import APART, BEGUN, DAY, DAYS, HALF_DAY, STEPS, Step, beginnings

ITEMS = tuple(UUID(int=number) for number in (201, 202, 203))
PARTIES: list[Command] = [
    *(RegisterOrganisation(organisation_id=organisation, name="Works") for organisation in (MAKER, OPERATOR)),
    RegisterModel(model_id=MODEL_ID, designation="Press PX-40", manufacturer_id=MAKER),
]
SOURCES = ("urn:example:plant", "urn:example:service")


class Told(NamedTuple):
    """An entry, as booking wants it."""

    command: Command
    occurred_at: datetime
    source: Provenance
    reason: str | None = None


Came = tuple[str, object]
"""What an entry came to, in words that compare."""


def entries_of(steps: Sequence[Step]) -> list[Told]:
    """Return what random steps ask for, each told by one of two sources under an id of its own."""
    asked: list[tuple[Command, datetime]] = [(BULLETIN, NOON)]
    for commands in beginnings(ITEMS):
        asked += [(command, NOON + number * HALF_DAY) for number, command in enumerate(commands)]
    begun = len(asked)
    told = [Told(command, at, Provenance(source=SOURCES[0], id=str(n))) for n, (command, at) in enumerate(asked)]
    for number, step in enumerate(steps):
        item, unit, spare = (ITEMS[(step.item + each) % len(ITEMS)] for each in (0, step.unit, step.spare))
        source = SOURCES[step.number % 3 == 1]
        if step.wrong is not None:
            wrong = told[step.wrong * 7 % len(told)]
            command: Command = DeclareError(
                stream=str(StreamRef("equipment", item)), wrong_fact=fact_id_of(wrong.source, 0), explanation="wrong"
            )
            told.append(Told(command, NOON + (DAYS + 1) * DAY, Provenance(source=source, id=f"{begun + number}")))
            continue
        begin = NOON + ((BEGUN + number) * DAY if step.half_days is None else step.half_days * HALF_DAY)
        for count, ask in enumerate(COURSES[step.course]):
            at = begin + count * APART
            about = About(item, unit, spare, step.number, begin - DAY, at)
            told.append(Told(ask(about), at, Provenance(source=source, id=f"{begun + number}/{count}"), "paper"))
    return told


@st.composite
def entries(draw: st.DrawFn) -> list[Told]:
    """Random entries, some of them told again: the same, of another moment, or by another source."""
    told = entries_of(draw(STEPS))
    for _ in range(draw(st.integers(0, 5))):
        again = told[draw(st.integers(0, len(told) - 1))]
        match draw(st.sampled_from(["same", "later", "by another"])):
            case "later":
                again = again._replace(occurred_at=again.occurred_at + APART)
            case "by another":
                again = again._replace(source=Provenance(source="urn:example:third", id=again.source.id))
        told.insert(draw(st.integers(0, len(told))), again)
    return told


def one_by_one(desk: Desk, told: Sequence[Told]) -> Iterator[Came]:
    """Execute entries one after another."""
    for command, at, source, reason in told:
        try:
            receipt = desk.ledger.execute(command, CALLER, occurred_at=at, source=source, reason=reason)
        except Refusal as refusal:
            yield refused(refusal)
        else:
            new = () if receipt.replayed else receipt.facts
            yield ("booked", [fact.position for fact in new]) if new else ("repeated", None)


def refused(refusal: Refusal) -> Came:
    return type(refusal).__name__, (refusal.detail, refusal.facts)


def came(outcome: Outcome) -> Came:
    match outcome:
        case Booked(facts, position):
            return "booked", list(range(position - len(facts) + 1, position + 1))
        case Repeated():
            return "repeated", None
        case Refused(_, refusal):
            return refused(refusal)


def whole(desk: Desk) -> list[Row]:
    """Return all that is on record but when it was recorded."""
    return [row._replace(recorded_at=0) for row in desk.log.rows(0, 10_000)]


def states(desk: Desk) -> list[object]:
    """Return where all items stand, alike for the ledger that wrote and for one that reads."""
    told: list[object] = []
    for item in ITEMS:
        stream = StreamRef("equipment", item)
        answer = desk.ledger.state(stream)
        assert answer == desk.another().state(stream)
        told.append(answer)
    return told


@contextmanager
def desks(fresh: Fresh, vault: Vault, number: int) -> Iterator[list[Desk]]:
    """Open ledgers on databases of their own, with the same on record."""
    with ExitStack() as stack:
        opened = []
        for _ in range(number):
            clock = Clock()
            log = stack.enter_context(open_log(fresh(), now=clock))
            desk = Desk(log, vault, clock, ledger_on(log, vault, clock))
            for command in PARTIES:
                source = Provenance(source="urn:example:office", id=type(command).__name__ + str(len(log.rows(0, 9))))
                desk.ledger.execute(command, CALLER, occurred_at=NOON, source=source)
            clock.now = NOON + (DAYS + 2) * DAY
            opened.append(desk)
        yield opened


@pytest.fixture
def vault(vault_url: str) -> Iterator[Vault]:
    opened = open_vault(vault_url, parse_wrapping_keys(new_wrapping_key("test")))
    yield opened
    opened.close()


def test_booking_comes_to_what_the_ledger_comes_to_one_by_one(database_kind: str, fresh: Fresh, vault: Vault) -> None:
    def check(told: list[Told], portions: list[int]) -> None:
        with desks(fresh, vault, 3) as (alone, together, split):
            expected = list(one_by_one(alone, told))
            booked = [came(outcome) for _, outcome in together.ledger.book([(each,) for each in told], CALLER)]
            assert booked == expected
            rest, portioned = list(told), []
            for portion in [*portions, len(told)]:
                some, rest = rest[:portion], rest[portion:]
                portioned += [came(outcome) for _, outcome in split.ledger.book([(each,) for each in some], CALLER)]
            assert portioned == expected
            assert whole(alone) == whole(together) == whole(split)
            assert states(alone) == states(together) == states(split)

    law(database_kind, check, told=entries(), portions=st.lists(st.integers(0, 20), max_size=8))
