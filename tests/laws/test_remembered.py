"""The law of what a ledger remembers: so many streams at most, those that were used last, however they came there."""

from collections import OrderedDict
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.application.standings import Standing, Standings
from domain.kernel.streams import StreamRef
from domain.log.contract import Line, Row
from tests.application.desk import Desk

STREAMS = [StreamRef("equipment", UUID(int=number)) for number in range(6)]
NOTHING = Standing.nothing(STREAMS[0])
"""Of none of them anything is on record: a standing that is taken is told as it was taken."""
USES = st.lists(
    st.tuples(st.sampled_from(["known", "current", "take", "take", "forget"]), st.sampled_from(STREAMS)), min_size=15
)


class Reader:
    """Reads streams as the log does, and counts how often it is asked."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.asked = 0

    def stream(self, stream: UUID, after: int = 0, until: int | None = None, limit: int | None = None) -> list[Row]:
        self.asked += 1
        return self.desk.log.stream(stream, after, until, limit)

    def lines(self, stream: UUID, after: int, limit: int) -> list[Line]:
        self.asked += 1
        return self.desk.log.lines(stream, after, limit)


@given(uses=USES, size=st.integers(1, 4))
def test_so_many_streams_as_were_used_last_are_remembered(
    desk: Desk, uses: list[tuple[str, StreamRef]], size: int
) -> None:
    reader = Reader(desk)
    standings = Standings(reader, size)
    remembered: OrderedDict[StreamRef, None] = OrderedDict()
    for use, stream in uses:
        before = reader.asked
        match use:
            case "known":
                standings.known(stream)
                assert (reader.asked == before) is (stream in remembered)
            case "current":
                standings.current(stream)
            case "take":
                standings.take(stream, NOTHING)
            case _:
                standings.take(stream, None)
                remembered.pop(stream, None)
                continue
        remembered[stream] = None
        remembered.move_to_end(stream)
        if len(remembered) > size:
            remembered.popitem(last=False)
