"""The law of settling: a group is answered as if its proposals had been appended one after another."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.log.contract import Answered, Appended, Expectation, Head, KeyTaken, Proposal, Stale
from domain.log.settling import AnsweredNow, Known, assumed, settle
from tests.log.proposals import Model, fact, proposal, request, timeless

STREAMS = [UUID(int=number) for number in range(1, 4)]
KEYS = [UUID(int=100 + number) for number in range(6)]

FACTS = st.builds(fact, stream=st.sampled_from(STREAMS), key=st.sampled_from(KEYS))
VERSIONS = st.one_of(st.none(), st.integers(min_value=0, max_value=4))
EXPECTED = st.dictionaries(st.sampled_from(STREAMS), VERSIONS, max_size=3).map(
    lambda on: tuple(Expectation(stream, version) for stream, version in on.items())
)
REQUESTS = st.one_of(st.none(), st.sampled_from(["first", "second"]).map(request))
AFTER = st.none() | st.integers(min_value=0, max_value=9)
PROPOSALS = st.builds(
    Proposal, facts=st.lists(FACTS, max_size=3).map(tuple), expected=EXPECTED, request=REQUESTS, after=AFTER
)
GROUPS = st.lists(PROPOSALS, min_size=1, max_size=6)


@given(before=GROUPS, group=GROUPS)
def test_a_group_is_answered_as_if_one_had_come_after_the_other(before: list[Proposal], group: list[Proposal]) -> None:
    model = Model()
    for each in before:
        model.append(each)
    head = Head(len(model.facts), 0)
    known = Known(
        {stream: model.version(stream) for stream in STREAMS},
        {each.fact_key: position for position, each in enumerate(model.facts, 1)},
        dict(model.answers),
        head.position,
    )
    settlement = settle(group, known)
    outcomes = settlement.outcomes(head, 0, known.versions)
    assert timeless(outcomes) == timeless([model.append(each) for each in group])
    assert model.facts[head.position :] == settlement.facts


@given(group=GROUPS)
def test_every_fact_follows_the_one_before_in_its_stream(group: list[Proposal]) -> None:
    settlement = settle(group, Known(dict.fromkeys(STREAMS, 7), {}, {}))
    for stream in STREAMS:
        ordinals = [
            ordinal
            for each, ordinal in zip(settlement.facts, settlement.ordinals, strict=True)
            if each.stream == stream
        ]
        assert ordinals == list(range(1, len(ordinals) + 1))


@given(group=GROUPS)
def test_what_is_assumed_lets_the_first_expectation_of_every_stream_hold(group: list[Proposal]) -> None:
    bases = assumed(group)
    for stream in STREAMS:
        grown = 0
        for each in group:
            versions = [mine.version for mine in each.expected if mine.stream == stream and mine.version is not None]
            if versions:
                assert bases[stream] == versions[0] - grown
                break
            grown += sum(mine.stream == stream for mine in each.facts)
        else:
            assert bases.get(stream) is None


A, B = STREAMS[:2]


def test_a_later_proposal_sees_what_an_earlier_one_added() -> None:
    first, second = proposal(fact(A), fact(A), on={A: 3}), proposal(fact(A), on={A: 5})
    outcomes = settle([first, second], Known({A: 3}, {}, {})).outcomes(Head(10, 0), 9, {A: 3})
    assert outcomes == [Appended(11, 9, ((A, 5),)), Appended(13, 9, ((A, 6),))]


def test_of_two_that_expect_the_same_version_only_the_first_is_accepted() -> None:
    outcomes = settle([proposal(fact(A), on={A: 0}), proposal(fact(A), on={A: 0})], Known({}, {}, {})).outcomes(
        Head(0, 0), 9, {}
    )
    assert outcomes == [Appended(1, 9, ((A, 1),)), Stale(((A, 1),))]


def test_a_repeated_request_hears_of_the_answer_before_anything_else() -> None:
    ask, key = request("once"), KEYS[0]
    again = proposal(fact(A, key), on={A: 0}, ask=ask)
    outcomes = settle([again, again], Known({}, {}, {})).outcomes(Head(0, 0), 9, {})
    assert outcomes[1] == Answered(ask, 1, 1, 9)
    assert settle([again], Known({A: 1}, {key: 1}, {})).outcomes(Head(1, 0), 9, {A: 1}) == [KeyTaken(((key, 1),))]


def test_a_proposal_without_facts_stands_at_the_head() -> None:
    settlement = settle([proposal(fact(A)), proposal(on={A: 1}, ask=request("nothing new"))], Known({}, {}, {}))
    assert settlement.answered == [AnsweredNow(request("nothing new"), 1, 0)]
    assert settlement.outcomes(Head(4, 0), 9, {})[1] == Appended(5, 9, ((A, 1),))


def test_a_key_named_twice_in_one_proposal_is_taken_though_not_on_record() -> None:
    twice = proposal(fact(A, KEYS[0]), fact(B, KEYS[0]))
    assert settle([twice], Known({}, {}, {})).outcomes(Head(0, 0), 9, {}) == [KeyTaken(((KEYS[0], 0),))]
