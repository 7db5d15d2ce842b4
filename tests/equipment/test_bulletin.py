"""Bulletins: who may issue them, and which items they are about."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain.equipment.bulletin import Bulletin, BulletinIssued, BulletinWithdrawn
from domain.equipment.bulletin_commands import IssueBulletin, WithdrawBulletin
from domain.equipment.refusals import BulletinAlreadyIssued, BulletinNotInForce, BulletinNotIssued, NotTheMaker
from domain.kernel.refusals import Nonsense, UnknownReference
from domain.kernel.streams import StreamRef
from tests.equipment.lives import MAKER, MODEL_ID, MODEL_REGISTERED, STRANGER, THE_MODEL
from tests.scenario import BEGIN, given, nothing

BULLETIN_ID, OTHER_MODEL_ID = UUID(int=40), UUID(int=11)
BULLETIN, OTHER_MODEL = StreamRef("bulletin", BULLETIN_ID), StreamRef("model", OTHER_MODEL_ID)
ISSUE = IssueBulletin(
    bulletin_id=BULLETIN_ID,
    number="SB-1",
    kind="recall",
    title="replace-seal",
    manufacturer_id=MAKER,
    models=(OTHER_MODEL_ID, MODEL_ID),
)
ISSUED = BulletinIssued(
    number="SB-1", kind="recall", title="replace-seal", manufacturer_id=MAKER, models=(OTHER_MODEL_ID, MODEL_ID)
)
WITHDRAW = WithdrawBulletin(bulletin_id=BULLETIN_ID, reason="superseded")
WITHDRAWN = BulletinWithdrawn(reason="superseded")
MODELS = given(THE_MODEL, MODEL_REGISTERED).given(OTHER_MODEL, MODEL_REGISTERED)


def test_the_maker_issues_a_bulletin_once() -> None:
    MODELS.when(ISSUE).then_on((BULLETIN, ISSUED))
    MODELS.given(BULLETIN, ISSUED).when(ISSUE).then()


def test_one_id_is_of_one_bulletin() -> None:
    MODELS.given(BULLETIN, ISSUED).when(replace(ISSUE, number="SB-2")).then_refused(BulletinAlreadyIssued)


def test_a_bulletin_is_issued_by_the_maker_of_all_its_models() -> None:
    others = given(THE_MODEL, MODEL_REGISTERED).given(OTHER_MODEL, replace(MODEL_REGISTERED, manufacturer_id=STRANGER))
    others.when(ISSUE).then_refused(NotTheMaker)
    MODELS.when(replace(ISSUE, manufacturer_id=STRANGER)).then_refused(NotTheMaker)


def test_a_bulletin_is_about_models_that_are_on_record_by_then() -> None:
    given(THE_MODEL, MODEL_REGISTERED).when(ISSUE).then_refused(UnknownReference)
    MODELS.when(ISSUE, at=BEGIN).then_refused(UnknownReference)


def test_a_bulletin_is_withdrawn_once() -> None:
    issued = MODELS.given(BULLETIN, ISSUED)
    issued.when(WITHDRAW).then(WITHDRAWN)
    issued.given(BULLETIN, WITHDRAWN).when(WITHDRAW).then()
    issued.given(BULLETIN, WITHDRAWN).when(replace(WITHDRAW, reason="wrong")).then_refused(BulletinNotInForce)


def test_what_was_never_issued_is_not_withdrawn() -> None:
    nothing().when(WITHDRAW).then_refused(BulletinNotIssued)


@pytest.mark.parametrize(
    ("first", "last", "serial", "concerned"),
    [
        (None, None, "anything", True),
        ("PX-9", "PX-100", "PX-9", True),
        ("PX-9", "PX-100", " px-10 ", True),
        ("PX-9", "PX-100", "PX-100", True),
        ("PX-9", "PX-100", "PX-8", False),
        ("PX-9", "PX-100", "PX-101", False),
        ("PX-9", None, "PX-10", True),
        ("PX-9", None, "PX-8", False),
        (None, "PX-10", "PX-9", True),
        (None, "PX-10", "PX-11", False),
    ],
)
def test_a_bulletin_is_about_a_range_of_serial_numbers(
    first: str | None, last: str | None, serial: str, *, concerned: bool
) -> None:
    bulletin = Bulletin(issued=replace(ISSUED, serial_from=first, serial_to=last))
    assert bulletin.concerns(MODEL_ID, serial) is concerned


@pytest.mark.parametrize(("first", "last"), [("PX-10", "PX-9"), ("PX-9", "PX-8"), ("Z", "A")])
def test_a_range_of_serial_numbers_does_not_end_before_it_begins(first: str, last: str) -> None:
    MODELS.when(replace(ISSUE, serial_from=first, serial_to=last)).then_refused(Nonsense)


@pytest.mark.parametrize(("first", "last"), [("PX-9", "PX-10"), (" px-9", "PX-9"), (None, "A"), ("Z", None)])
def test_a_range_of_serial_numbers_may_have_one_member_or_no_end(first: str | None, last: str | None) -> None:
    ranged = replace(ISSUED, serial_from=first, serial_to=last)
    MODELS.when(replace(ISSUE, serial_from=first, serial_to=last)).then_on((BULLETIN, ranged))


def test_a_bulletin_is_about_its_own_models() -> None:
    bulletin = Bulletin(issued=ISSUED)
    assert bulletin.concerns(OTHER_MODEL_ID, "PX-1")
    assert not bulletin.concerns(UUID(int=12), "PX-1")
    assert not bulletin.concerns(None, None)
    assert not Bulletin().concerns(MODEL_ID, "PX-1")
