"""Mail over a private line: STARTTLS with one's own authority, an account, and every refusal in words."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import SecretStr

from dashboard.mail.smtp import MailError, Security, SmtpSettings, compose, send
from tests.dashboard.postbox import AnyPort, Postbox
from tests.support.certificates import Authority

WHO, WORD = "clinic", "right horse"
TO = ("physio@example.org",)


@dataclass(frozen=True)
class Server:
    """A mail server that takes mail only encrypted and from an account."""

    box: Postbox
    settings: SmtpSettings

    def post(self, **changes: object) -> None:
        settings = self.settings.model_copy(update=changes)
        send(settings, compose(settings, TO, "tempoband: 1 of 2", "One person needs a look."))


def knows(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=(data.login, data.password) == (WHO.encode(), WORD.encode()), handled=False)


def context(authority: Authority, host: str) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*authority.sign("mail", host))
    return made


def with_account(host: str, **more: object) -> SmtpSettings:
    sender = "tempoband@example.org"
    return SmtpSettings(host=host, username=WHO, password=SecretStr(WORD), sender=sender, **more)


@contextmanager
def serving(authority: Authority, *, host: str = "127.0.0.1", tls: bool = True) -> Iterator[Server]:
    box = Postbox()
    given = {"tls_context": context(authority, host), "require_starttls": True} if tls else {}
    controller = AnyPort(
        box,
        hostname="127.0.0.1",
        port=0,
        authenticator=knows,
        auth_required=tls,
        auth_require_tls=True,
        **given,
    )
    controller.start()
    settings = with_account("127.0.0.1", port=controller.port, authority=authority.file)
    try:
        yield Server(box, settings)
    finally:
        controller.stop()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def refused(post: Callable[[], None]) -> str:
    with pytest.raises(MailError) as caught:
        post()
    said = str(caught.value)
    assert WORD not in said
    assert not [address for address in TO if address in said]
    return said


def test_encrypted_and_logged_in(authority: Authority) -> None:
    with serving(authority) as server:
        server.post()
        [(to, message)] = server.box.mails
    assert (to, message["Subject"], message["Bcc"]) == (list(TO), "tempoband: 1 of 2", None)


def test_a_wrong_password_is_said_as_that(authority: Authority) -> None:
    with serving(authority) as server:
        said = refused(lambda: server.post(password=SecretStr("wrong horse")))
        assert "refused the account or its password (535)" in said
        assert server.box.mails == []


def test_a_certificate_nobody_vouches_for_is_refused_and_what_to_do_is_said(authority: Authority) -> None:
    with serving(authority) as server:
        said = refused(lambda: server.post(authority=None))
        assert "certificate is not to be trusted" in said
        assert "TEMPOBAND_DASHBOARD_SMTP__AUTHORITY" in said
        assert server.box.mails == []


def test_a_certificate_of_another_server_is_refused(authority: Authority) -> None:
    with serving(authority, host="other.example.org") as server:
        assert "certificate is not to be trusted" in refused(server.post)


def test_a_server_without_encryption_gets_neither_mail_nor_password(authority: Authority) -> None:
    with serving(authority, tls=False) as server:
        assert "offers no encryption" in refused(server.post)
        assert "it asks for no account here" in refused(lambda: server.post(security=Security.NONE))
        assert server.box.mails == []


def test_the_wrong_kind_of_line_and_nobody_there_are_told_apart(authority: Authority) -> None:
    with serving(authority) as server:
        assert "port 587 usually wants starttls" in refused(lambda: server.post(security=Security.TLS))
    assert "nothing answers on port" in refused(server.post)


def test_a_password_never_leaves_this_machine_in_the_clear() -> None:
    settings = with_account("mail.example.org", security=Security.NONE)
    assert "in the clear" in refused(lambda: send(settings, compose(settings, TO, "s", "b")))
