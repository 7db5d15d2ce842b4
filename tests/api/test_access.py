"""Who may do what: keys, roles and organisations."""

from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask

from api.auth import OPEN, Principal, Question, Role, decide
from api.refusals import NotAllowed
from api.roles import ALLOWED
from api.services import Services
from domain import declared
from domain.kernel.refusals import NotOnRecord
from tests.api.callers import Bearer, Clock, Issue
from tests.api.lives import CERTIFY, World, commission, posted, release

COMMANDS = declared.commands()
REAL = "ak_" + "0" * 16 + "_" + "0" * 64


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer ak",
        "Bearer ak_x_y",
        f"Bearer {REAL}",
        f"Basic {REAL}",
        "Bearer " + "ak_" * 100_000,
        "Bearer ak_caf\u00e9_" + "0" * 64,
        f"Bearer {REAL} {REAL}",
    ],
)
def test_without_a_valid_key_nothing_is_answered(app: Flask, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    for path in ("/v1/things", "/v1/no-such-thing", "/", "/metrics", "/healthzz", "/v1/refusalsx"):
        answer = app.test_client().get(path, headers=headers)
        assert answer.status_code == 401
        assert answer.get_json()["type"] == "/v1/refusals/key-not-valid"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_with_another_secret_is_not_valid(administrator: Bearer) -> None:
    forged = administrator.token[:-1] + ("0" if administrator.token[-1] != "0" else "1")
    answer = administrator.get("/v1/things", Authorization=f"Bearer {forged}")
    assert answer.status_code == 401


def test_the_scheme_is_read_in_any_case(administrator: Bearer) -> None:
    assert administrator.get("/v1/things", Authorization=f"bearer  {administrator.token}").status_code == 200


def test_what_tells_nothing_needs_no_key(app: Flask) -> None:
    for path in OPEN:
        assert app.test_client().get(path).status_code in {200, 404}


def test_a_key_ends_when_it_said_and_its_bearer_is_told(issue: Issue, clock: Clock) -> None:
    bearer = issue(expires_at=clock() + timedelta(hours=1))
    assert bearer.get("/v1/things").status_code == 200
    clock.turn(hours=1)
    answer = bearer.get("/v1/things")
    assert (answer.status_code, answer.get_json()["type"]) == (401, "/v1/refusals/key-expired")


def test_who_does_not_know_the_secret_is_not_told_that_a_key_expired(issue: Issue, clock: Clock) -> None:
    bearer = issue(expires_at=clock() - timedelta(hours=1))
    answer = bearer.get("/v1/things", Authorization=f"Bearer {bearer.token[:-64]}{'0' * 64}")
    assert answer.get_json()["type"] == "/v1/refusals/key-not-valid"


def test_a_revoked_key_is_not_valid(administrator: Bearer, given: Services) -> None:
    assert administrator.get("/v1/things").status_code == 200
    given.keys.revoke(administrator.token.split("_")[1])
    assert administrator.get("/v1/things").get_json()["type"] == "/v1/refusals/key-not-valid"


def test_a_key_of_a_role_that_is_no_more_is_not_valid(issue: Issue) -> None:
    assert issue("emperor").get("/v1/things").status_code == 401


def test_every_command_and_question_is_in_the_table_of_the_administrator() -> None:
    assert ALLOWED[Role.ADMINISTRATOR] == {*COMMANDS, *Question}


def test_the_table_names_only_what_there_is() -> None:
    assert set(ALLOWED) == set(Role)
    for allowed in ALLOWED.values():
        assert allowed <= {*COMMANDS, *Question}


def test_an_auditor_changes_nothing_and_sees_nothing_personal() -> None:
    assert not ALLOWED[Role.AUDITOR] & set(COMMANDS)
    assert Question.PERSONAL not in ALLOWED[Role.AUDITOR]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", sorted([*COMMANDS, *Question]))
def test_access_follows_from_role_and_organisation(role: Role, action: str) -> None:
    own, other = uuid4(), uuid4()
    scoped, everywhere = Principal(uuid4(), role, own, everywhere=False), Principal(uuid4(), role, own, everywhere=True)
    if action not in ALLOWED[role]:
        assert isinstance(decide(everywhere, action, None), NotAllowed)
        assert isinstance(decide(scoped, action, {own}), NotAllowed)
        return
    assert decide(everywhere, action, set()) is None
    assert decide(scoped, action, {own, other}) is None
    assert decide(scoped, action, None) is None
    assert isinstance(decide(scoped, action, {other}), NotOnRecord)
    assert isinstance(decide(scoped, action, set()), NotOnRecord)


def test_a_role_that_may_not_is_refused(issue: Issue, world: World) -> None:
    answer = issue("auditor").post(f"/v1/equipment/{world.item}/certify", CERTIFY)
    assert (answer.status_code, answer.get_json()["type"]) == (403, "/v1/refusals/not-allowed")


def test_an_item_is_seen_and_changed_by_those_who_take_part_in_it(
    issue: Issue, administrator: Bearer, world: World
) -> None:
    path = f"/v1/equipment/{world.item}"
    maker, operator = issue("manufacturer", world.maker), issue("operator", world.operator)
    assert maker.get(path).status_code == 200
    assert operator.get(path).status_code == 404
    assert operator.post(f"{path}/report-failure", {"failure_mode": "leak"}).status_code == 404
    commission(administrator, world)
    assert operator.get(path).status_code == 200
    assert operator.post(f"{path}/report-failure", {"failure_mode": "leak"}).status_code == 201


def test_an_owner_takes_part_in_an_item_that_another_made_holds_and_runs(
    issue: Issue, administrator: Bearer, world: World
) -> None:
    lessor, path = uuid4(), f"/v1/equipment/{world.item}"
    posted(administrator, f"/v1/organisations/{lessor}/register", {"name": "Northern Leasing"})
    commission(administrator, world)
    owner = issue("operator", lessor)
    assert owner.get(path).status_code == 404
    posted(administrator, f"{path}/transfer-ownership", {"owner_id": str(lessor)})
    assert owner.get(path).status_code == 200
    assert owner.post(f"{path}/report-failure", {"failure_mode": "leak"}).status_code == 201
    posted(administrator, f"{path}/transfer-ownership", {"owner_id": str(world.operator)})
    assert owner.get(path).status_code == 404
    assert owner.post(f"{path}/report-failure", {"failure_mode": "leak"}).status_code == 404


def test_what_is_beyond_an_organisation_is_as_if_it_were_not_on_record(issue: Issue, world: World) -> None:
    stranger = issue("operator", uuid4())
    bodies = []
    for item in (world.item, uuid4()):
        shown = stranger.get(f"/v1/equipment/{item}")
        asked = stranger.post(f"/v1/equipment/{item}/report-failure", {"failure_mode": "leak"})
        assert (shown.status_code, asked.status_code) == (404, 404)
        bodies += [answer.get_json() | {"instance": None} for answer in (shown, asked)]
    assert all(body == bodies[0] for body in bodies)


def test_what_is_not_on_record_is_404_for_those_who_see_everything(administrator: Bearer) -> None:
    path = f"/v1/equipment/{uuid4()}"
    assert administrator.get(path).status_code == 404
    assert administrator.post(f"{path}/report-failure", {"failure_mode": "leak"}).status_code == 404


def test_nobody_records_in_the_name_of_another_maker(issue: Issue, world: World) -> None:
    path = f"/v1/equipment/{uuid4()}/release"
    assert issue("manufacturer", uuid4()).post(path, release(world, "PX-2")).status_code == 403
    assert issue("manufacturer", world.maker).post(path, release(world, "PX-2")).status_code == 201


def test_a_unit_is_built_in_by_those_who_take_part_in_both(issue: Issue, world: World, administrator: Bearer) -> None:
    unit, model, other = uuid4(), uuid4(), uuid4()
    administrator.post(f"/v1/organisations/{other}/register", {"name": "Other Works"})
    administrator.post(f"/v1/models/{model}/register", {"designation": "Pump", "manufacturer_id": str(other)})
    body = {"model_id": str(model), "manufacturer_id": str(other), "serial": "P-1"}
    assert administrator.post(f"/v1/equipment/{unit}/release", body).status_code == 201
    path = f"/v1/equipment/{world.item}/install-unit"
    answer = issue("manufacturer", world.maker).post(path, {"unit_id": str(unit), "slot": "one"})
    assert answer.status_code == 404


def test_facts_are_recorded_in_the_name_of_the_organisation_of_the_key(
    issue: Issue, world: World, given: Services
) -> None:
    issue("manufacturer", world.maker).post(f"/v1/equipment/{world.item}/certify", CERTIFY)
    assert f'"organisation":"{world.maker}"' in given.log.stream(world.item)[-1].body.decode()


class TestOwnOrganisation:
    OWN = "01890a5d-ac96-774b-bcce-b302099a80aa"

    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {"AFTERCARE_ORGANISATION": self.OWN}

    def test_keys_of_all_organisations_record_in_the_name_of_the_one_that_runs_the_server(
        self, world: World, given: Services
    ) -> None:
        assert f'"organisation":"{self.OWN}"' in given.log.stream(world.item)[-1].body.decode()


def test_an_answer_on_which_nobody_decided_is_not_given(administrator: Bearer) -> None:
    answer = administrator.get("/v1/forgot")
    assert answer.status_code == 500
    assert b"secret" not in answer.data
