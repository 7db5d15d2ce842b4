"""A list taken whole from the real server, by a reader that stops in the middle."""

import http.client
import json
import signal

import psycopg

from tests.cli.program import Aftercare, Running
from tests.servers import PostgresServer, libpq, until

MANY = 40_000
_FILL = f"""
    INSERT INTO views.organisations
        (key, valid_from, valid_to, known_from, known_to, ended_by, name, name_normal, members)
    SELECT gen_random_uuid(), valid_from, valid_to, known_from, known_to, ended_by,
           repeat('n', 190) || number, repeat('n', 190) || number, 0
    FROM views.organisations, generate_series(2, {MANY}) AS number
"""
_BUSY = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
      AND state <> 'idle'
"""


def begun(running: Running, key: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    """Ask for the whole list, and read nothing of it yet."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/x-ndjson"}
    connection.request("GET", "/v1/organisations", headers=headers)
    return connection, connection.getresponse()


def taken(running: Running, key: str) -> bool:
    """Return whether the whole list was taken; it is not where another one has not ended."""
    connection, answer = begun(running, key)
    *members, end = answer.read().splitlines()
    connection.close()
    return answer.status == 200 and json.loads(end)["end"] == len(members) == MANY


def test_a_reader_that_stops_in_the_middle_holds_nothing_but_its_own_place(
    bare: Aftercare, postgres: PostgresServer
) -> None:
    url = postgres.create_database()
    settings = {"DATABASE_URL": url, "AFTERCARE_VAULT_URL": postgres.create_database(), "AFTERCARE_THREADS": "4"}
    program = Aftercare(bare.home, **settings).ready()
    key = program.key()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with program.start() as running, psycopg.connect(libpq(url), autocommit=True) as database:
        assert running.ask("POST", "/v1/organisations", headers, '{"name": "Northern Works"}').status == 201
        assert running.ask("GET", "/v1/organisations", {**headers, "Min-Position": "1"}).status == 200
        database.execute(_FILL)
        connection, answer = begun(running, key)
        for _ in range(1_000):
            assert json.loads(answer.readline())["name"]
        until(lambda: database.execute(_BUSY).fetchone() == (0,))
        other, refused = begun(running, key)  # one of four threads may be kept by such readers
        assert (refused.status, json.loads(refused.read())["type"]) == (503, "/v1/refusals/too-many-lists")
        other.close()
        assert running.ask("GET", "/v1/organisations", headers).status == 200
        answer.close()
        connection.close()
        until(lambda: taken(running, key), 60)
        assert database.execute(_BUSY).fetchone() == (0,)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(20) == 0
        assert "Traceback" not in running.text
