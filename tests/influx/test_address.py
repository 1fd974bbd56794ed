import pytest

from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.timeseries.influx import InfluxAddress
from tempoband.storage.timeseries.influx.flux import any_of, literal
from tempoband.storage.timeseries.open import open_store

URL = "http://127.0.0.1:8086?org=our%20clinic&bucket=tempoband"


def test_an_address_with_its_token_from_the_environment():
    address = InfluxAddress.from_url(URL, {"TEMPOBAND_INFLUX_TOKEN": "t0k3n"})
    assert (address.url, address.org, address.bucket) == ("http://127.0.0.1:8086", "our clinic", "tempoband")
    assert address.token == "t0k3n"  # noqa: S105
    assert "t0k3n" not in repr(address)


def test_a_token_file_wins(tmp_path):
    (tmp_path / "token").write_text("from-file\n")
    environ = {"TEMPOBAND_INFLUX_TOKEN": "x", "TEMPOBAND_INFLUX_TOKEN_FILE": str(tmp_path / "token")}
    assert InfluxAddress.from_url(URL, environ).token == "from-file"  # noqa: S105


@pytest.mark.parametrize(
    ("url", "environ", "words"),
    [
        ("http://h:8086?bucket=b", {"TEMPOBAND_INFLUX_TOKEN": "x"}, "without org"),
        ("http://h:8086", {"TEMPOBAND_INFLUX_TOKEN": "x"}, "without org and bucket"),
        ("http://?org=a&bucket=b", {"TEMPOBAND_INFLUX_TOKEN": "x"}, "without host"),
        (URL, {}, "TEMPOBAND_INFLUX_TOKEN"),
        (URL, {"TEMPOBAND_INFLUX_TOKEN_FILE": "/nowhere/token"}, "cannot read"),
        (URL + "&token=secret", {"TEMPOBAND_INFLUX_TOKEN": "x"}, "does not belong in the URL"),
    ],
)
def test_an_incomplete_address_says_what_is_missing(url, environ, words):
    with pytest.raises(StorageError, match=words) as caught:
        InfluxAddress.from_url(url, environ)
    assert caught.value.reason is StorageReason.MISCONFIGURED
    assert "secret" not in str(caught.value)


def test_open_store_knows_the_address(monkeypatch):
    monkeypatch.delenv("TEMPOBAND_INFLUX_TOKEN", raising=False)
    with pytest.raises(StorageError, match="no token for InfluxDB"):
        open_store(URL)


@pytest.mark.parametrize(
    ("text", "flux"), [('a"b', r'"a\"b"'), ("a\\b", r'"a\\b"'), ("${now()}", r'"\${now()}"'), ("ü", '"ü"')]
)
def test_no_text_can_leave_its_literal(text, flux):
    assert literal(text) == flux


def test_many_values_are_one_expression():
    assert any_of("sensor", ["a.b"]) == 'r["sensor"] == "a.b"'
    assert any_of("sensor", ["a.b", "c/d"]) == r'r["sensor"] =~ /^(?:a\.b|c\/d)$/'
