from uuid import UUID

import pytest

from domain.kernel.folding import fold
from domain.kernel.refusals import Nonsense
from domain.kernel.streams import StreamRef
from domain.parties.organisation import (
    ORGANISATION,
    AddMember,
    MemberAdded,
    MemberAlreadyAdded,
    NotRegistered,
    OrganisationAlreadyRegistered,
    OrganisationRegistered,
    RegisterOrganisation,
)
from tests.scenario import given, nothing

WORKS_ID, MEMBER = UUID(int=1), UUID(int=2)
WORKS = StreamRef("organisation", WORKS_ID)
REGISTERED = OrganisationRegistered(name="Северный завод", country="NO")
REGISTER = RegisterOrganisation(organisation_id=WORKS_ID, name="Северный завод", country="NO")
ADD = AddMember(organisation_id=WORKS_ID, member_id=MEMBER, name="会員一", email="member-1@example.org", role="sales")
ADDED = MemberAdded(member_id=MEMBER, name="会員一", email="member-1@example.org", role="sales")


def test_an_organisation_of_any_alphabet_is_registered() -> None:
    nothing().when(REGISTER).then(REGISTERED)


def test_registering_it_again_records_nothing() -> None:
    given(WORKS, REGISTERED).when(REGISTER).then()


def test_an_id_belongs_to_one_organisation() -> None:
    other = RegisterOrganisation(organisation_id=WORKS_ID, name="Southern Works")
    given(WORKS, REGISTERED).when(other).then_refused(OrganisationAlreadyRegistered)


def test_a_member_is_added_to_a_registered_organisation() -> None:
    given(WORKS, REGISTERED).when(ADD).then(ADDED)
    nothing().when(ADD).then_refused(NotRegistered)


def test_a_member_id_belongs_to_one_member() -> None:
    given(WORKS, REGISTERED, ADDED).when(ADD).then_refused(MemberAlreadyAdded)


def test_nothing_personal_enters_the_state() -> None:
    scenario = given(WORKS, REGISTERED, ADDED)
    assert "会員一" not in repr(fold(ORGANISATION, [each for _, each in scenario.happened]))


@pytest.mark.parametrize("name", ["", "   ", "\x00", "a" * 201, "\ud800"])
def test_a_name_is_a_text_of_reasonable_length(name: str) -> None:
    with pytest.raises(Nonsense, match="name"):
        RegisterOrganisation(organisation_id=WORKS_ID, name=name)
