"""Someone who follows the log, and goes on where he was after a crash."""

from dataclasses import dataclass
from threading import Timer

from domain.log.contract import Row
from domain.log.feed import Subscription

PATIENCE_SECONDS = 10.0


@dataclass
class Subscriber:
    """A subscription, and how far it has been read."""

    subscription: Subscription
    after: int

    def next(self) -> list[Row]:
        """Return what he sees next; he must not wait for ever for what is there."""
        impatience = Timer(PATIENCE_SECONDS, self.subscription.close)
        impatience.start()
        try:
            rows = next(self.subscription)
        except StopIteration:
            raise AssertionError("a subscriber was not shown what is on record") from None
        finally:
            impatience.cancel()
        self.after = rows[-1].position
        return rows
