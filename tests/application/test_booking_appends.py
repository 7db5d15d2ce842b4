"""What is booked goes into the log in appends as large as can be; none of them is half."""

import pytest

from domain.application.units import MOST_FACTS, Booked, Refused, Repeated
from domain.equipment.operation_commands import ReportFailure
from domain.equipment.refusals import AlreadyReleased
from domain.kernel.refusals import OutcomeUnknown, Unavailable
from domain.log.codec import fact_id_of
from domain.log.contract import Outcome, Proposal
from tests.application.desk import CALLER, DAY, Desk, release
from tests.application.told import AT, Append, alone, at_append, book, life, readings, told
from tests.equipment.lives import ITEM, ITEM_ID


@pytest.fixture(autouse=True)
def later(desk: Desk) -> None:
    desk.clock.turn(10 * DAY)


class TestWhatTheStoreSays:
    """Of the store that fails, or does not say whether it did."""

    def test_what_was_yielded_is_on_record_when_the_store_fails(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(_append: Append, _proposal: Proposal) -> Outcome:
            raise Unavailable

        units = alone(*life(ITEM_ID, "PX-1"), *readings(1_500))
        at_append(desk, monkeypatch, 2, fail)
        came: list[object] = []
        with pytest.raises(Unavailable):
            came.extend(desk.ledger.book(units, CALLER))
        assert len(came) == len(desk.log.stream(ITEM_ID)) > 0
        monkeypatch.undo()
        again = book(desk.another(), units)
        assert [type(each) for each in again] == [*[Repeated] * len(came), *[Booked] * (len(units) - len(came))]

    @pytest.mark.parametrize("recorded", [True, False])
    def test_a_lost_answer_is_looked_up(self, desk: Desk, monkeypatch: pytest.MonkeyPatch, *, recorded: bool) -> None:
        def lose(append: Append, proposal: Proposal) -> Outcome:
            if recorded:
                append(proposal)
            raise OutcomeUnknown

        units = alone(*life(ITEM_ID, "PX-1"))
        at_append(desk, monkeypatch, 1, lose)
        if recorded:
            outcomes = book(desk.ledger, units)
            assert [type(each) for each in outcomes] == [Booked] * 6
            assert outcomes[-1].position == desk.log.head().position  # type: ignore[union-attr]
            return
        with pytest.raises(OutcomeUnknown):
            book(desk.ledger, units)
        assert [type(each) for each in book(desk.ledger, units)] == [Booked] * 6


class TestLargeUnits:
    """Of units that are larger than one append."""

    def test_appends_are_no_larger_than_they_may_be(self, desk: Desk, proposed: list[Proposal]) -> None:
        book(desk.ledger, [life(ITEM_ID, "PX-1"), *alone(*readings(2 * MOST_FACTS))])
        assert max(len(each.facts) for each in proposed) == MOST_FACTS
        assert len(proposed) == 3

    def test_a_unit_is_split_only_if_it_is_larger_alone(self, desk: Desk, proposed: list[Proposal]) -> None:
        units = [life(ITEM_ID, "PX-1"), readings(MOST_FACTS), readings(MOST_FACTS + 10)[MOST_FACTS:]]
        assert [type(each) for each in book(desk.ledger, units)] == [Booked] * 3
        assert [len(each.facts) for each in proposed] == [7, MOST_FACTS, 10]

    def test_a_larger_one_goes_in_as_few_appends_as_can_be(self, desk: Desk, proposed: list[Proposal]) -> None:
        unit = [*life(ITEM_ID, "PX-1"), *readings(2 * MOST_FACTS)]
        assert [type(each) for each in book(desk.ledger, [unit])] == [Booked]
        assert [len(each.facts) for each in proposed] == [MOST_FACTS, MOST_FACTS, 7]

    def test_a_larger_one_is_decided_whole_before_anything_of_it_is_appended(
        self, desk: Desk, proposed: list[Proposal]
    ) -> None:
        unit = [*life(ITEM_ID, "PX-1"), *readings(2 * MOST_FACTS), told(release(ITEM_ID, "PX-9"), AT + DAY, "last")]
        (outcome,) = book(desk.ledger, [unit])
        assert isinstance(outcome, Refused)
        assert (outcome.number, type(outcome.refusal)) == (len(unit) - 1, AlreadyReleased)
        assert [each.facts for each in proposed] == [()]
        assert desk.log.stream(ITEM_ID) == []

    @pytest.mark.parametrize("interrupted", ["by the store", "by another writer", "not at all"])
    def test_a_larger_one_goes_in_order_and_can_be_gone_on_with(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch, interrupted: str
    ) -> None:
        unit = [*life(ITEM_ID, "PX-1"), *readings(2 * MOST_FACTS)]

        def act(append: Append, proposal: Proposal) -> Outcome:
            if interrupted == "by the store":
                raise Unavailable
            if interrupted == "by another writer":
                failure = ReportFailure(equipment_id=ITEM_ID, failure_mode="leak", impact="incipient")
                desk.another().execute(failure, CALLER, occurred_at=AT + 2 * DAY)
            return append(proposal)

        at_append(desk, monkeypatch, 2, act)
        if interrupted == "by the store":
            with pytest.raises(Unavailable):
                book(desk.ledger, [unit])
            assert 0 < len(desk.log.stream(ITEM_ID)) < len(unit)
            monkeypatch.undo()
        (outcome,) = book(desk.ledger, [unit])
        assert isinstance(outcome, Booked)
        keys = [row.fact_key for row in desk.log.stream(ITEM_ID) if row.type != "equipment.failure_reported"]
        assert keys == [fact_id_of(each.source, 0) for each in unit]
        assert len(outcome.facts) == (len(unit) + 1 if interrupted != "by the store" else len(unit) - MOST_FACTS + 1)
        assert desk.ledger.state(ITEM) == desk.another().state(ITEM)
