"""HTTPS at home: a certificate authority of this machine's own, and a certificate for its names.

Phones trust what the authority signs once its certificate is installed. So that this trust reaches no further
than the home, the authority is limited (name constraints) to private addresses and to names that only a home
knows. A machine that moves to another address or name keeps its authority. Keys are readable by their owner
only.
"""

import contextlib
import ipaddress
import os
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tempoband.contracts.hosts import is_address

CA_FILE, CA_KEY, CERTIFICATE, KEY = "home-ca.pem", "home-ca.key", "home.pem", "home.key"
_CA_DAYS = 3650
_DAYS = 397  # phones refuse certificates that are good for longer
_RENEW_DAYS = 30
_BACK = timedelta(hours=1)  # clocks of phones may be behind
_PRIVATE = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
)
_LOCAL = ("local", "lan", "home.arpa", "fritz.box")  # no such names on the internet


@dataclass(frozen=True, slots=True)
class Certified:
    """Where the files are.

    Attributes:
        ca: the authority's certificate, to install.
        certificate: what is served, with its chain.
        key: its key.
        fingerprint: the authority's SHA-256, for comparing by eye.
        names: what the certificate is for, in the order asked for; names the authority does not cover are
            left out, since another authority would have to be trusted anew by every phone.
    """

    ca: Path
    certificate: Path
    key: Path
    fingerprint: str
    names: tuple[str, ...]


def certify(folder: Path, names: Collection[str], now: datetime | None = None) -> Certified:
    """A certificate for these host names and addresses; made anew when it ends soon or a name is new.

    Raises:
        OSError: the folder cannot be written.
        ValueError: a name that is neither local nor a private address.
    """
    now = now or datetime.now(UTC)
    for name in names:
        _check(name)
    folder.mkdir(parents=True, exist_ok=True)
    authority = _authority(folder, names, now)
    covered = tuple(name for name in names if _covers(authority, name))
    if not _still_good(folder, authority, covered, now):
        _issue(folder, authority, covered, now)
    print_of = _fingerprint(authority)
    return Certified(folder / CA_FILE, folder / CERTIFICATE, folder / KEY, print_of, covered)


def _covers(authority: x509.Certificate, name: str) -> bool:
    if is_address(name):
        return True
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    permitted = [each.value for each in limits.permitted_subtrees or () if isinstance(each, x509.DNSName)]
    return any(name == each or name.endswith(f".{each}") for each in permitted)


def _authority(folder: Path, names: Collection[str], now: datetime) -> x509.Certificate:
    """The kept authority, unless it is damaged or over before the next certificate would be."""
    with contextlib.suppress(OSError, ValueError, x509.ExtensionNotFound):
        kept = x509.load_pem_x509_certificate((folder / CA_FILE).read_bytes())
        key = serialization.load_pem_private_key((folder / CA_KEY).read_bytes(), None)
        kept.extensions.get_extension_for_class(x509.NameConstraints)
        whole = key.public_key() == kept.public_key()
        if whole and kept.not_valid_after_utc - now > timedelta(days=_DAYS):
            return kept
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "tempoband"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"tempoband at home {secrets.token_hex(3)}"),
        ]
    )
    bare = {name for name in names if not is_address(name) and "." not in name}
    local = [x509.DNSName(name) for name in sorted({*bare, *_LOCAL, "localhost"})]
    private = [x509.IPAddress(ipaddress.ip_network(each)) for each in _PRIVATE]
    certificate = (
        _builder(subject, subject, key.public_key(), now, _CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints([*local, *private], None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(folder / CA_KEY, _key_bytes(key), 0o600)
    _write(folder / CA_FILE, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    return certificate


def _issue(folder: Path, authority: x509.Certificate, names: Collection[str], now: datetime) -> None:
    ca_key = serialization.load_pem_private_key((folder / CA_KEY).read_bytes(), None)
    if not isinstance(ca_key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{folder / CA_KEY} is no key of ours")
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tempoband")])
    told = x509.SubjectAlternativeName([_general(name) for name in sorted(names)])
    certificate = (
        _builder(subject, authority.subject, key.public_key(), now, _DAYS)
        .add_extension(told, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    _write(folder / KEY, _key_bytes(key), 0o600)
    chain = [each.public_bytes(serialization.Encoding.PEM) for each in (certificate, authority)]
    _write(folder / CERTIFICATE, b"".join(chain), 0o644)


def _still_good(folder: Path, authority: x509.Certificate, names: Collection[str], now: datetime) -> bool:
    try:
        kept = x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())
        kept.verify_directly_issued_by(authority)
        told = kept.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except Exception:  # noqa: BLE001 - whatever is wrong with it, a new one is the remedy
        return False
    known = {str(each.value) for each in told}
    ends_in = kept.not_valid_after_utc - now
    # The last address of a machine that has moved may be somebody else's now.
    return set(names) == known and ends_in > timedelta(days=_RENEW_DAYS) and (folder / KEY).exists()


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACK)
        .not_valid_after(now - _BACK + timedelta(days=days))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def is_local(name: str) -> bool:
    """Whether the authority may vouch for it: a private address, or a name only a home's network knows."""
    if is_address(name):
        return any(ipaddress.ip_address(name) in ipaddress.ip_network(each) for each in _PRIVATE)
    return "." not in name or name.endswith(tuple(f".{each}" for each in _LOCAL))


def _check(name: str) -> None:
    if not is_local(name):
        raise ValueError(f"{name} is no name or address at home: give a certificate of your own for it")


def _general(name: str) -> x509.GeneralName:
    return x509.IPAddress(ipaddress.ip_address(name)) if is_address(name) else x509.DNSName(name)


def _fingerprint(certificate: x509.Certificate) -> str:
    text = certificate.fingerprint(hashes.SHA256()).hex().upper()
    return ":".join(text[at : at + 2] for at in range(0, len(text), 2))


def _key_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    draft.replace(path)
