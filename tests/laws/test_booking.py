"""Law: units of one, booked together however they are split, come to what they come to one after another."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from itertools import cycle, islice
from uuid import UUID

import pytest
from hypothesis import strategies as st

from domain.application import units, weighing
from domain.application.replaying import Past
from domain.application.standings import refolded
from domain.application.units import Booked, Outcome, Refused, Repeated
from domain.equipment.model_commands import RegisterModel
from domain.equipment.structure import UnitRemoved
from domain.kernel.commands import Command, command_type
from domain.kernel.envelope import Provenance, Recorded
from domain.kernel.errors import DeclareError
from domain.kernel.refusals import NotOnRecord, Refusal, Unavailable
from domain.kernel.streams import StreamRef
from domain.kernel.telling import telling
from domain.log.codec import decode, fact_id_of, happenings
from domain.log.contract import Outcome as AppendOutcome
from domain.log.contract import Proposal, Row
from domain.log.log import open_log
from domain.log.vault import Vault, new_wrapping_key, open_vault, parse_wrapping_keys
from domain.parties.organisation import RegisterOrganisation
from tests.application.desk import CALLER, NOON, Clock, Desk, ledger_on
from tests.application.told import Told, book
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
def lives(draw: st.DrawFn) -> list[Told]:
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
        for ledger in (desk.ledger, desk.another()):
            answer = ledger.state(StreamRef("equipment", item))
            contradictions = [(each.fact, refused(each.refusal)) for each in answer.contradictions]
            told.append((answer.state, answer.version, contradictions))
        assert told[-1] == told[-2]
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
    def check(entries: list[Told], portions: list[int]) -> None:
        with desks(fresh, vault, 3) as (alone, together, split):
            expected = list(one_by_one(alone, entries))
            assert [came(each) for each in book(together.ledger, [(each,) for each in entries])] == expected
            rest, portioned = list(entries), []
            for portion in [*portions, len(entries)]:
                some, rest = rest[:portion], rest[portion:]
                portioned += [came(each) for each in book(split.ledger, [(each,) for each in some])]
            assert portioned == expected
            assert whole(alone) == whole(together) == whole(split)
            assert states(alone) == states(together) == states(split)

    law(database_kind, check, entries=lives(), portions=st.lists(st.integers(0, 20), max_size=8))


def test_an_interrupted_booking_is_completed_by_a_second_run(
    database_kind: str, fresh: Fresh, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the append at which it ends, whether that is recorded or not, and however units are made."""
    for module in (units, weighing):
        monkeypatch.setattr(module, "MOST_FACTS", 4)

    def check(entries: list[Told], sizes: list[int], ends: list[tuple[int, bool]]) -> None:
        with desks(fresh, vault, 2) as (alone, interrupted):
            outcomes = list(one_by_one(alone, entries))
            taken = [each for each, (what, _) in zip(entries, outcomes, strict=True) if what == "booked"]
            made = list(in_units(taken, sizes))
            append = interrupted.log.append
            for number, recorded in ends:
                interrupted.log.append = ending(append, number, recorded=recorded)  # type: ignore[method-assign]
                with suppress(Unavailable):
                    book(interrupted.another(), made)
            interrupted.log.append = append  # type: ignore[method-assign]
            assert {type(each) for each in book(interrupted.another(), made)} <= {Booked, Repeated}
            assert whole(alone) == whole(interrupted)
            assert states(alone) == states(interrupted)

    sizes = st.lists(st.integers(1, 7), min_size=1, max_size=5)
    ends = st.lists(st.tuples(st.integers(1, 6), st.booleans()), max_size=3)
    law(database_kind, check, entries=lives(), sizes=sizes, ends=ends)


def test_what_was_rehearsed_comes_to_what_booking_comes_to_whatever_others_recorded_since(
    database_kind: str, fresh: Fresh, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (units, weighing):
        monkeypatch.setattr(module, "MOST_FACTS", 4)

    def check(entries: list[Told], sizes: list[int], others: list[int], *, only_right: bool) -> None:
        with desks(fresh, vault, 3) as (alone, booked, rehearsed):
            outcomes = list(one_by_one(alone, entries))
            right = [each for each, (what, _) in zip(entries, outcomes, strict=True) if what == "booked"]
            made = list(in_units(right if only_right else entries, sizes))
            rehearsal = rehearsed.ledger.rehearse(made, CALLER)
            for _ in rehearsal:
                pass
            theirs = [(entries[each % len(entries)],) for each in others]
            for desk in (booked, rehearsed):
                book(desk.another(), theirs)
            expected = [came(each) for each in book(booked.ledger, made)]
            assert [came(each) for _, each in rehearsal.book(made)] == expected
            assert whole(booked) == whole(rehearsed)
            with suppress(NotOnRecord):  # where the beginning of an item was refused with what stands beside it
                assert states(booked) == states(rehearsed)

    sizes = st.lists(st.integers(1, 7), min_size=1, max_size=5)
    others = st.lists(st.integers(0, 60), max_size=3)
    law(database_kind, check, entries=lives(), sizes=sizes, others=others, only_right=st.booleans())


def test_the_past_is_what_was_on_record_by_then_in_whatever_order_it_is_asked(
    database_kind: str, fresh: Fresh, vault: Vault
) -> None:
    def check(entries: list[Told], shares: list[float]) -> None:
        with desks(fresh, vault, 1) as (desk,):
            list(one_by_one(desk, entries))
            past, head = Past(desk.ledger), desk.log.head().position
            for position in [*range(1, head + 2), *(round(share * head) for share in shares)]:
                for item in ITEMS:
                    stream = StreamRef("equipment", item)
                    before = [row for row in desk.log.stream(item) if row.position < position]
                    expected = refolded(stream, happenings(before))
                    known = past.known(stream, position)
                    assert known._replace(contradictions=()) == expected._replace(contradictions=())

    shares = st.lists(st.floats(0, 1), max_size=8)
    law(database_kind, check, entries=lives(), shares=shares)


def in_units(entries: Sequence[Told], sizes: Sequence[int]) -> Iterator[Sequence[Told]]:
    rest = iter(entries)
    for size in cycle(sizes):
        unit = tuple(islice(rest, size))
        if not unit:
            return
        yield unit


def ending(append: Callable[[Proposal], AppendOutcome], number: int, *, recorded: bool) -> Callable[..., AppendOutcome]:
    """Return what fails at the n-th append, and says nothing of whether it recorded."""
    numbers = iter(range(number - 1, -1, -1))

    def appended(proposal: Proposal) -> AppendOutcome:
        if next(numbers, None) != 0:
            return append(proposal)
        if recorded:
            append(proposal)
        raise Unavailable

    return appended


def test_facts_that_are_told_come_to_what_their_commands_come_to(
    database_kind: str, fresh: Fresh, vault: Vault
) -> None:
    def check(entries: list[Told]) -> None:
        with desks(fresh, vault, 2) as (by_commands, by_facts):
            expected = list(one_by_one(by_commands, entries))
            recorded = {row.fact_key: decode(row) for row in whole(by_commands)}
            facts = [as_fact(each, recorded) for each in entries]
            assert [came(each) for each in book(by_facts.ledger, [(each,) for each in facts])] == expected
            assert whole(by_facts) == whole(by_commands)

    law(database_kind, check, entries=lives())


def as_fact(entry: Told, recorded: Mapping[UUID, Recorded]) -> Told:
    """Return what an entry came to, told as a fact; as it is if it came to none that says all of it."""
    came_to = recorded.get(fact_id_of(entry.source, 0))
    tells = command_type(entry.command).tells
    if came_to is None or tells in {None, UnitRemoved} or type(came_to.fact) is not tells:
        return entry
    return entry._replace(command=telling(came_to.stream, came_to.fact))
