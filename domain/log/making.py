"""How the eventsourcing library makes a store: what is the same for every database."""

from abc import abstractmethod

import eventsourcing.persistence as library_contract

from domain.log.recording import Recording
from domain.log.tracking import Bookmarks, bookmarks_from


class StoreFactory(library_contract.InfrastructureFactory[Bookmarks]):
    """For applications of the library: one log, and bookmarks of read models in a database of their own."""

    @abstractmethod
    def application_recorder(self) -> Recording:
        """Return the log."""

    def aggregate_recorder(self, purpose: str = "events") -> Recording:
        """Return the log; it keeps facts and nothing else.

        Raises:
            NotSupportedError: for another purpose, such as snapshots.
        """
        if purpose != "events":
            raise library_contract.NotSupportedError(f"the log keeps facts, not {purpose}")
        return self.application_recorder()

    def tracking_recorder(self, tracking_recorder_class: type[Bookmarks] | None = None) -> Bookmarks:
        """Return the bookmarks of read models, in the views database that VIEWS_URL names."""
        return bookmarks_from(self.env, tracking_recorder_class)

    def process_recorder(self) -> library_contract.ProcessRecorder:
        """Refuse: read models are in a database of their own, so no transaction spans both."""
        raise library_contract.NotSupportedError("the log and its read models are two databases")
