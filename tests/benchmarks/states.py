"""States and whole commands: streams of a thousand and ten thousand facts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from os import urandom
from typing import NamedTuple
from uuid import UUID

from domain.application.ledger import Ledger
from domain.application.receipts import Requests
from domain.application.standings import Standings
from domain.equipment.operation_commands import ReportFailure
from domain.kernel.commands import Command
from domain.kernel.ids import Ids
from domain.kernel.streams import StreamRef
from domain.log.contract import NewFact, Proposal
from domain.log.log import Log, open_log
from tests.application.desk import life_of
from tests.benchmarks.rows import CALLER, NoSealer, new_fact, new_stream
from tests.benchmarks.stand import LIMIT, OURS, STOCK, Contender, Row, compete, rate
from tests.benchmarks.stock import Machines
from tests.equipment.lives import MAKER, MODEL_ID, OPERATOR


class ByHand(NamedTuple):
    """The same on this database by hand-written SQL."""

    bodies: Callable[[UUID], int]
    """Fetches the raw rows of a stream."""
    one: Callable[[NewFact, int], object]
    """Stores one fact durably, in tables of its own."""


class Stock(NamedTuple):
    """A machine of the library's application."""

    library: Machines
    machine: UUID


def now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


def no_key(_period: int) -> bytes:
    """No request of a benchmark has a key."""
    raise NotImplementedError


@contextmanager
def ledger_at(url: str) -> Iterator[tuple[Log, Ledger]]:
    """Open a log and a ledger on it."""
    with open_log(url, now=now) as log:
        requests = Requests(log.answered, log.rows, no_key)
        yield log, Ledger(log, NoSealer(), requests, now=now, ids=Ids(now, urandom))


def begin(log: Log, ledger: Ledger, length: int) -> UUID:
    """Bring an item into service and give it so many facts; return its id."""
    from domain.equipment.model_commands import RegisterModel  # noqa: PLC0415
    from domain.parties.organisation import RegisterOrganisation  # noqa: PLC0415

    item = new_stream()
    commands: list[Command] = [
        RegisterOrganisation(organisation_id=MAKER, name="Works"),
        RegisterOrganisation(organisation_id=OPERATOR, name="Works"),
        RegisterModel(model_id=MODEL_ID, designation="Press PX-40", manufacturer_id=MAKER),
        *life_of(item, str(item)),
    ]
    for command in commands:
        ledger.execute(command, CALLER)
    left = length - len(log.stream(item))
    while left:
        size = min(left, 1000)
        log.append(Proposal(tuple(new_fact(item)._replace(occurred_at=_micros()) for _ in range(size)), ()))
        left -= size
    return item


def _micros() -> int:
    return int(now().timestamp() * 1_000_000)


def on(kind: str, url: str, by_hand: ByHand, environment: dict[str, str]) -> list[Row]:
    """Measure on one database.

    Args:
        kind: its name.
        url: of the log.
        by_hand: the limit.
        environment: of the library's application.
    """
    rows = []
    library = Machines(environment)
    with ledger_at(url) as (log, ledger):
        for length in (1000, 10_000):
            item = begin(log, ledger, length)
            machine = library.begin(length) if length == 1000 else None
            stock = None if machine is None else Stock(library, machine)
            rows.append(_load(f"{kind}, stream of {length:,} facts to state", log, item, by_hand, stock))
            rows.append(_command(f"{kind}, whole command on {length:,} facts", ledger, item, by_hand, stock))
    return rows


def _load(what: str, log: Log, item: UUID, by_hand: ByHand, stock: Stock | None) -> Row:
    stream, length = StreamRef("equipment", item), len(log.stream(item))

    def load() -> object:
        return Standings(log, 10).current(stream)

    contenders: dict[str, Contender] = {
        OURS: lambda: rate(length, load),
        LIMIT: lambda: rate(length, lambda: by_hand.bodies(item)),
    }
    if stock:
        contenders[STOCK] = lambda: rate(length, lambda: stock.library.repository.get(stock.machine))
    return compete(what, contenders, 0.25, rounds=9)


def _command(what: str, ledger: Ledger, item: UUID, by_hand: ByHand, stock: Stock | None) -> Row:
    """Measure whole commands of one caller. Their limit is the durable append of one such fact, and nothing else."""

    def ours() -> None:
        for _ in range(300):
            ledger.execute(ReportFailure(equipment_id=item, failure_mode="mode-1", impact="incipient"), CALLER)

    def alone() -> None:
        stream = new_stream()
        for sequence in range(1, 301):
            by_hand.one(new_fact(stream), sequence)

    def library() -> None:
        assert stock is not None
        for _ in range(5):
            stock.library.sign(stock.machine)

    contenders: dict[str, Contender] = {OURS: lambda: rate(300, ours), LIMIT: lambda: rate(300, alone)}
    if stock:
        contenders[STOCK] = lambda: rate(5, library)
    return compete(f"{what} (to reach: 1,500/s)", contenders, None)
