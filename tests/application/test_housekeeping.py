from threading import Event

import pytest

from domain.application.housekeeping import Housekeeping
from domain.application.receipts import RETENTION, Ask, period_of, request_key
from domain.kernel.moments import from_micros
from domain.kernel.refusals import Unavailable
from tests.application.desk import CALLER, DAY, Desk, release
from tests.equipment.lives import ITEM_ID

ASK = Ask(route="release", key="k-1", payload=b"payload")


def test_an_answer_and_the_key_of_its_digest_die_with_their_retention(desk: Desk) -> None:
    desk.ledger.execute(release(ITEM_ID, "PX-1"), CALLER, ask=ASK)
    recorded = from_micros(desk.log.head().recorded_at)
    period = period_of(desk.clock.now)
    first_key = desk.vault.period_key(period)
    housekeeping = Housekeeping(desk.ledger, desk.vault, desk.clock)
    desk.clock.now = max(recorded, desk.clock.now) + RETENTION - DAY
    housekeeping.once()
    assert desk.log.answered(request_key(ASK, CALLER)) is not None
    desk.clock.turn(3 * DAY)
    housekeeping.once()
    assert desk.log.answered(request_key(ASK, CALLER)) is None
    assert desk.vault.period_key(period) != first_key


def test_a_database_that_is_away_does_not_end_the_housekeeping(desk: Desk) -> None:
    tried = Event()

    class Away:
        def forget_old_answers(self) -> int:
            tried.set()
            raise Unavailable

    housekeeping = Housekeeping(Away(), desk.vault, desk.clock)
    with pytest.raises(Unavailable):
        housekeeping.once()
    tried.clear()
    housekeeping.run()
    assert tried.wait(10)
    housekeeping.close()
