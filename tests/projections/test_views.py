"""How the views are read: by questions, each statement by itself; by the engine, in one transaction."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from projections.views import Views, views_url


def in_transaction(driver: Any) -> bool:
    """Return whether the database holds a transaction open for a connection."""
    return bool(driver.in_transaction if hasattr(driver, "in_transaction") else driver.info.transaction_status)


def driver_of(connection: Connection) -> Any:
    connection.exec_driver_sql("SELECT 1").all()
    return connection.connection.driver_connection


def test_a_question_holds_no_transaction_and_the_engine_holds_its_own_to_the_end(database_url: str) -> None:
    views = Views(views_url(database_url))
    with views.ask() as connection:
        assert not in_transaction(driver_of(connection))
    with views.read() as connection:
        driver = driver_of(connection)
        assert in_transaction(driver)
    assert not in_transaction(driver)
    views.close()


def test_what_is_dropped_from_the_views_is_not_overwritten(tmp_path: Path) -> None:
    views = Views(f"sqlite:///{tmp_path}/views.db")
    with views.write() as connection:
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar_one() == 0
    views.close()
