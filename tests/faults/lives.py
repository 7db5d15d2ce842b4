"""The life of one log under faults: everything that was ever asked of it, held to what its callers were told."""

import random
from collections.abc import Sequence
from contextlib import closing
from types import TracebackType
from typing import Self
from uuid import UUID

from domain.log.contract import Row
from tests.faults.callers import KNOWN, RECORDED, Caller, Request, World
from tests.faults.invariants import Verdict, check_kept, check_log
from tests.faults.stand import Stand, read_with
from tests.faults.tally import Tally

CALLERS = 4


class Life:
    """One log, and everything that was ever asked of it."""

    def __init__(self, stand: Stand, tally: Tally) -> None:
        self.stand, self.tally = stand, tally
        seed = random.randrange(2**32)
        print(f"seed {seed}")  # noqa: T201  pytest shows it with a test that fails
        self.world = World(seed)
        self.asked: list[Request] = []
        self.rows: list[Row] = []
        self._vault = stand.vault()
        self._read = read_with(self._vault)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._vault.close()

    def begin(self) -> None:
        """Put on record what the callers will talk about."""
        with closing(self.stand.line()) as line:
            for request in self.world.beginning():
                self.asked.append(request)
                assert request.send(line).status == RECORDED

    def callers(self) -> list[Caller]:
        """Return callers, each with a connection of its own."""
        return [Caller(self.world, self.stand.line()) for _ in range(CALLERS)]

    def note(self, asked: Sequence[Request]) -> None:
        """Take note of what was asked until a fault."""
        self.asked += asked
        verdicts = [request.operation.verdict for request in asked]
        self.tally.kills += 1
        self.tally.acknowledged += verdicts.count(Verdict.OK)
        self.tally.refused += verdicts.count(Verdict.REFUSED)
        self.tally.unknown += verdicts.count(Verdict.UNKNOWN)

    def marks(self) -> set[UUID]:
        """Return the marks of the operations that are on record."""
        return {mark for mark, _ in map(self._read, self.rows)}

    def check(self) -> None:
        """I1 to I7."""
        rows, head = self.stand.stored()
        check_kept(self.rows, rows)
        self.rows = rows
        check_log([request.operation for request in self.asked], rows, head, self._read)
        self.stand.check_bodies()
        self.stand.follower.check(rows)
        self.stand.check_read_models(head)

    def ask_again(self, asked: Sequence[Request]) -> None:
        """What was answered gets its first receipt again; what stayed open, that of what is on record, or a new one."""
        marks = self.marks()
        with closing(self.stand.line()) as line:
            for request in asked:
                verdict = request.operation.verdict
                if verdict is Verdict.OK:
                    answer = request.send(line)
                    assert (answer.status, answer.body) == (KNOWN, {**request.receipt, "replayed": True})
                elif verdict is Verdict.UNKNOWN:
                    answer = request.send(line)
                    if request.operation.mark in marks:
                        assert (answer.status, answer.body["replayed"]) == (KNOWN, True)
                    else:
                        assert answer.status in {RECORDED, 409}
        self.check()


def acknowledged(callers: Sequence[Caller]) -> int:
    """Return how many answers with a receipt the callers have so far."""
    return sum(request.receipt is not None for caller in callers for request in list(caller.asked))
