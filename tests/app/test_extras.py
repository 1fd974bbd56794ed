"""A role's extra is enough for that role: every package outside it is hidden, then the role is imported."""

import json
import subprocess
import sys
from importlib import metadata

import pytest
from packaging.requirements import Requirement

ROLES = {
    "bridge": ["firmware_bridge.bridge", "firmware_bridge.settings", "firmware_bridge.drivers.progressor"],
    "ingest": ["ingest.service", "ingest.settings", "tempoband.storage.timeseries.open"],
    "analytics": ["analytics.service", "analytics.settings"],
    "dashboard": ["dashboard.app", "tempoband.app.running.web_server"],
    "simulator": ["tempoband.simulator.wearer", "tempoband.simulator.progressor"],
}
# Runs in a fresh interpreter: whatever is not allowed looks as if it were not installed.
PROGRAM = """
import json, sys
hidden, modules = json.loads(sys.argv[1])
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"not in this extra: {name}", name=name)
sys.meta_path.insert(0, Hide())
import importlib
for module in modules:
    importlib.import_module(module)
"""


def needed(extra: str) -> set[str]:
    """Distributions that ``tempoband[extra]`` brings, with all that they need."""
    found: set[str] = set()
    waiting = [Requirement(f"tempoband[{extra}]")]
    while waiting:
        requirement = waiting.pop()
        name = requirement.name.lower().replace("_", "-")
        for text in metadata.requires(requirement.name) or []:
            inner = Requirement(text)
            wanted = [{"extra": extra} for extra in requirement.extras] or [{"extra": ""}]
            if inner.marker is None or any(inner.marker.evaluate(environment) for environment in wanted):
                key = f"{inner.name.lower()}[{','.join(sorted(inner.extras))}]"
                if key not in found:
                    found |= {key}
                    waiting.append(inner)
        found.add(name)
    return {name.partition("[")[0].replace("_", "-") for name in found}


def hidden_packages(extra: str) -> list[str]:
    allowed = needed(extra)
    return sorted(
        package
        for package, distributions in metadata.packages_distributions().items()
        if not any(d.lower().replace("_", "-") in allowed for d in distributions)
    )


@pytest.mark.parametrize("extra", ROLES)
def test_the_extra_is_enough(extra):
    hidden = hidden_packages(extra)
    assert "pytest" in hidden, "the test hides what the extra does not bring"
    arguments = json.dumps([hidden, ["tempoband.app.cli", "tempoband.app.running.roles", *ROLES[extra]]])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, arguments], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_bridge_stays_light():
    assert not needed("bridge") & {"sqlalchemy", "fastapi", "uvicorn", "scipy", "numba", "amqtt", "bumble"}
