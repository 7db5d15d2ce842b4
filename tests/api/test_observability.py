"""What is seen from outside, and what never is."""

import io
import json
import logging
import sqlite3
from contextlib import closing
from uuid import uuid4

import pytest
from flask import Flask
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from api import observability
from api.observability import FIELDS
from api.services import Services
from projections.read_model import ReadModel, Timeline, timeline_table
from tests.api.callers import Bearer, Clock, Issue
from tests.api.lives import CERTIFY, World

TRACE = "0af7651916cd43dd8448eb211c80319c"


def read(lines: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_every_request_is_one_line_of_the_fixed_fields(administrator: Bearer, world: World, lines: io.StringIO) -> None:
    answer = administrator.post(f"/v1/equipment/{world.item}/certify?q=secret", CERTIFY)
    (line,) = read(lines)
    assert set(line) <= set(FIELDS)
    assert line["event"] == "request"
    assert (line["method"], line["route"], line["status"]) == ("POST", "/v1/equipment/<uuid:equipment_id>/certify", 201)
    assert line["principal"] == str(administrator.principal)
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert isinstance(line["duration_ms"], float)


def test_nothing_personal_and_no_key_is_ever_logged(administrator: Bearer, lines: io.StringIO) -> None:
    organisation = uuid4()
    administrator.post(f"/v1/organisations/{organisation}/register", {"name": "Northern Works"})
    member = {"member_id": str(uuid4()), "name": "Member 1", "email": "member-1@example.org"}
    path = f"/v1/organisations/{organisation}/add-member"
    assert administrator.post(path, member).status_code == 201
    administrator.post(path, member | {"role": "member-1@example.org"})
    administrator.post(path + "?email=member-1@example.org", member, traceparent="member-1@example.org")
    administrator.get("/v1/member-1@example.org")
    administrator.get("/v1/broken")
    administrator.client.open("/v1/things", method="MEMBER-1@EXAMPLE.ORG")
    written = lines.getvalue().lower()
    assert written.count("\n") == 8
    for word in ("member 1", "example.org", "northern", administrator.token, administrator.token.split("_")[2]):
        assert word not in written


def test_a_refusal_is_logged_with_its_code(administrator: Bearer, world: World, lines: io.StringIO) -> None:
    administrator.post(f"/v1/equipment/{world.item}/stock", {"place": "site-north"})
    assert read(lines)[0]["code"] == "not-certified"


def test_what_libraries_log_is_known_by_their_name_only(lines: io.StringIO) -> None:
    observability.log_to(lines)
    logging.getLogger("someone.else").warning("member-1@example.org")
    logging.getLogger("someone.else").info("member-1@example.org")
    (told,) = read(lines)
    assert (told["event"], told["level"], set(told)) == ("someone.else", "warning", {"ts", "level", "event"})


def test_nothing_but_the_fixed_fields_is_written(lines: io.StringIO) -> None:
    observability.tell("told", code="known", email="member-1@example.org", subjects=None)
    (told,) = read(lines)
    assert set(told) == {"ts", "level", "event", "code"}


def test_levels_that_are_not_wanted_are_not_written(app: Flask) -> None:
    stream = io.StringIO()
    observability.log_to(stream, "error")
    app.test_client().get("/v1/broken")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("I/O operation on closed file")])
def test_requests_are_answered_though_nothing_can_be_logged(app: Flask, error: Exception) -> None:
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise error

    observability.log_to(Full())
    assert app.test_client().get("/v1/refusals/not-certified").status_code == 200


def test_a_trace_is_accepted_and_passed_on(administrator: Bearer, world: World, given: Services) -> None:
    path = f"/v1/equipment/{world.item}/certify"
    answer = administrator.post(path, CERTIFY, traceparent=f"00-{TRACE}-b7ad6b7169203331-01")
    version, trace, span, flags = answer.headers["traceparent"].split("-")
    assert (version, trace, flags) == ("00", TRACE, "01")
    assert span != "b7ad6b7169203331"
    assert '"correlation":"0af76519-16cd-43dd-8448-eb211c80319c"' in given.log.stream(world.item)[-1].body.decode()


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        "x",
        f"ff-{TRACE}-b7ad6b7169203331-01",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-b7ad6b7169203331-01",
        f"00-{TRACE}-b7ad6b7169203331",
    ],
)
def test_a_trace_that_cannot_be_read_is_not_passed_on(administrator: Bearer, traceparent: str) -> None:
    answer = administrator.get("/v1/things", traceparent=traceparent)
    assert answer.status_code == 200
    assert TRACE not in answer.headers["traceparent"]


def test_the_process_is_up(app: Flask) -> None:
    assert app.test_client().get("/healthz").get_json() == {"status": "up"}


def test_health_is_asked_too_often_to_be_logged(app: Flask, lines: io.StringIO) -> None:
    app.test_client().get("/healthz")
    app.test_client().get("/readyz")
    assert lines.getvalue() == ""


def test_the_server_is_ready(app: Flask) -> None:
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ready", "reasons": []})


def test_without_its_database_it_is_not_ready(app: Flask, given: Services) -> None:
    given.log.close()
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["reasons"] == [{"code": "database-unavailable"}]
    assert app.test_client().get("/healthz").status_code == 200


@pytest.mark.parametrize("part", ["log", "vault"])
def test_a_database_of_another_version_makes_it_not_ready(app: Flask, given: Services, part: str) -> None:
    url = given.settings.database_url if part == "log" else given.settings.vault_url
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database, database:
        database.execute(f"UPDATE {part}_revision SET version_num = '9999'")
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["reasons"]) == (503, [{"code": "migration-needed"}])


class TestWithAReadModel:
    @pytest.fixture
    def read_models(self) -> list[ReadModel[object]]:
        """One that follows the log only when it is told to."""
        return [
            Timeline(
                name="tested",
                version=1,
                table=timeline_table("tested"),
                initial=None,
                keys=lambda _fact: (),
                evolve=lambda state, _fact, _key: state,
                row=lambda _state: None,
            )
        ]

    def test_read_models_that_are_far_behind_make_it_not_ready(
        self, app: Flask, world: World, clock: Clock, given: Services
    ) -> None:
        del world
        assert app.test_client().get("/readyz").status_code == 200
        clock.turn(seconds=61)
        answer = app.test_client().get("/readyz")
        assert answer.status_code == 503
        assert answer.get_json()["reasons"] == [
            {"code": "read-model-behind", "read_model": "tested", "lag_facts": given.log.head().position}
        ]
        given.projections.catch_up()
        assert app.test_client().get("/readyz").status_code == 200

    def test_lag_is_measured(self, administrator: Bearer, world: World, clock: Clock, given: Services) -> None:
        del world
        clock.turn(seconds=3)
        measured = families(administrator)
        assert measured["aftercare_projection_lag_facts", "tested"] == given.log.head().position
        assert measured["aftercare_projection_lag_seconds", "tested"] == pytest.approx(3)
        assert measured["aftercare_projection_stopped", "tested"] == 0
        assert measured["aftercare_projection_parked_facts", "tested"] == 0


def families(bearer: Bearer) -> dict[tuple[str, ...], float]:
    """Return what /metrics says: values by name and labels."""
    answer = bearer.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("application/openmetrics-text; version=1.0.0")
    return {
        (sample.name, *(value for name, value in sample.labels.items() if name != "le")): sample.value
        for family in text_string_to_metric_families(answer.get_data(as_text=True))  # type: ignore[no-untyped-call]
        for sample in family.samples
    }


def test_requests_refusals_and_appends_are_measured(administrator: Bearer, world: World, given: Services) -> None:
    administrator.post(f"/v1/equipment/{world.item}/stock", {"place": "site-north"})
    administrator.post(f"/v1/equipment/{world.item}/certify", CERTIFY)
    measured = families(administrator)
    certify = "/v1/equipment/<uuid:equipment_id>/certify"
    assert measured["aftercare_request_seconds_count", "POST", certify, "201"] == 1
    assert measured["aftercare_refusals_total", "not-certified"] == 1
    assert measured["aftercare_append_seconds_count",] == 5
    assert measured["aftercare_append_group_size_sum",] == 5
    assert measured["aftercare_log_position",] == given.log.head().position


def test_addresses_that_do_not_exist_make_no_new_series(administrator: Bearer) -> None:
    for number in range(3):
        administrator.get(f"/v1/no-such-{number}")
    assert families(administrator)["aftercare_request_seconds_count", "(none)", "(none)", "404"] == 3


def test_metrics_are_for_those_who_run_the_server(issue: Issue, app: Flask) -> None:
    assert issue("operator", uuid4()).get("/metrics").status_code == 403
    assert issue("auditor").get("/metrics").status_code == 200
    assert app.test_client().get("/metrics").status_code == 401


class TestOnLoopback:
    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {"AFTERCARE_METRICS": "loopback"}

    def test_metrics_may_be_open_on_this_machine(self, app: Flask) -> None:
        client = app.test_client()
        assert client.get("/metrics").status_code == 200
        assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": "192.0.2.1"}).status_code == 401
