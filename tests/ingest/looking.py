"""What ingest left behind, as a test looks at it."""

from ingest.register import Register
from tempoband.storage.timeseries.sqlite import SqliteStore
from tests.timeseries.making import samples_of

FOREVER = (0, 2**52)


def dead_letters(store: SqliteStore) -> list:
    register = Register(store.data_dir)
    try:
        return register.dead_letters()
    finally:
        register.close()


def stored_of(store: SqliteStore, sensor: str) -> list[tuple[int, float]]:
    curve = store.read(sensor, *FOREVER)
    return list(zip(curve.time_us.tolist(), curve.tension_n.round(6).tolist(), strict=True))


def rows_of(frames: list) -> list[tuple[int, float]]:
    time_us, tension_n = samples_of(frames)
    return sorted(zip(time_us.tolist(), tension_n.round(6).tolist(), strict=True))
