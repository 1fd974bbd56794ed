"""Starting: what is refused, in words, before anybody can reach it."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from dashboard.access.settings import keyring
from dashboard.settings import DashboardSettings
from tempoband.identity.errors import IdentityError
from tests.accounts.people import SECRET

GOOD = {"accounts": True, "public_url": "https://clinic.example", "trusted_proxies": ("10.0.0.2",)}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"accounts": False, "trusted_proxies": ()}, "set accounts to true"),
        ({"trusted_proxies": ()}, "passwords would travel readable"),
        ({"public_url": ""}, "give public_url"),
        ({"public_url": "http://clinic.example"}, "give public_url"),
        ({"secret": SecretStr("changeme")}, "at least 32 random characters"),
        ({"secret": SecretStr("a" * 40)}, "at least 32 random characters"),
        ({"trusted_proxies": ("0.0.0.0/0",)}, "trusts too many"),
        ({"trusted_proxies": ("*",)}, "no address or network"),
        ({"tls_certificate": Path("nowhere.pem")}, "both tls_certificate and tls_key"),
        ({"tls_certificate": Path("nowhere.pem"), "tls_key": Path("nowhere.key")}, "no file nowhere.pem"),
    ],
)
def test_off_loopback_it_refuses_to_start_in_words(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        DashboardSettings(host="0.0.0.0", **(GOOD | changes))  # type: ignore[arg-type]  # noqa: S104


def test_with_accounts_secret_and_proxy_it_starts() -> None:
    made = DashboardSettings(host="0.0.0.0", secret=SecretStr(SECRET), **GOOD)  # type: ignore[arg-type]  # noqa: S104
    assert made.answered_hosts() == {"clinic.example"}


def test_behind_a_proxy_accounts_are_needed_on_loopback_too() -> None:
    with pytest.raises(ValidationError, match="behind a reverse proxy everybody can ask"):
        DashboardSettings(trusted_proxies=("127.0.0.1",))


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings = DashboardSettings(accounts=True, data_dir=tmp_path)
    first = keyring(settings, tmp_path)
    kept = tmp_path / "secret.key"
    assert kept.stat().st_mode & 0o077 == 0
    again = keyring(settings, tmp_path)
    assert again.unseal(first.seal("seed")) == "seed"
    kept.chmod(0o644)
    with pytest.raises(IdentityError, match="others on this machine can read"):
        keyring(settings, tmp_path)
