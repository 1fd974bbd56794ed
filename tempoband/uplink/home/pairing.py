"""Pairs a home with its clinic: six digits go there, a credential comes back and is kept."""

import socket
import ssl
from pathlib import Path

import httpx
from pydantic import SecretStr, ValidationError

from tempoband import __version__
from tempoband.contracts.homes import PROTOCOL_MAX, PROTOCOL_MIN, PairingAsk, PairingGrant
from tempoband.uplink.errors import UplinkError, UplinkReason
from tempoband.uplink.home import credential
from tempoband.uplink.home.credential import ClinicCredential

_PATIENCE_S = 20.0


def pair(folder: Path, url: str, code: str, *, ca_file: Path | None = None) -> ClinicCredential:
    """Pair and keep the credential in the data folder; the code is then used up.

    Raises:
        UplinkError: the address is none, the clinic cannot be reached, or it says no.
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
    try:
        verify = ssl.create_default_context(cafile=ca_file) if base.startswith("https") else True
        answer = httpx.post(
            f"{base}/api/pairing", json=ask.model_dump(), verify=verify, timeout=_PATIENCE_S, trust_env=False
        )
    except (httpx.TransportError, OSError) as error:
        raise UplinkError(
            UplinkReason.UNREACHABLE, f"the clinic at {base} cannot be reached: {error}"
        ) from error
    if answer.status_code != httpx.codes.CREATED:
        raise UplinkError(UplinkReason.REFUSED, f"the clinic said no: {_words(answer)}")
    try:
        return PairingGrant.model_validate_json(answer.content)
    except ValidationError as error:
        raise UplinkError(UplinkReason.REFUSED, f"{base} does not answer like a tempoband clinic") from error


def _words(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status_code}"
