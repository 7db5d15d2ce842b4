"""The log as the rest of Aftercare sees it: read, append, follow."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypedDict

from sqlalchemy.engine import make_url

from domain.kernel.refusals import Unavailable
from domain.log.appender import Appender, Observed
from domain.log.contract import NoLogHere, Outcome, Proposal, Store
from domain.log.feed import Bell, Follower, Subscription
from domain.log.glances import Glances
from domain.log.handing import Committed, Handing
from domain.log.notices import Notices
from domain.log.postgres import open_postgres
from domain.log.sqlite import open_sqlite


class _Opening(TypedDict):
    clock_tolerance: timedelta
    append_timeout: float
    poll_interval: float
    pool_size: int


class _Wakers(TypedDict, total=False):
    """What rings the bell for other processes' appends, as each database allows it."""

    notices: Callable[[Bell], Notices]
    glances: Callable[[Bell], Glances]


class Opened(Store, Protocol):
    """A store that holds on to its database until it is closed."""

    def close(self) -> None:
        """Let go of the database."""


class Log:
    """One open log. Every method may be called from any thread.

    Reads are the store's own; see `contract.Store` for what each promises. They raise `Unavailable` while the database
    is away and work again when it is back.
    """

    def __init__(
        self,
        store: Opened,
        *,
        append_timeout: float = 10.0,
        poll_interval: float = 0.5,
        waiting: int = 1000,
        notices: Callable[[Bell], Notices] | None = None,
        glances: Callable[[Bell], Glances] | None = None,
    ) -> None:
        """Take an open store, which is closed with the log; see `open_log` for the rest."""
        self.rows = store.rows
        self._handing = Handing(store.page)
        self.page = self._handing.page
        self.stream = store.stream
        self.lines = store.lines
        self.concerning = store.concerning
        self.by_keys = store.by_keys
        self.answered = store.answered
        self.head = store.head
        self.position_at = store.position_at
        self.meta = store.meta
        self.forget_answers = store.forget_answers
        self.bell = Bell()
        self.append_observer: Callable[[Observed], None] | None = None
        """Told of every append, for metrics; may be set at any time."""
        self._store = store
        self._follower = Follower(self.page, store.head, self.bell, poll_interval)
        self._notices = notices(self.bell) if notices else None
        self._glances = glances(self.bell) if glances else None
        self._appender = Appender(
            store.commit,
            committed=self._committed,
            observe=self._observe,
            timeout=append_timeout,
            waiting=waiting,
        )

    def append(self, proposal: Proposal) -> Outcome:
        """Record the facts of a proposal durably, all or nothing, and return what became of it.

        Raises:
            Overloaded: too many appends wait; nothing was recorded.
            ClockBehind: the clock is behind the last recorded fact; nothing was recorded.
            OutcomeUnknown: the store did not say in time whether it was recorded.
            Unavailable: the store cannot take it now; nothing was recorded.
        """
        return self._appender.append(proposal)

    def subscribe(self, after: int) -> Subscription:
        """Return batches of rows beyond a position, for ever: without a gap, in order, each row once.

        They end when the subscription, a context manager, or the log is closed.
        """
        return self._follower.subscribe(after)

    def wait_beyond(self, position: int, timeout: float) -> bool:
        """Wait until the head is beyond a position, at most so many seconds; return whether it is."""
        return self._follower.wait_beyond(position, timeout)

    def close(self) -> None:
        """Let waiting appends finish, refuse new ones, end subscriptions and let go of the database."""
        self._appender.close()
        self._follower.close()
        if self._notices is not None:
            self._notices.close()
        if self._glances is not None:
            self._glances.close()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _committed(self, group: Sequence[Committed]) -> None:
        self._handing.take(group)
        proposal, appended = group[-1]
        self.bell.ring(appended.first_position + len(proposal.facts) - 1)
        if self._notices is not None:
            self._notices.tell()

    def _observe(self, observed: Observed) -> None:
        if self.append_observer is not None:
            self.append_observer(observed)


def open_log(
    url: str,
    *,
    now: Callable[[], datetime],
    clock_tolerance: timedelta = timedelta(seconds=5),
    append_timeout: float = 10.0,
    poll_interval: float = 0.5,
    pool_size: int = 10,
    waiting: int = 1000,
) -> Log:
    """Open the log of a migrated database.

    Args:
        url: `sqlite:////path/aftercare.db` or `postgresql+psycopg://user@host/database`, as SQLAlchemy writes it.
        now: the clock that says when facts are recorded; PostgreSQL uses its own.
        clock_tolerance: how far the clock may be behind the last recorded fact.
        append_timeout: seconds an append may wait.
        poll_interval: seconds after which followers look for what nobody told them.
        pool_size: how many reads may run at once.
        waiting: how many appends may wait; the next one is refused as `Overloaded`.

    Raises:
        NoLogHere: the database does not exist or holds no log.
        Unavailable: the database cannot be reached.
    """
    opening: _Opening = {
        "clock_tolerance": clock_tolerance,
        "append_timeout": append_timeout,
        "poll_interval": poll_interval,
        "pool_size": pool_size,
    }
    store: Opened
    wakers: _Wakers = {}
    if make_url(url).get_backend_name() == "sqlite":
        path = _require_file(url)
        store = open_sqlite(url, now=now, **opening)
        wakers["glances"] = partial(Glances, path, head=store.head)
    else:
        store = open_postgres(url, **opening)
        wakers["notices"] = partial(Notices, url, head=store.head)
    _require_log(store)
    return Log(store, append_timeout=append_timeout, poll_interval=poll_interval, waiting=waiting, **wakers)


def _require_file(url: str) -> str:
    path = make_url(url).database
    if not path or not Path(path).is_file():
        raise NoLogHere(f"There is no file {path}. Run `aftercare migrate`.")
    return path


def _require_log(store: Opened) -> None:
    """Refuse a database without a log before anybody relies on it."""
    try:
        store.meta()
    except Exception as error:
        store.close()
        reason = error.__cause__ if isinstance(error, Unavailable) else error
        if "log_meta" in str(reason):  # what both databases say of a table that is not there
            raise NoLogHere("There is no log in this database yet. Run `aftercare migrate`.") from error
        raise
