"""HTTPS at home: a real client that trusts the authority gets in, and the authority reaches no further."""

import asyncio
import contextlib
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from tempoband.identity import local_ca
from tempoband.identity.local_ca import CA_FILE, CA_KEY, KEY, certify

NAMES = ("127.0.0.1", "localhost", "tempoband.local")


async def handshake(folder, name: str, ca=None) -> str:
    """What a client that trusts the authority reads from a server with the certificate."""
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(folder / local_ca.CERTIFICATE, folder / KEY)

    async def serve(_reader, writer) -> None:
        writer.write(b"hello")
        with contextlib.suppress(OSError):
            await writer.drain()
            writer.close()
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_side)
    port = server.sockets[0].getsockname()[1]
    client_side = ssl.create_default_context(cafile=ca or folder / CA_FILE)
    try:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=client_side, server_hostname=name
        )
        said = (await reader.read(5)).decode()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return said
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("name", NAMES)
async def test_a_client_that_trusts_the_authority_gets_in_by_every_name(tmp_path, name):
    certify(tmp_path, NAMES)
    assert await handshake(tmp_path, name) == "hello"


async def test_nobody_else_trusts_it_and_no_other_name_is_good(tmp_path):
    certify(tmp_path / "one", NAMES)
    certify(tmp_path / "two", NAMES)
    with pytest.raises(ssl.SSLCertVerificationError):
        await handshake(tmp_path / "one", "localhost", ca=tmp_path / "two" / CA_FILE)
    with pytest.raises(ssl.SSLCertVerificationError):
        await handshake(tmp_path / "one", "another.local")


async def test_stolen_the_authority_is_no_use_for_the_rest_of_the_world(tmp_path, monkeypatch):
    certify(tmp_path, NAMES)
    monkeypatch.setattr(local_ca, "_check", lambda _: None)
    authority = x509.load_pem_x509_certificate((tmp_path / CA_FILE).read_bytes())
    local_ca._issue(tmp_path, authority, ["bank.example", "127.0.0.1"], datetime.now(UTC))
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        await handshake(tmp_path, "bank.example")


def test_keys_are_the_owners_alone(tmp_path):
    certify(tmp_path, NAMES)
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in (CA_KEY, KEY)} == {0o600}


def test_it_is_renewed_in_time_by_the_same_authority(tmp_path):
    now = datetime.now(UTC)
    first = certify(tmp_path, NAMES, now)
    served = first.certificate.read_bytes()
    assert certify(tmp_path, NAMES, now + timedelta(days=300)).certificate.read_bytes() == served
    later = certify(tmp_path, NAMES, now + timedelta(days=380))
    assert later.certificate.read_bytes() != served
    assert later.fingerprint == first.fingerprint


def certified_for(made) -> set[str]:
    certificate = x509.load_pem_x509_certificate(made.certificate.read_bytes())
    told = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(each.value) for each in told}


def test_a_new_address_of_the_machine_is_taken_in_without_a_new_authority(tmp_path):
    first = certify(tmp_path, ("192.168.7.19", *NAMES))
    moved = certify(tmp_path, ("192.168.7.20", *NAMES))
    assert moved.fingerprint == first.fingerprint
    assert certified_for(moved) == {"192.168.7.20", *NAMES}  # the old one may be somebody else's now


async def test_a_new_name_of_the_machine_is_taken_in_by_the_same_authority(tmp_path):
    first = certify(tmp_path, ("kitchen.local", "kitchen", "127.0.0.1"))
    renamed = certify(tmp_path, ("attic.local", "attic", "nas.fritz.box", "127.0.0.1"))
    assert renamed.fingerprint == first.fingerprint
    # A name without a dot could be anything's: the authority vouches for the first one only.
    assert renamed.names == ("attic.local", "nas.fritz.box", "127.0.0.1")
    assert certified_for(renamed) == set(renamed.names)
    for name in renamed.names:
        assert await handshake(tmp_path, name) == "hello"


def test_an_authority_without_its_own_key_is_made_anew(tmp_path):
    first = certify(tmp_path / "one", NAMES)
    certify(tmp_path / "two", NAMES)
    (tmp_path / "two" / CA_KEY).replace(tmp_path / "one" / CA_KEY)
    assert certify(tmp_path / "one", NAMES).fingerprint != first.fingerprint


@pytest.mark.parametrize("name", ["example.org", "8.8.8.8"])
def test_what_is_not_at_home_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="certificate of your own"):
        certify(tmp_path, (name,))


def test_a_damaged_certificate_is_made_anew(tmp_path):
    first = certify(tmp_path, NAMES)
    first.certificate.write_text("rubbish")
    assert certify(tmp_path, NAMES).fingerprint == first.fingerprint
    assert b"BEGIN CERTIFICATE" in first.certificate.read_bytes()
