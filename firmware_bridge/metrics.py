"""The bridge's figures for Prometheus, read when they are asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from firmware_bridge.outbox.outbox import Outbox
from firmware_bridge.sensors.sensor import Sensor
from firmware_bridge.spool.spool import Spool
from tempoband.contracts.events import SensorState
from tempoband.observability.metrics import NAMESPACE

PREFIX = f"{NAMESPACE}_bridge"


@dataclass(frozen=True, eq=False)  # the registry keeps collectors by identity
class BridgeCollector(Collector):
    """Samples, loss by cause, reconnections, spool depth and lag. Sensor ids only: nothing personal."""

    sensors: Mapping[str, Sensor]
    outbox: Outbox
    spool: Spool

    def collect(self) -> Iterator[Metric]:
        """Every figure as of now."""
        yield from self._of_sensors()
        yield from self._of_outbox()

    def _of_sensors(self) -> Iterator[Metric]:
        samples = _counter("samples", "Samples received.", "sensor")
        dropped = _counter("samples_dropped", "Samples not passed on, by cause.", "sensor", "cause")
        rejects = _counter("notifications_rejected", "Notifications refused, by cause.", "sensor", "cause")
        streams = _counter("streams", "Streams begun: connections, restarts, clock steps.", "sensor")
        streaming = GaugeMetricFamily(f"{PREFIX}_streaming", "1 while the sensor streams.", labels=["sensor"])
        for sensor in tuple(self.sensors.values()):
            tally = sensor.total()
            samples.add_metric([sensor.id], tally.samples)
            for cause in ("lost", "repeated", "implausible"):
                dropped.add_metric([sensor.id, cause], getattr(tally, cause))
            for cause, count in sensor.rejects.items():
                rejects.add_metric([sensor.id, cause], count)
            streams.add_metric([sensor.id], tally.streams)
            streaming.add_metric([sensor.id], sensor.status().state is SensorState.STREAMING)
        yield from (samples, dropped, rejects, streams, streaming)

    def _of_outbox(self) -> Iterator[Metric]:
        tally = self.outbox.tally
        frames = _counter("frames", "Frames by what became of them.", "fate")
        for fate in ("live", "replayed", "receipted", "rejected"):
            frames.add_metric([fate], getattr(tally, fate))
        evicted = _counter("samples_evicted", "Samples given up because the spool was full or old.")
        evicted.add_metric([], self.spool.samples_evicted)
        unsaved = _counter("samples_unsaved", "Samples lost because the disk refused them.")
        unsaved.add_metric([], tally.unsaved_samples)
        yield from (frames, evicted, unsaved)
        yield _gauge("spool_frames", "Frames without a receipt.", self.spool.frames)
        yield _gauge("lag_seconds", "Age of the oldest frame without a receipt.", self.outbox.lag_s)
        yield _gauge("recipient_ready", "1 while ingest commits.", self.outbox.recipient_ready)


def _counter(name: str, words: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"{PREFIX}_{name}", words, labels=list(labels))


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", words, value=value)
