"""What ingest counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from ingest.batch import Outcome


class IngestMetrics:
    """Counters of one worker, in the registry it is given."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.messages = Counter("tempoband_ingest_messages", "Messages dealt with.", registry=registry)
        self.samples = Counter("tempoband_ingest_samples", "Samples made durable.", registry=registry)
        self.rejects = Counter(
            "tempoband_ingest_rejects", "Messages refused for good.", ["reason"], registry=registry
        )
        self.dropped = Counter(
            "tempoband_ingest_dropped", "Messages not taken while the store was away.", registry=registry
        )
        self.store_failures = Counter(
            "tempoband_ingest_store_failures", "Batches the store could not take.", registry=registry
        )
        self.waiting = Gauge(
            "tempoband_ingest_waiting", "Messages that wait for a commit.", registry=registry
        )
        self.batch_messages = Histogram(
            "tempoband_ingest_batch_messages",
            "Messages a commit.",
            buckets=(1, 3, 10, 30, 100, 300, 1000, 3000),
            registry=registry,
        )
        self.lag_s = Histogram(
            "tempoband_ingest_lag_seconds",
            "From arrival of a batch's first message to its receipts.",
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
            registry=registry,
        )

    def committed(self, outcome: Outcome, messages: int, lag_s: float) -> None:
        """Count one committed batch."""
        self.messages.inc(messages)
        self.samples.inc(outcome.samples)
        self.batch_messages.observe(messages)
        self.lag_s.observe(lag_s)
        for reason in outcome.rejects:
            self.rejects.labels(reason=reason).inc()
