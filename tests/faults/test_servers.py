"""The test servers do what the fault tests rely on."""

from pathlib import Path

import psycopg
import pytest

from tests.servers import QUICK, PostgresServer, libpq, until


@pytest.mark.faults
def test_a_killed_server_comes_back_with_what_it_had_committed() -> None:
    with PostgresServer() as server:
        url = server.create_database()
        with psycopg.connect(libpq(url), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (n int)")
            connection.execute("INSERT INTO kept VALUES (7)")
            server.kill()
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT n FROM kept")
        server.start()
        with psycopg.connect(libpq(url)) as connection:
            assert connection.execute("SELECT n FROM kept").fetchall() == [(7,)]


@pytest.mark.faults
def test_a_promoted_standby_holds_what_the_primary_acknowledged() -> None:
    with PostgresServer() as primary:
        standby = primary.standby()
        primary.configure({"synchronous_standby_names": "'standby'"})
        waits = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"
        until(lambda: bool(primary.psql(waits)), what="synchronous replication")
        primary.psql("CREATE TABLE kept (n int)")
        primary.psql("INSERT INTO kept VALUES (7)")
        primary.kill()
        standby.promote()
        assert standby.psql("SELECT n FROM kept") == [(7,)]


def test_a_closed_server_leaves_no_process_and_no_file() -> None:
    with PostgresServer(QUICK, tcp=True) as server:
        home, processes = server.home, server.processes()
        with psycopg.connect(libpq(server.tcp_url())) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("off",)
    assert not any(process.is_running() for process in processes)
    assert not Path(home).exists()
