"""F17: the log and the ledger against dictionaries, whatever is done to them in whatever order, crashes included."""

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4, uuid5

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from domain.application.ledger import Ledger
from domain.application.receipts import Ask, Receipt, Requests, receipt_of
from domain.kernel.commands import Command
from domain.kernel.envelope import Caller, Provenance
from domain.kernel.ids import Ids
from domain.kernel.refusals import AlreadyRecordedDifferently, KeyReused, NotOnRecord, Refusal, VersionDiffers
from domain.kernel.streams import StreamRef
from domain.log.codec import decode
from domain.log.contract import Expectation, Proposal, Request, Row
from domain.log.log import Log, open_log
from domain.log.postgres import PostgresStore
from domain.log.sqlite import SQLiteStore
from domain.log.vault import Vault, new_wrapping_key, open_vault, parse_wrapping_keys
from domain.parties.organisation import AddMember, Organisation, RegisterOrganisation
from tests.faults.moves import FEW, WRITES, Append, Execute, Order, Party
from tests.faults.points import Point, watch_commits
from tests.faults.subscriber import Subscriber
from tests.plain_log import Answer, PlainLog, comparable
from tests.proposals import new_fact

CALLER = Caller(actor=UUID(int=1), organisation=UUID(int=2), correlation=UUID(int=3))
THOROUGH = 100


def now() -> datetime:
    return datetime.now(UTC)


class Crash(BaseException):
    """The process ends here."""


class Machine(RuleBasedStateMachine):
    """One log, opened and lost again and again; the model knows what must be in it."""

    def __init__(self, url: str, vault: Vault) -> None:
        super().__init__()
        self.url, self.vault = url, vault
        self.world = uuid4()  # what other examples did is on record in the same log; this one does not meet it
        self.lost: list[Log] = []
        self.subscribers: list[Subscriber] = []
        self.bodies: dict[UUID, bytes] = {}
        self.facts: dict[UUID, object] = {}
        self.parties: dict[UUID, Party] = {}
        self.asks: dict[int, tuple[Command, Receipt]] = {}
        self.sources: dict[int, tuple[Command, Receipt]] = {}
        self.armed: Point | None = None
        self.open()
        self.plain = PlainLog(self.log.head().position)
        self.start = self.plain.position
        self.subscribe(0)

    def open(self) -> None:
        self.log = open_log(self.url, now=now)
        watch_commits(self.log, self.pass_by)
        requests = Requests(self.log.answered, self.log.rows, self.vault.period_key)
        self.ledger = Ledger(self.log, self.vault, requests, now=now, ids=Ids(now, os.urandom))

    def pass_by(self, point: Point) -> None:
        if point is self.armed:
            self.armed = None
            raise Crash

    @rule(rests=st.sampled_from([True, True, False]))
    def end(self, rests: bool) -> None:  # noqa: FBT001  drawn
        """Crash while nothing is under way: not as often as the rest."""
        if not rests:
            self.crash()

    def crash(self) -> None:
        """End without a goodbye: the system closes what was open, as it does for a process that is gone."""
        store = self.log._store
        if isinstance(store, SQLiteStore) and store._writer._connection is not None:
            store._writer._connection.close()
        if isinstance(store, PostgresStore) and store._writer._wire is not None:
            store._writer._wire.close()
        self.lost.append(self.log)
        self.open()
        for each in self.subscribers:
            each.subscription = self.log.subscribe(each.after)

    @initialize(writes=st.lists(WRITES, min_size=5, max_size=15))
    def begin(self, writes: list[Append | Execute]) -> None:
        """Write a little first: a log on which little stands is a poor one to crash."""
        for number in (0, 1):
            self.write(Execute(number, None, None, None, None, None))
        for each in writes:
            self.write(each)

    @rule(each=WRITES)
    def write(self, each: Append | Execute) -> None:
        if isinstance(each, Append):
            self.append(each)
        else:
            self.execute(each)

    def append(self, asked: Append) -> None:
        proposal = Proposal(
            tuple(new_fact(self.id("stream", n), key=self.key(key), body=body) for n, key, body in asked.facts),
            tuple(self.expectation(self.id("stream", n), how) for n, how in asked.expected.items()),
            None if asked.request is None else self.request(asked.request),
        )
        self.armed = asked.crash
        try:
            outcome = comparable(self.log.append(proposal))
        except Crash:
            self.crash()
            if asked.crash is Point.AFTER_COMMIT:
                self.record(proposal)
        else:
            self.armed = None
            assert outcome == self.record(proposal)

    def record(self, proposal: Proposal) -> Answer:
        answer = self.plain.append(proposal)
        if answer[0] == "appended":
            self.bodies.update((fact.fact_key, fact.body) for fact in proposal.facts)
        return answer

    def id(self, *name: object) -> UUID:
        return uuid5(self.world, repr(name))

    def key(self, number: int | None) -> UUID | None:
        return None if number is None else self.id("fact", number)

    def expectation(self, stream: UUID, how: str) -> Expectation:
        present = self.plain.versions.get(stream, 0)
        return Expectation(stream, {"exact": present, "none": 0, "any": None, "beyond": present + 1}[how])

    def request(self, number: int) -> Request:
        name = self.id("request", number).bytes
        return Request(key=name * 2, period=1, digest=name, answer=b"1")

    def execute(self, asked: Execute) -> None:
        """Give a command, anew or again by key, by source or by version, and be answered as the model says."""
        ask, source, crash = asked.ask, asked.source, asked.crash
        order = self.command(asked)
        party = self.parties.get(order.organisation_id, Party())
        version = None if asked.ahead is None else max(0, len(party.done) + asked.ahead)

        def give() -> Receipt:
            return self.ledger.execute(
                order,
                CALLER,
                expected_version=version,
                ask=None if ask is None else Ask(route="r", key=str(self.id("ask", ask)), payload=repr(order).encode()),
                source=None if source is None else Provenance(source="urn:tests", id=str(self.id("source", source))),
            )

        told = self.told(order, party, ask, source, version)
        if isinstance(told, Receipt):
            assert give() == replace(told, replayed=True)
        elif told is not None:
            with pytest.raises(told):
                give()
        elif party.knows(order):
            receipt = give()
            assert (receipt.facts, receipt.version, receipt.position) == ((), len(party.done), self.plain.position)
            if ask is not None:
                self.asks[ask] = order, receipt
        else:
            first = self.give_in_danger(give, order, crash)
            if first is not None:
                self.note(order, party, first)
                if ask is not None:
                    self.asks[ask] = order, first
                if source is not None:
                    self.sources[source] = order, first

    def told(
        self, order: Order, party: Party, ask: int | None, source: int | None, version: int | None
    ) -> Receipt | type[Refusal] | None:
        """Return the first receipt, or the refusal; None if it is for the rules to decide and they say yes."""
        for number, answered, differs in (
            (ask, self.asks, KeyReused),
            (source, self.sources, AlreadyRecordedDifferently),
        ):
            if number in answered:
                first, receipt = answered[number]
                return receipt if first == order else differs
        if version is not None and version != len(party.done):
            again = version < len(party.done) and party.done[version][0] == order
            return party.done[version][1] if again else VersionDiffers
        return party.refusal(order)

    def give_in_danger(self, give: Callable[[], Receipt], order: Order, crash: Point | None) -> Receipt | None:
        """Return the receipt, after a crash as it can be read off the log; None if nothing is on record."""
        self.armed = crash
        try:
            receipt = give()
            assert not receipt.replayed
        except Crash:
            self.crash()
            rows = self.log.rows(self.plain.position, 10)
            assert len(rows) == (crash is Point.AFTER_COMMIT)
            return (
                receipt_of(StreamRef("organisation", order.organisation_id), rows[0].sequence, rows, replayed=False)
                if rows
                else None
            )
        self.armed = None
        return receipt

    def note(self, order: Order, party: Party, receipt: Receipt) -> None:
        """Take note of a fact that was recorded, and hold its receipt to the place where it must be."""
        (fact,) = receipt.facts
        stream = order.organisation_id
        answer = self.plain.append(Proposal((new_fact(stream, key=fact.id),), ()))
        assert answer == ("appended", fact.position, {stream: fact.sequence})
        assert (receipt.position, receipt.version) == (fact.position, fact.sequence)
        self.parties[stream] = party.after(order, receipt)
        (self.facts[fact.id],) = order.decide(Organisation())

    def command(self, asked: Execute) -> Order:
        organisation, name = self.id("organisation", asked.organisation), f"Member {asked.member}"
        if asked.member is None:
            return RegisterOrganisation(organisation_id=organisation, name=f"Works {asked.organisation % 2}")
        member = self.id(organisation, name)
        return AddMember(organisation_id=organisation, member_id=member, name=name, email="m@example.org", role="sales")

    @rule(number=FEW, after=st.integers(0, 30), limit=st.integers(1, 10))
    def read(self, number: int, after: int, limit: int) -> None:
        self.compare(self.log.rows(self.start + after, limit), self.plain.rows[after : after + limit])
        for kind in ("stream", "organisation"):
            stream = self.id(kind, number)
            own = [row for row in self.plain.rows if row[1] == stream]
            self.compare(self.log.stream(stream, after % 3), own[after % 3 :])
            self.compare(self.log.stream(stream, limit=limit), own[:limit])
        self.compare_state(StreamRef("organisation", self.id("organisation", number)))

    def compare_state(self, stream: StreamRef) -> None:
        party = self.parties.get(stream.id)
        if party is None:
            with pytest.raises(NotOnRecord):
                self.ledger.state(stream)
            return
        found = self.ledger.state(stream)
        assert (found.version, found.state.members) == (len(party.done), party.members)
        assert found.state.registered.name == party.name

    @rule(after=st.integers(0, 30))
    def subscribe(self, after: int) -> None:
        position = min(self.start + after, self.plain.position)
        self.subscribers.append(Subscriber(self.log.subscribe(position), position))

    @rule()
    def follow(self) -> None:
        """Every subscriber sees what is beyond where he was: all of it, in order, also across crashes."""
        for subscriber in self.subscribers:
            while subscriber.after < self.plain.position:
                seen = subscriber.after - self.start
                rows = subscriber.next()
                self.compare(rows, self.plain.rows[seen : seen + len(rows)])

    @invariant()
    def ends_where_it_should(self) -> None:
        assert self.log.head().position == self.plain.position

    def compare(self, rows: list[Row], expected: list[tuple[int, UUID, int, UUID]]) -> None:
        assert [(row.position, row.stream, row.sequence, row.fact_key) for row in rows] == expected
        for row in rows:
            if row.fact_key in self.bodies:
                assert row.body == self.bodies[row.fact_key]
            else:
                assert decode(row, self.vault).fact == self.facts[row.fact_key]

    def teardown(self) -> None:
        self.compare(self.log.rows(self.start, 10_000), self.plain.rows)
        for log in (*self.lost, self.log):
            log.close()


@pytest.mark.faults
def test_the_log_and_the_ledger_are_what_dictionaries_would_be(database_url: str, vault_url: str) -> None:
    thorough = settings().max_examples > THOROUGH
    chosen = settings(max_examples=2 * settings().max_examples, stateful_step_count=100 if thorough else 50)
    with closing(open_vault(vault_url, parse_wrapping_keys(new_wrapping_key("one")))) as vault:

        class Here(Machine):
            def __init__(self) -> None:
                super().__init__(database_url, vault)

        run_state_machine_as_test(Here, settings=chosen)
