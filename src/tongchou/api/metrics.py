"""Metrics for Prometheus: how many requests, how long, how many runs and uploads wait."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The place's metrics; by the address's pattern, never by what a caller wrote in it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "tongchou_requests", "requests answered", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "tongchou_request_seconds", "time to answer", ("method", "route"), buckets=_SECONDS, registry=self.registry
        )
        self.run_orders = Gauge("tongchou_run_orders", "run orders by state", ("state",), registry=self.registry)
        self.grouped = Counter("tongchou_cases_grouped", "cases grouped by request", registry=self.registry)

    def page(self) -> tuple[bytes, str]:
        """Return the metrics as text, with its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST
