"""F1: the API is killed with SIGKILL while callers append: at any moment, and at named points of a commit."""

from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from threading import Event

import pytest

from tests.faults.callers import Request
from tests.faults.conftest import MakeStand
from tests.faults.invariants import Verdict
from tests.faults.lives import CALLERS, Life, acknowledged
from tests.faults.points import Point
from tests.faults.stand import PATIENCE_SECONDS
from tests.faults.tally import Tally, how_many
from tests.servers import until

KILLS_OF_A_LIFE = 20
"""Then a new log begins: after every kill all read models are rebuilt, which a long log makes long."""

ANY = None
MOMENTS = {
    "sqlite": (Point.BEFORE_COMMIT, ANY, Point.AFTER_COMMIT, ANY, Point.BEFORE_REPLY, ANY),
    "postgresql": (Point.BEFORE_COMMIT, ANY, Point.SENT, Point.AFTER_COMMIT, ANY, Point.BEFORE_REPLY),
}
UNHEARD = {Point.AFTER_COMMIT, Point.BEFORE_REPLY}


@pytest.mark.faults
def test_a_killed_api_loses_nothing_and_repeats_nothing(
    database_kind: str, make_stand: MakeStand, tally: Tally
) -> None:
    kills, moments = how_many(6), MOMENTS[database_kind]
    for first in range(0, kills, KILLS_OF_A_LIFE):
        with make_stand() as stand, Life(stand, tally) as life:
            stand.start(moments[0])
            life.begin()
            for number in range(min(KILLS_OF_A_LIFE, kills - first)):
                moment, following = (moments[n % len(moments)] for n in (number, number + 1))
                asked = kill_under_load(life, moment, alone=number % 2 == 1)
                life.note(asked)
                tally.recovered = max(tally.recovered, stand.start(following))
                life.check()
                hold_to_its_moment(life, asked, moment)
                life.ask_again(asked)


def kill_under_load(life: Life, moment: Point | None, *, alone: bool) -> list[Request]:
    """Let callers append and kill the server meanwhile; return what they asked.

    Args:
        life: on whose stand.
        moment: the point at which it dies, if it is not to be any moment.
        alone: nobody else has the log open then: whoever opens it next must recover it.
    """
    stand, world, stop, callers = life.stand, life.world, Event(), life.callers()
    if alone:
        stand.follower.leave()
    else:
        stand.follower.come()
    with ThreadPoolExecutor(CALLERS) as pool:
        running = [pool.submit(caller.run, stop) for caller in callers]
        wanted = world.random.randrange(1, 40)
        try:
            until(lambda: acknowledged(callers) >= wanted, PATIENCE_SECONDS, "acknowledged appends")
            if moment is ANY:
                stop.wait(world.random.uniform(0, 0.01))  # a moment that nothing determines
                stand.kill()
            else:
                stand.let_die(lambda: not all(future.done() for future in running))
        finally:
            stop.set()
            for future in running:
                future.result(PATIENCE_SECONDS)
    return list(chain.from_iterable(caller.asked for caller in callers))


def hold_to_its_moment(life: Life, asked: list[Request], moment: Point | None) -> None:
    """Make sure that it died where it should: otherwise this test would show less than it says."""
    unheard = {each.operation.mark for each in asked if each.operation.verdict is Verdict.UNKNOWN}
    if moment in UNHEARD:
        assert unheard & life.marks(), "nothing is on record of which nobody was told"
    if moment is Point.BEFORE_COMMIT:
        assert unheard - life.marks(), "everything is on record of which nobody was told"
