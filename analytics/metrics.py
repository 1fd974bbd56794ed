"""What analytics counts, for Prometheus: frames not scored live, sets kept, work that waits or failed."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class AnalyticsMetrics:
    """Counters of one worker, in the registry it is given."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.live_frames = Counter(
            "tempoband_analytics_live_frames", "Frames scored live.", registry=registry
        )
        self.live_skipped = Counter(
            "tempoband_analytics_live_skipped",
            "Frames that live scoring left out; the record has them.",
            ["reason"],
            registry=registry,
        )
        self.failures = Counter(
            "tempoband_analytics_failures", "Scorings that failed.", ["half"], registry=registry
        )
        self.revisions = Counter(
            "tempoband_analytics_revisions", "Set revisions kept.", ["status"], registry=registry
        )
        self.waiting = Gauge(
            "tempoband_analytics_waiting", "Stretches that wait to be scored.", registry=registry
        )
        self.step_s = Histogram(
            "tempoband_analytics_step_seconds",
            "One round over everything that was due.",
            buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30),
            registry=registry,
        )
