"""What ``tempoband up`` says when a home and its clinic do not come together: a sentence, and what to do."""

import asyncio
import contextlib
import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from dashboard.access.settings import keyring
from dashboard.settings import DashboardSettings
from tempoband.app.errors import AppError
from tempoband.app.running.chain import Household, run_household
from tempoband.app.running.home_https import open_home
from tempoband.app.running.up import PairWith, clinic_of
from tempoband.app.running.web_server import bind
from tempoband.identity.errors import IdentityError
from tempoband.uplink.home import credential
from tests.support.certificates import Authority
from tests.support.processes import free_port


class Answering(http.server.BaseHTTPRequestHandler):
    """A clinic that has one answer."""

    status: ClassVar[int] = 403
    answer: ClassVar[bytes] = json.dumps({"detail": "this code is wrong"}).encode()

    def do_POST(self) -> None:
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextlib.contextmanager
def clinic(handler: type[Answering] = Answering, tls: tuple[Path, Path] | None = None) -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def refusal(folder: Path, url: str, code: str = "123456", ca_file: Path | None = None) -> str:
    with pytest.raises(AppError) as caught:
        clinic_of(folder, PairWith(url, code, ca_file))
    assert not (folder / credential.FILE).exists()
    return str(caught.value)


def test_a_wrong_or_old_code_is_told_in_the_clinics_own_words(tmp_path):
    with clinic() as port:
        assert refusal(tmp_path, f"http://127.0.0.1:{port}") == "the clinic said no: this code is wrong"
    assert "six digits" in refusal(tmp_path, "http://127.0.0.1:1", "12345")


def test_a_clinic_that_is_down_or_misspelt(tmp_path):
    assert "nothing answers at" in refusal(tmp_path, f"http://127.0.0.1:{free_port()}")
    assert "no machine of the name" in refusal(tmp_path, "https://clinic.invalid")
    assert "no address of a clinic" in refusal(tmp_path, "clinic.example")


def test_something_else_that_answers(tmp_path):
    class Router(Answering):
        status, answer = 200, b"<html>router</html>"

    with clinic(Router) as port:
        assert "status 200" in refusal(tmp_path, f"http://127.0.0.1:{port}")
        assert "does not speak TLS" in refusal(tmp_path, f"https://127.0.0.1:{port}")


def test_a_certificate_that_this_machine_does_not_know(tmp_path):
    authority, other = Authority(tmp_path / "ca"), Authority(tmp_path / "other", "other")
    with clinic(tls=authority.sign("clinic", "127.0.0.1")) as port:
        url = f"https://127.0.0.1:{port}"
        assert "--clinic-ca FILE" in refusal(tmp_path, url)
        assert "is --clinic-ca that of this clinic?" in refusal(tmp_path, url, ca_file=other.file)
        assert "no certificate can be read" in refusal(tmp_path, url, ca_file=tmp_path / "none.pem")
        assert refusal(tmp_path, url, ca_file=authority.file) == "the clinic said no: this code is wrong"


def test_a_code_is_not_used_up_where_nothing_can_be_kept(tmp_path):
    (tmp_path / f"{credential.FILE}.new").mkdir()  # a file could not be made for any other reason either
    with clinic() as port:
        assert "no code was used up" in refusal(tmp_path, f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: (path.write_text("x" * 40), path.chmod(0o644)), "others on this machine can read"),
        (lambda path: path.mkdir(mode=0o700), "cannot be read or made"),
        (lambda path: (path.write_text(""), path.chmod(0o600)), "is empty"),
        (lambda path: (path.write_text("short"), path.chmod(0o600)), "32 random characters"),
        (lambda path: (path.write_bytes(b"\xff" * 40), path.chmod(0o600)), "no text"),
    ],
)
def test_a_secret_that_is_no_good_stops_it_with_a_sentence(tmp_path, spoil, words):
    spoil(tmp_path / "secret.key")
    with pytest.raises(IdentityError, match=words):
        keyring(DashboardSettings(accounts=True, data_dir=tmp_path), tmp_path)


async def test_up_ends_with_that_sentence_and_does_not_try_again(tmp_path):
    (tmp_path / "secret.key").mkdir(mode=0o700)
    with bind("127.0.0.1", 0) as listener:
        household = Household(
            mode="up", data_dir=tmp_path, listener=listener, opened=open_home(tmp_path, None, None, "")
        )
        async with asyncio.timeout(60):
            with pytest.raises(AppError, match="it has to be a file of this account"):
                await run_household(household, asyncio.Event())
