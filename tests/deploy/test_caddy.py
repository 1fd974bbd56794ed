"""The Caddyfile, as Caddy itself reads it, where it is installed."""

import json
import os
import shutil
import subprocess

import pytest

from tests.conftest import PROJECT


@pytest.mark.skipif(not shutil.which("caddy"), reason="NO CADDY: apt-get install caddy")
def test_caddy_accepts_the_file_and_tells_browsers_to_use_https() -> None:
    environment = {**os.environ, "TEMPOBAND_NAME": "clinic.example", "TEMPOBAND_PORT": "8765"}
    adapt = ["caddy", "adapt", "--config", str(PROJECT / "deploy" / "Caddyfile"), "--validate"]
    out = subprocess.run(adapt, env=environment, capture_output=True, check=True).stdout
    server = json.dumps(json.loads(out)["apps"]["http"]["servers"])
    assert '"host": ["clinic.example"]' in server
    assert '"dial": "127.0.0.1:8765"' in server
    assert "Strict-Transport-Security" in server
