"""Metrics: how the server is doing, as OpenMetrics. Labels are routes, codes and names of read models, never ids."""

from collections.abc import Callable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from domain.log.appender import Observed

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_GROUPS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000)


class Metrics:
    """The counters of one application, in a registry of their own."""

    def __init__(self) -> None:
        """Start at nothing."""
        self.registry = CollectorRegistry()
        self._requests = Histogram(
            "aftercare_request_seconds",
            "Time from a request to its answer.",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._refusals = Counter(
            "aftercare_refusals", "Requests that were refused or failed.", ("code",), registry=self.registry
        )
        self._of_route: dict[tuple[str, str, int], Histogram] = {}
        self._appends = Histogram(
            "aftercare_append_seconds",
            "Time from an append to its answer, waiting included.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._groups = Histogram(
            "aftercare_append_group_size",
            "Proposals that shared the transaction of an append.",
            buckets=_GROUPS,
            registry=self.registry,
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        labels = method, route, status
        measured = self._of_route.get(labels)
        if measured is None:
            measured = self._of_route[labels] = self._requests.labels(method, route, str(status))
        measured.observe(seconds)

    def refusal(self, code: str) -> None:
        """Count one refusal."""
        self._refusals.labels(code).inc()

    def append(self, observed: Observed) -> None:
        """Count one append: what the log's observer calls."""
        self._appends.observe(observed.seconds)
        self._groups.observe(observed.group)

    def watch(self, head: Callable[[], int], positions: Callable[[], Mapping[str, Any]]) -> None:
        """Let every reading tell the end of the log and how far each read model has followed it."""
        self.registry.register(_Positions(head, positions))

    def text(self) -> bytes:
        """Return everything as OpenMetrics 1.0."""
        text: bytes = generate_latest(self.registry)  # type: ignore[no-untyped-call]  # the library is not typed here
        return text


class _Positions(Collector):
    """Asks when it is read."""

    def __init__(self, head: Callable[[], int], positions: Callable[[], Mapping[str, Any]]) -> None:
        self._head, self._positions = head, positions

    def describe(self) -> list[Any]:
        """Nothing is known before the first reading."""
        return []

    def collect(self) -> list[GaugeMetricFamily]:
        """Return the end of the log, and the lag of each read model."""
        end = GaugeMetricFamily("aftercare_log_position", "Position of the last fact.", value=self._head())
        facts = GaugeMetricFamily("aftercare_projection_lag_facts", "Facts not yet followed.", labels=["read_model"])
        seconds = GaugeMetricFamily(
            "aftercare_projection_lag_seconds",
            "Time since the first fact that is not yet followed was recorded.",
            labels=["read_model"],
            unit="seconds",
        )
        stopped = GaugeMetricFamily("aftercare_projection_stopped", "1 if a fact stopped it.", labels=["read_model"])
        parked = GaugeMetricFamily(
            "aftercare_projection_parked_facts", "Facts that wait because it failed on one.", labels=["read_model"]
        )
        for name, standing in self._positions().items():
            facts.add_metric([name], standing.lag_facts)
            seconds.add_metric([name], standing.lag_seconds)
            stopped.add_metric([name], 1 if standing.error else 0)
            parked.add_metric([name], standing.parked)
        return [end, facts, seconds, stopped, parked]
