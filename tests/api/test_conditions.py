"""Versions, repeats and reads that wait."""

from uuid import uuid4

import pytest
from sqlalchemy import Column, Text

from api.services import Services
from projections.read_model import ReadModel, Timeline, timeline_table
from tests.api.callers import Bearer, Issue
from tests.api.lives import CERTIFY, World, release


def certify(world: World) -> str:
    return f"/v1/equipment/{world.item}/certify"


def test_a_receipt_tells_the_version_the_place_and_the_facts(administrator: Bearer, world: World) -> None:
    answer = administrator.post(certify(world), CERTIFY)
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"v2"'
    assert answer.headers["Location"] == f"/v1/equipment/{world.item}"
    body = answer.get_json()
    assert body["stream"] == f"equipment:{world.item}"
    assert (body["version"], body["replayed"]) == (2, False)
    assert [(fact["type"], fact["sequence"], fact["position"]) for fact in body["facts"]] == [
        ("equipment.certified", 2, body["position"])
    ]


def test_a_command_that_says_nothing_new_is_answered_200(administrator: Bearer, world: World) -> None:
    administrator.post(certify(world), CERTIFY)
    answer = administrator.post(certify(world), CERTIFY)
    assert answer.status_code == 200
    assert answer.get_json()["facts"] == []
    assert "Idempotency-Replayed" not in answer.headers


def test_an_id_that_is_left_to_us_is_given(administrator: Bearer) -> None:
    answer = administrator.post("/v1/organisations", {"name": "Northern Works"})
    assert answer.status_code == 201
    assert answer.get_json()["stream"].startswith("organisation:")


def test_if_match_names_the_version_on_which_the_decision_rests(administrator: Bearer, world: World) -> None:
    assert administrator.post(certify(world), CERTIFY, If_Match='"v1"').status_code == 201
    answer = administrator.post(certify(world), CERTIFY | {"certificate": "EC-2"}, If_Match='"v1"')
    assert answer.status_code == 412
    assert (answer.get_json()["expected_version"], answer.get_json()["actual_version"]) == (1, 2)


def test_the_same_command_at_the_same_version_gets_the_first_receipt(administrator: Bearer, world: World) -> None:
    first = administrator.post(certify(world), CERTIFY, If_Match='"v1"').get_json()
    answer = administrator.post(certify(world), CERTIFY, If_Match='"v1"')
    assert (answer.status_code, answer.headers["Idempotency-Replayed"]) == (200, "true")
    assert answer.get_json() == first | {"replayed": True}


@pytest.mark.parametrize("tags", ['"v1", "v9"', '"v9" , "v1"', '"abc","v1"', 'W/"v1", "v1"'])
def test_of_several_versions_the_present_one_counts(administrator: Bearer, world: World, tags: str) -> None:
    assert administrator.post(certify(world), CERTIFY, If_Match=tags).status_code == 201


@pytest.mark.parametrize("tags", ['"v7", "v9"', '"v2"', '"abc"', 'W/"v1"', '"1"', '"v01"'])
def test_a_version_that_is_not_the_present_one_is_refused(administrator: Bearer, world: World, tags: str) -> None:
    answer = administrator.post(certify(world), CERTIFY, If_Match=tags)
    assert answer.status_code == 412
    assert answer.get_json()["actual_version"] == 1


@pytest.mark.parametrize("tags", ["v1", '"v1', '"v1" "v2"', "1", '"v1",', "", '"a b"', "**"])
def test_a_condition_that_cannot_be_read_is_malformed(administrator: Bearer, world: World, tags: str) -> None:
    answer = administrator.post(certify(world), CERTIFY, If_Match=tags)
    assert answer.status_code == 400
    assert answer.get_json()["errors"][0]["parameter"] == "If-Match"


def test_any_version_will_do_if_there_is_one(administrator: Bearer, world: World) -> None:
    assert administrator.post(certify(world), CERTIFY, If_Match="*").status_code == 201
    missing = f"/v1/equipment/{uuid4()}/certify"
    assert administrator.post(missing, CERTIFY, If_Match="*").status_code == 412


def test_what_must_not_exist_is_made_once(administrator: Bearer, world: World) -> None:
    path = f"/v1/equipment/{uuid4()}/release"
    assert administrator.post(path, release(world, "PX-2"), If_None_Match="*").status_code == 201
    assert administrator.post(path, release(world, "PX-2"), If_None_Match="*").status_code == 200
    assert administrator.post(path, release(world, "PX-3"), If_None_Match="*").status_code == 412


@pytest.mark.parametrize("conditions", [{"If_None_Match": '"v1"'}, {"If_None_Match": "*", "If_Match": '"v1"'}])
def test_other_conditions_of_a_command_are_malformed(
    administrator: Bearer, world: World, conditions: dict[str, str]
) -> None:
    assert administrator.post(certify(world), CERTIFY, **conditions).status_code == 400


@pytest.mark.parametrize("key", ["4711", '"4711"', "x" * 255, "!~"])
def test_a_repeated_request_gets_the_first_receipt(administrator: Bearer, world: World, key: str) -> None:
    first = administrator.post(certify(world), CERTIFY, Idempotency_Key=key)
    administrator.post(certify(world), CERTIFY | {"certificate": "EC-2"})
    again = administrator.post(certify(world), dict(reversed(CERTIFY.items())), Idempotency_Key=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.get_json() == first.get_json() | {"replayed": True}


def test_a_key_is_good_for_one_request_only(administrator: Bearer, world: World) -> None:
    administrator.post(certify(world), CERTIFY, Idempotency_Key="4711")
    other = administrator.post(certify(world), CERTIFY | {"certificate": "EC-2"}, Idempotency_Key="4711")
    conditional = administrator.post(certify(world), CERTIFY, Idempotency_Key="4711", If_Match='"v1"')
    elsewhere = administrator.post(f"/v1/equipment/{uuid4()}/certify", CERTIFY, Idempotency_Key="4711")
    for answer in (other, conditional, elsewhere):
        assert answer.status_code == 422
        assert answer.get_json()["type"] == "/v1/refusals/key-reused"


def test_a_key_of_another_caller_is_another_key(administrator: Bearer, world: World, issue: Issue) -> None:
    administrator.post(certify(world), CERTIFY, Idempotency_Key="4711")
    answer = issue().post(certify(world), CERTIFY | {"certificate": "EC-2"}, Idempotency_Key="4711")
    assert answer.status_code == 201


@pytest.mark.parametrize("key", ["", '""', "x" * 256, "a b", "caf\u00e9"])
def test_a_key_that_is_not_visible_ascii_is_malformed(administrator: Bearer, world: World, key: str) -> None:
    answer = administrator.post(certify(world), CERTIFY, Idempotency_Key=key)
    assert answer.status_code == 400
    assert answer.get_json()["errors"][0]["parameter"] == "Idempotency-Key"


def test_the_source_of_a_fact_is_its_key_for_ever(administrator: Bearer, world: World) -> None:
    body = CERTIFY | {
        "source": {"source": "https://erp.example", "id": "1"},
        "occurred_at": "2024-05-01T10:00:00+03:00",
    }
    late = administrator.post(certify(world), body)
    assert late.status_code == 409  # before the release
    body.pop("occurred_at")
    assert administrator.post(certify(world), body).status_code == 201
    assert administrator.post(certify(world), body).headers["Idempotency-Replayed"] == "true"
    answer = administrator.post(certify(world), body | {"certificate": "EC-2"})
    assert answer.get_json()["type"] == "/v1/refusals/already-recorded-differently"


def test_what_is_said_with_a_command_stands_in_the_fact(administrator: Bearer, world: World, given: Services) -> None:
    correlation, causation = uuid4(), uuid4()
    body = CERTIFY | {"reason": "late-paper", "correlation": str(correlation), "causation": str(causation)}
    assert administrator.post(certify(world), body).status_code == 201
    stored = given.log.stream(world.item)[-1].body.decode()
    assert f'"correlation":"{correlation}"' in stored
    assert f'"causation":"{causation}"' in stored
    assert '"reason":"late-paper"' in stored
    assert f'"actor":"{administrator.principal}"' in stored


def test_a_reason_is_a_code_and_never_prose(administrator: Bearer, world: World) -> None:
    answer = administrator.post(certify(world), CERTIFY | {"reason": "Somebody told me"})
    assert answer.get_json()["errors"][0]["pointer"] == "/reason"


def test_a_reader_who_has_the_present_version_is_told_so(administrator: Bearer, world: World) -> None:
    path = f"/v1/equipment/{world.item}"
    first = administrator.get(path)
    assert (first.status_code, first.headers["ETag"]) == (200, '"v1"')
    for tag in ('"v1"', 'W/"v1"', '"v0", "v1"', "*"):
        again = administrator.get(path, If_None_Match=tag)
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == '"v1"'
    assert administrator.get(path, If_None_Match='"v2"').status_code == 200
    assert administrator.get(path, If_None_Match="v1").status_code == 400


def test_the_tag_of_an_answer_follows_from_filter_and_scope(administrator: Bearer, issue: Issue) -> None:
    tags = {
        administrator.get("/v1/things").headers["ETag"],
        administrator.get("/v1/things?colour=red").headers["ETag"],
        issue("operator", uuid4()).get("/v1/things").headers["ETag"],
    }
    assert len(tags) == 3
    assert all(tag.startswith('W/"') for tag in tags)
    assert administrator.get("/v1/things").headers["ETag"] in tags


def test_a_read_of_a_state_waits_for_the_log(
    administrator: Bearer, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.conditions.WAIT_SECONDS", 0.01)
    path = f"/v1/equipment/{world.item}"
    position = administrator.post(certify(world), CERTIFY).get_json()["position"]
    assert administrator.get(path, Min_Position=str(position)).status_code == 200
    answer = administrator.get(path, Min_Position=str(position + 1))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.get_json()["type"] == "/v1/refusals/position-not-reached"


@pytest.mark.parametrize("position", ["-1", "x", "1.5", "", "1" * 19])
def test_a_position_that_is_none_is_malformed(administrator: Bearer, world: World, position: str) -> None:
    assert administrator.get(f"/v1/equipment/{world.item}", Min_Position=position).status_code == 400


class TestWithAReadModel:
    @pytest.fixture
    def read_models(self) -> list[ReadModel[object]]:
        """One that follows the log only when it is told to."""
        table = timeline_table("tested", Column("said", Text))
        return [
            Timeline(
                name="tested",
                version=1,
                table=table,
                initial=None,
                keys=lambda _fact: (),
                evolve=lambda state, _fact, _key: state,
                row=lambda _state: None,
            )
        ]

    def test_a_read_of_a_read_model_waits_for_it(
        self, administrator: Bearer, world: World, given: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("api.conditions.WAIT_SECONDS", 0.01)
        position = administrator.post(certify(world), CERTIFY).get_json()["position"]
        assert administrator.get("/v1/waits", Min_Position=str(position)).status_code == 503
        given.projections.catch_up()
        assert administrator.get("/v1/waits", Min_Position=str(position)).status_code == 200
