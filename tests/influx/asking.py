"""Asks a real InfluxDB 2 past the store: what is drawn, which tokens there are."""

from influxdb_client.domain.permission import Permission
from influxdb_client.domain.permission_resource import PermissionResource

from tempoband.storage.timeseries.influx import InfluxStore
from tests.influx.conftest import Influx
from tests.stores.contract import (
    FOREVER,
)


def drawn(store: InfluxStore, sensor: str) -> int:
    rows = store._bucket.rows("tension", sensor, *FOREVER)
    return int(store._server.query(f"{rows} |> count()").whole("_value").sum())


def token_for(influx: Influx, bucket: str, *actions: str) -> str:
    with influx.client() as client:
        found = client.buckets_api().find_bucket_by_name(bucket)
        resource = PermissionResource(org_id=found.org_id, type="buckets", id=found.id)
        permissions = [Permission(action=action, resource=resource) for action in actions]
        return client.authorizations_api().create_authorization(found.org_id, permissions).token
