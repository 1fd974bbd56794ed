"""A debug log that nobody reads costs no words; one that is read says all."""

import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, logging, sys
logging.basicConfig(level=sys.argv[1], stream=sys.stdout)
from bumble import hci
from tempoband.simulator.clock import run_virtual
from tempoband.simulator.radio import VirtualRadio

async def main():
    async with VirtualRadio.switched_on():
        print(str(hci.HCI_Reset_Command()))

run_virtual(main())
"""


@pytest.mark.parametrize(("level", "spared"), [("WARNING", True), ("DEBUG", False)])
def test_words_for_the_debug_log_are_spared_exactly_when_it_is_off(level, spared):
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM, level], capture_output=True, text=True, check=True
    ).stdout
    assert (said.strip() == "HCI_Reset_Command") is spared
    assert ("CONTROLLER -> HOST" in said) is not spared
