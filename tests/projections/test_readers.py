"""Connections that are kept from one question to the next: as good as new ones, few, and none that was lost."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError, StatementError

from domain.kernel.refusals import Unavailable
from projections.readers import KEPT
from projections.views import Views, views_url


@pytest.fixture
def views(database_url: str) -> Iterator[Views]:
    opened = Views(views_url(database_url))
    with opened.write() as connection:
        connection.execute(text("CREATE TABLE kept (number integer)"))
    yield opened
    opened.close()


def numbers(views: Views) -> list[int]:
    with views.ask() as connection:
        return list(connection.execute(text("SELECT number FROM kept")).scalars())


def test_the_next_question_is_asked_on_the_same_connection(views: Views) -> None:
    with views.ask() as one:
        pass
    with views.ask() as other:
        assert other is one
        with views.ask() as third:
            assert third is not one


def test_each_question_sees_what_was_committed_before_it(views: Views) -> None:
    for number in range(3):
        with views.read() as connection:
            assert connection.execute(text("SELECT count(*) FROM kept")).scalar_one() == number
        assert numbers(views) == list(range(number))
        with views.write() as connection:
            connection.execute(text("INSERT INTO kept VALUES (:number)"), {"number": number})


def test_after_an_error_the_next_question_is_answered(views: Views) -> None:
    with pytest.raises((StatementError, ProgrammingError)), views.ask() as connection:
        connection.execute(text("SELECT nothing FROM kept"))
    with pytest.raises(LookupError), views.read():
        raise LookupError
    assert numbers(views) == []


def test_no_more_are_kept_than_are_needed(views: Views) -> None:
    lent = [views.ask() for _ in range(KEPT + 3)]
    opened = [each.__enter__() for each in lent]
    for each in lent:
        each.__exit__(None, None, None)
    assert sum(not each.closed for each in opened) == KEPT
    views.close()
    assert all(each.closed for each in opened)


def test_those_that_come_back_after_the_end_are_closed(views: Views) -> None:
    with views.ask() as connection:
        views.close()
    assert connection.closed


def test_where_one_was_lost_none_of_the_others_is_used_again(postgres_url: str) -> None:
    views = Views(views_url(postgres_url))
    lent = [views.ask() for _ in range(KEPT)]
    lost = [each.__enter__() for each in lent]
    others = [each.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() for each in lost]
    for each in lent:
        each.__exit__(None, None, None)
    with views.write() as connection:
        for other in others:
            connection.execute(text("SELECT pg_terminate_backend(:other, 5000)"), {"other": other})
    with pytest.raises(Unavailable), views.ask() as connection:
        connection.execute(text("SELECT 1"))
    with views.ask() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    assert all(each.closed for each in lost)
    views.close()
