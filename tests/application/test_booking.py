"""Units of entries are decided on each other and appended together; each stands or falls whole, once for ever."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.application.units import Booked, Refused, Repeated
from domain.equipment.meters_commands import RecordMeterReading
from domain.equipment.model_commands import ReviseBill
from domain.equipment.operation_commands import ReportFailure, StartRepair
from domain.equipment.papers_commands import CertifyEquipment
from domain.equipment.refusals import MeterRanBackwards, NotReleased, SerialTaken
from domain.kernel.commands import Command
from domain.kernel.envelope import Provenance
from domain.kernel.errors import DeclareError
from domain.kernel.refusals import (
    AlreadyRecordedDifferently,
    Nonsense,
    OccursInTheFuture,
    UnknownReference,
)
from domain.log.codec import fact_id_of
from domain.log.contract import Outcome, Proposal, Row
from domain.parties.organisation import AddMember, RegisterOrganisation
from tests.application.desk import CALLER, DAY, Desk, life_of, release
from tests.application.told import AT, Append, alone, at_append, book, life, readings, told
from tests.equipment.lives import ITEM, ITEM_ID, MAKER, MODEL_ID, OTHER_ID, STRANGER

CERTIFY = CertifyEquipment(equipment_id=ITEM_ID, certificate="EC-1", authority="NB-1")
REPAIR = StartRepair(equipment_id=ITEM_ID, maintenance_type="corrective")


@pytest.fixture(autouse=True)
def later(desk: Desk) -> None:
    desk.clock.turn(10 * DAY)


def test_what_follows_is_decided_on_what_came_before_and_all_is_appended_at_once(
    desk: Desk, proposed: list[Proposal]
) -> None:
    outcomes = book(desk.ledger, alone(*life(ITEM_ID, "PX-1"), *life(OTHER_ID, "PX-2")))
    assert [type(each) for each in outcomes] == [Booked] * 12
    assert [len(each.facts) for each in proposed] == [14]
    assert outcomes[-1] == Booked(outcomes[-1].facts, desk.log.head().position)  # type: ignore[union-attr]
    assert desk.ledger.state(ITEM) == desk.another().state(ITEM)


def test_a_unit_of_which_one_entry_is_refused_leaves_nothing_behind(desk: Desk) -> None:
    first, *others = life(ITEM_ID, "PX-1")
    backwards = [told(first.command, AT, "own"), told(CERTIFY, AT, "own/2"), told(REPAIR, AT, "own/3")]
    outcomes = book(desk.ledger, [tuple(backwards), (told(CERTIFY, AT, "alone"),), (first, *others)])
    assert [type(each) for each in outcomes] == [Refused, Refused, Booked]
    assert isinstance(outcomes[0], Refused)
    assert outcomes[0].number == 2
    assert isinstance(outcomes[1], Refused)
    assert isinstance(outcomes[1].refusal, NotReleased)
    sources = {row.fact_key for row in desk.log.stream(ITEM_ID)}
    assert sources == {fact_id_of(each.source, 0) for each in (first, *others)}


def test_a_second_run_records_nothing(desk: Desk, proposed: list[Proposal]) -> None:
    units = alone(*life(ITEM_ID, "PX-1"))
    book(desk.ledger, units)
    head = desk.log.head()
    assert book(desk.another(), units) == [Repeated()] * len(units)
    assert book(desk.ledger, units) == [Repeated()] * len(units)
    assert (desk.log.head(), len(proposed)) == (head, 1)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"reason": "late\npaper"}, "reason"),
        ({"source": Provenance(source="urn:example:erp", id="7\u202e12")}, "source/id"),
        ({"source": Provenance(source="\u200b", id="7")}, "source/source"),
    ],
)
def test_what_nobody_can_read_is_not_recorded_beside_a_fact_either(
    desk: Desk, more: dict[str, Any], field: str
) -> None:
    entry = life(ITEM_ID, "PX-1")[0]._replace(**more)
    (outcome,) = book(desk.ledger, [(entry,)])
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.refusal, Nonsense)
    assert outcome.refusal.field == field


@pytest.mark.parametrize("together", [False, True])
def test_something_else_under_the_same_id_is_refused(desk: Desk, *, together: bool) -> None:
    first, second, *_ = life(ITEM_ID, "PX-1")
    others = [
        second._replace(command=replace(CERTIFY, certificate="EC-2")),
        second._replace(occurred_at=second.occurred_at + DAY),
        second._replace(command=replace(CERTIFY, equipment_id=OTHER_ID)),
    ]
    parts = [[first, second], others]
    runs = [[*parts[0], *parts[1]]] if together else parts
    outcomes = [outcome for run in runs for outcome in book(desk.ledger, alone(*run))]
    refusals = [each.refusal for each in outcomes[2:] if isinstance(each, Refused)]
    assert [type(each) for each in refusals] == [AlreadyRecordedDifferently] * 3
    assert [each.facts["differs"] for each in refusals] == [["certificate"], ["occurred_at"], ["equipment_id"]]
    assert refusals[0].detail.endswith("under the same id; what differs: certificate.")
    assert len(desk.log.stream(ITEM_ID)) == 2


def test_what_is_only_rehearsed_tells_what_differs_too(desk: Desk) -> None:
    first, second, *_ = life(ITEM_ID, "PX-1")
    others = [second._replace(command=replace(CERTIFY, certificate="EC-2"), occurred_at=second.occurred_at + DAY)]
    others += [second._replace(command=REPAIR)]
    outcomes = [outcome for _, outcome in desk.ledger.rehearse(alone(first, second, *others), CALLER)]
    differs = [each.refusal.facts["differs"] for each in outcomes if isinstance(each, Refused)]
    assert differs == [["certificate", "occurred_at"], ["type"]]


def test_something_else_under_an_id_of_the_same_unit_is_refused(desk: Desk) -> None:
    first, second, *_ = life(ITEM_ID, "PX-1")
    other = second._replace(command=replace(CERTIFY, certificate="EC-2"))
    (outcome,) = book(desk.ledger, [(first, second, other)])
    assert isinstance(outcome, Refused)
    assert (outcome.number, type(outcome.refusal)) == (2, AlreadyRecordedDifferently)
    assert book(desk.ledger, [(first, second, second)]) != [outcome]
    assert len(desk.log.stream(ITEM_ID)) == 2


def test_the_same_said_in_other_words_under_the_same_id_is_a_repeat(desk: Desk) -> None:
    """The revision of the bill is the one in force, said or not."""
    desk.do(ReviseBill(model_id=MODEL_ID, revision="B", maintainable_items=("pump",)), AT - DAY)
    short = told(release(ITEM_ID, "PX-1"), AT, "release")
    long = short._replace(command=replace(release(ITEM_ID, "PX-1"), bill_revision="B"))
    assert [type(each) for each in book(desk.ledger, alone(short, long))] == [Booked, Repeated]


def test_personal_fields_are_sealed_and_known_again(desk: Desk) -> None:
    member = AddMember(organisation_id=MAKER, member_id=STRANGER, name="Member 1", email="member-1@example.org")
    units = alone(told(member, AT, "member"))
    assert [type(each) for _, each in desk.ledger.rehearse(units, CALLER)] == [Booked]
    assert desk.vault.find("email", "member-1@example.org", [STRANGER]) == set(), (
        "nothing is known of who was only rehearsed"
    )
    assert [type(each) for each in book(desk.ledger, units)] == [Booked]
    assert desk.vault.find("email", "member-1@example.org", [STRANGER]) == {STRANGER}
    assert book(desk.another(), units) == [Repeated()]
    assert b"Member 1" not in desk.log.stream(MAKER)[-1].body


def test_nothing_happens_later_than_now_or_refers_to_what_is_not_on_record(desk: Desk) -> None:
    entries = life(ITEM_ID, "PX-1")
    future = entries[0]._replace(occurred_at=desk.clock.now + DAY)
    unknown = told(ReportFailure(equipment_id=ITEM_ID, failure_mode="leak", unit_id=STRANGER), AT + DAY, "unknown")
    outcomes = book(desk.ledger, alone(future, *entries, unknown))
    assert [type(each.refusal) for each in outcomes if isinstance(each, Refused)] == [
        OccursInTheFuture,
        UnknownReference,
    ]


def test_what_another_writer_did_meanwhile_is_decided_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(append: Append, proposal: Proposal) -> Outcome:
        desk.another().execute(release(OTHER_ID, "PX-1"), CALLER, occurred_at=AT)
        return append(proposal)

    at_append(desk, monkeypatch, 1, meanwhile)
    outcomes = book(
        desk.ledger,
        alone(*life(ITEM_ID, "PX-1"), told(RegisterOrganisation(organisation_id=STRANGER, name="New"), AT, "new")),
    )
    assert [type(each.refusal) for each in outcomes if isinstance(each, Refused)] == [SerialTaken, *[NotReleased] * 5]
    assert isinstance(outcomes[-1], Booked)


def test_a_no_is_given_only_on_what_is_on_record_now(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1", steps=5)
    desk.ledger.state(ITEM)
    desk.another().execute(life_of(ITEM_ID, "PX-1")[5], CALLER)
    at = desk.clock.now
    outcomes = book(desk.ledger, alone(told(REPAIR, at, "repair")))
    assert [type(each) for each in outcomes] == [Booked]


def test_a_twin_that_was_faster_is_the_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    units = alone(*life(ITEM_ID, "PX-1"))

    def meanwhile(append: Append, proposal: Proposal) -> Outcome:
        monkeypatch.undo()
        book(desk.another(), units[:3])
        return append(proposal)

    at_append(desk, monkeypatch, 1, meanwhile)
    assert [type(each) for each in book(desk.ledger, units)] == [*[Repeated] * 3, *[Booked] * 3]
    assert len(desk.log.stream(ITEM_ID)) == 6


@pytest.mark.parametrize("only_rehearsed", [False, True])
def test_what_a_twin_made_impossible_is_a_repeat(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, only_rehearsed: bool
) -> None:
    units = alone(*life(ITEM_ID, "PX-1")[:1])
    by_keys = desk.log.by_keys

    def meanwhile(keys: list[UUID]) -> dict[UUID, Row]:
        found = by_keys(keys)
        monkeypatch.undo()
        book(desk.another(), units)
        return found

    monkeypatch.setattr(desk.log, "by_keys", meanwhile)
    if only_rehearsed:
        assert list(desk.ledger.rehearse(units, CALLER)) == [(units[0], Repeated())]
    else:
        assert book(desk.ledger, units) == [Repeated()]


@pytest.mark.parametrize("together", [False, True])
def test_an_id_of_something_else_is_refused(desk: Desk, *, together: bool) -> None:
    party = told(RegisterOrganisation(organisation_id=ITEM_ID, name="Works"), AT, "party")
    wrong = [told(release(ITEM_ID, "PX-1"), AT, "item"), told(CERTIFY, AT, "certify")]
    runs = [[party, *wrong]] if together else [[party], wrong]
    _, *outcomes = [outcome for run in runs for outcome in book(desk.ledger, alone(*run))]
    assert [type(each.refusal) for each in outcomes if isinstance(each, Refused)] == [Nonsense, NotReleased]
    assert {row.kind for row in desk.log.stream(ITEM_ID)} == {"organisation"}


@pytest.mark.parametrize("only_rehearsed", [False, True])
def test_an_id_that_turns_out_to_be_of_something_else_is_refused(desk: Desk, *, only_rehearsed: bool) -> None:
    """The item comes first: nothing is known of the id yet but that it is no item."""
    desk.do(RegisterOrganisation(organisation_id=ITEM_ID, name="Works"), AT)
    units: list[Command] = [release(ITEM_ID, "PX-1"), RegisterOrganisation(organisation_id=ITEM_ID, name="Others")]
    entries = alone(*(told(each, AT, str(n)) for n, each in enumerate(units)))
    ledger = desk.another()
    outcomes = [each for _, each in ledger.rehearse(entries, CALLER)] if only_rehearsed else book(ledger, entries)
    assert [type(each) for each in outcomes] == [Refused, Refused]
    assert {row.kind for row in desk.log.stream(ITEM_ID)} == {"organisation"}


def test_an_error_of_the_same_batch_is_declared(desk: Desk) -> None:
    entries = life(ITEM_ID, "PX-1")
    last = readings(3)
    wrong = DeclareError(stream=str(ITEM), wrong_fact=fact_id_of(last[2].source, 0), explanation="wrong")
    lower = told(
        RecordMeterReading(equipment_id=ITEM_ID, meter="starts", value=Decimal("1.5"), unit="1"), AT + DAY, "lower"
    )
    refused, *outcomes = book(desk.ledger, alone(*entries, *last, lower, told(wrong, AT + DAY, "wrong"), lower))[-3:]
    assert isinstance(refused, Refused)
    assert isinstance(refused.refusal, MeterRanBackwards)
    assert [type(each) for each in outcomes] == [Booked, Booked]


def test_a_moment_without_an_offset_is_refused(desk: Desk) -> None:
    naive = told(release(ITEM_ID, "PX-1"), datetime(2026, 1, 1), "naive")  # noqa: DTZ001  the point of it
    (outcome,) = book(desk.ledger, [(naive,)])
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.refusal, Nonsense)
