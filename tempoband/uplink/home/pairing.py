"""Pairs a home with its clinic: six digits go there, a credential comes back and is kept."""

import socket
import ssl
from pathlib import Path

import httpx
from pydantic import SecretStr, ValidationError

from tempoband import __version__
from tempoband.contracts.homes import PROTOCOL_MAX, PROTOCOL_MIN, PairingAsk, PairingGrant
from tempoband.messaging.words import socket_words
from tempoband.uplink.errors import UplinkError, UplinkReason
from tempoband.uplink.home import credential
from tempoband.uplink.home.credential import ClinicCredential

_PATIENCE_S = 20.0


def pair(folder: Path, url: str, code: str, *, ca_file: Path | None = None) -> ClinicCredential:
    """Pair and keep the credential in the data folder; the code is then used up.

    Raises:
        UplinkError: the address is none, the clinic cannot be reached, or it says no; the data folder cannot
            be written to, and the code stays good.
    """
    scheme, host, port, path = credential.split_url(url)
    digits = "".join(character for character in code if character.isdigit())
    if len(digits) != 6:
        raise UplinkError(UplinkReason.REFUSED, "a pairing code has six digits")
    ask = PairingAsk(
        code=digits,
        name=socket.gethostname()[:64] or "home",
        version=__version__,
        protocol_min=PROTOCOL_MIN,
        protocol_max=PROTOCOL_MAX,
    )
    credential.make_room(folder)
    base = f"{scheme}://[{host}]:{port}{path}" if ":" in host else f"{scheme}://{host}:{port}{path}"
    grant = _ask(base, ask, ca_file)
    kept = ClinicCredential(
        url=base,
        home=grant.home,
        secret=SecretStr(grant.secret),
        clinic_name=grant.clinic_name,
        mqtt_url=grant.mqtt_url,
        ca_file=ca_file.resolve() if ca_file else None,
    )
    credential.save(folder, kept)
    return kept


def _ask(base: str, ask: PairingAsk, ca_file: Path | None) -> PairingGrant:
    verify = _trust(ca_file) if base.startswith("https") else True
    try:
        answer = httpx.post(
            f"{base}/api/pairing", json=ask.model_dump(), verify=verify, timeout=_PATIENCE_S, trust_env=False
        )
    except (httpx.HTTPError, OSError) as error:
        raise UplinkError(UplinkReason.UNREACHABLE, _why(base, error, ca_file)) from error
    if answer.status_code != httpx.codes.CREATED:
        raise UplinkError(UplinkReason.REFUSED, f"the clinic said no: {_words(answer)}")
    try:
        return PairingGrant.model_validate_json(answer.content)
    except ValidationError as error:
        raise UplinkError(UplinkReason.REFUSED, f"{base} does not answer like a tempoband clinic") from error


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # also when it is no certificate
        words = f"--clinic-ca {ca_file}: no certificate can be read from it ({socket_words(error)})"
        raise UplinkError(UplinkReason.BAD_FILE, words) from error


def _why(base: str, error: Exception, ca_file: Path | None) -> str:
    """Why the clinic was not reached, and what to do."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__cause__ or cause.__context__
    match cause:
        case ssl.SSLCertVerificationError():
            what = (
                f"this machine does not trust the certificate of {base}: {cause.verify_message.rstrip('.')}"
            )
            own = (
                "is --clinic-ca that of this clinic?"
                if ca_file
                else "has it its own authority: --clinic-ca FILE"
            )
            return f"{what}; nothing was sent. If the address is right: {own}"
        case ssl.SSLError():
            return f"{base} does not speak TLS there ({socket_words(cause)}): check the address and the port"
        case socket.gaierror():
            return f"there is no machine of the name in {base}: check the address, or your connection"
        case ConnectionRefusedError():
            return f"nothing answers at {base}: is the clinic's server running, and the port right?"
    if isinstance(error, httpx.TimeoutException):
        return f"{base} did not answer within {_PATIENCE_S:g} s: try again later, the code stays good"
    words = socket_words(cause or error)
    return f"the clinic at {base} cannot be reached: {words}"


def _words(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status_code}"
