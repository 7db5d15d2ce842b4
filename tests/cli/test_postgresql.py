"""The same program on PostgreSQL: several workers, and the read models kept by a process of their own."""

import signal

from tests.cli.program import Aftercare
from tests.servers import PostgresServer, until


def test_several_workers_and_a_follower_share_one_log(bare: Aftercare, postgres: PostgresServer) -> None:
    url = postgres.create_database()
    program = Aftercare(bare.home, DATABASE_URL=url, AFTERCARE_VAULT_URL=postgres.create_database()).ready()
    key = program.key()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with program.start(AFTERCARE_PROJECT="no", AFTERCARE_WORKERS="2") as running:
        assert len(running.workers) == 2
        follower = program.start("project")
        try:
            for number in range(10):
                answer = running.ask("POST", "/v1/organisations", headers, f'{{"name": "Organisation {number}"}}')
                assert (answer.status, answer.body["position"]) == (201, number + 1)
            until(
                lambda: (
                    running.ask("GET", "/v1/organisations", {**headers, "Min-Position": "10"}).body.get("position")
                    == 10
                ),
                60,
            )
            follower.process.send_signal(signal.SIGTERM)
            assert follower.process.wait(20) == 0
        finally:
            follower.end()
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(20) == 0
        assert "Traceback" not in running.text
    assert program.run("verify").code == 0
