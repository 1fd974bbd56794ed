"""The doctor before certificates good and bad, presented by a server that speaks TLS and nothing else."""

import contextlib
import socket
import ssl
import threading

import pytest

from firmware_bridge import doctor
from firmware_bridge.doctor import DAY_S, Verdict
from tempoband.messaging.settings import MqttSettings
from tests.support.certificates import Authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@contextlib.contextmanager
def presenting(certificate, client_ca=None):
    """The port of a server that shows this certificate to one caller."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet():
            caller, _ = server.accept()
            with (
                caller,
                contextlib.suppress(OSError),
                context.wrap_socket(caller, server_side=True) as secure,
            ):
                secure.recv(1)

        thread = threading.Thread(target=greet)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def examine(certificate, ca_file, host="localhost", **more):
    with presenting(certificate) as port:
        return doctor.check_certificate(MqttSettings(host=host, port=port, tls=True, ca_file=ca_file), **more)


def test_a_good_certificate_is_trusted_for_so_many_days(authority):
    finding = examine(authority.sign("good", to_days=60.5), authority.file)
    assert (finding.verdict, finding.found) == (Verdict.GOOD, "trusted, for 60 more days")


def test_one_that_ends_soon_is_a_warning(authority):
    finding = examine(authority.sign("soon", to_days=3.5), authority.file)
    assert (finding.verdict, finding.remedy) == (Verdict.WARN, "Renew it.")
    assert "in 4 days" in finding.found or "in 3 days" in finding.found


@pytest.mark.parametrize(
    ("name", "asked", "found", "remedy"),
    [
        ("expired", {"from_days": -9, "to_days": -1}, "has expired", "Renew"),
        ("future", {"from_days": 2, "to_days": 9}, "not yet valid", "date"),
        ("elsewhere", {"host": "broker.example"}, "not valid for 'localhost'", "mqtt.host"),
    ],
)
def test_each_fault_of_a_certificate_has_its_words_and_its_remedy(authority, name, asked, found, remedy):
    finding = examine(authority.sign(name, **asked), authority.file)
    assert finding.verdict is Verdict.BAD
    assert found in finding.found
    assert remedy in finding.remedy


def test_an_address_that_is_not_in_the_certificate(authority):
    finding = examine(authority.sign("named"), authority.file, host="127.0.0.1")
    assert finding.verdict is Verdict.BAD
    assert "127.0.0.1" in finding.found
    assert "mqtt.host" in finding.remedy


def test_an_authority_nobody_named(authority, tmp_path):
    stranger = Authority(tmp_path, "stranger").sign("server")
    finding = examine(stranger, authority.file)
    assert finding.verdict is Verdict.BAD
    assert "issuer" in finding.found
    assert "mqtt.ca_file" in finding.remedy


def test_a_port_that_speaks_no_tls_or_is_closed(authority):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def hang_up():
            server.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        silent = doctor.check_certificate(
            MqttSettings(host="localhost", port=port, tls=True, ca_file=authority.file)
        )
        thread.join()
    closed = doctor.check_certificate(
        MqttSettings(host="localhost", port=port, tls=True, ca_file=authority.file)
    )
    assert silent.verdict is closed.verdict is Verdict.BAD
    assert "refused" in closed.found


def test_a_missing_authority_file_is_named(tmp_path):
    finding = doctor.check_certificate(MqttSettings(host="x", tls=True, ca_file=tmp_path / "missing.pem"))
    assert finding.verdict is Verdict.BAD
    assert "cannot load the TLS certificates" in finding.found


def test_the_day_is_counted_from_the_clock_that_is_asked(authority):
    certificate = authority.sign("clock", to_days=30.5)
    with presenting(certificate) as port:
        settings = MqttSettings(host="localhost", port=port, tls=True, ca_file=authority.file)
        import time

        finding = doctor.check_certificate(settings, now_s=lambda: time.time() + 20 * DAY_S)
    assert finding.verdict is Verdict.WARN
