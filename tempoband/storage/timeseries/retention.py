"""How long samples and their outline are kept, and one short step of keeping to it."""

from dataclasses import dataclass

from tempoband.storage.timeseries.base import Retaining

DAY_US = 24 * 3600 * 1_000_000


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """What is kept of old samples.

    Attributes:
        keep_days: samples older than this are dropped; None: never.
        outline_days: so long stays the outline (least, mean and greatest of each second) of what was dropped,
            counted from the samples' own time; None: for ever, 0: not at all.
    """

    keep_days: float | None = None
    outline_days: float | None = None

    def step(self, store: Retaining, now_us: int) -> int:
        """Drop at most about a day of one sensor; returns samples dropped, 0 when nothing is left to drop.

        Raises:
            StorageError: nothing was changed, or the step is completed by the next one.
        """
        if self.keep_days is None:
            return 0
        dropped = store.retain(self.oldest_us(now_us))
        if not dropped and self.outline_days is not None:
            store.drop_outline(min(self.oldest_us(now_us), now_us - round(self.outline_days * DAY_US)))
        return dropped

    def oldest_us(self, now_us: int) -> int:
        """Samples before this are dropped."""
        return 0 if self.keep_days is None else now_us - round(self.keep_days * DAY_US)

    def __str__(self) -> str:
        if self.keep_days is None:
            return "every sample is kept for ever"
        if self.outline_days is None:
            outline = "for ever"
        else:
            outline = f"{self.outline_days:g} days" if self.outline_days > self.keep_days else "not at all"
        return f"samples are kept {self.keep_days:g} days, their outline {outline}"
