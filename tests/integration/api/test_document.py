"""docs/api.md does what it says: its curl commands, run as they stand."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pyotp
import pytest
from defusedxml.ElementTree import fromstring

from tests.integration.api.people import CURLED, FILER, OTP_SEED, PASSWORD
from tests.system import System

_DOCUMENT = Path(__file__).parents[3] / "docs" / "api.md"


def commands() -> list[str]:
    """Return the shell blocks of the document, in its order: JSON, XML, passcode, sign-out."""
    return re.findall(r"```sh\n(.*?)```", _DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


def run(command: str, served: System, token: str = "") -> str:
    told = {"SIGN_ON": served.url, "LOGIN": FILER, "PASSWORD": PASSWORD, "FACTORED": CURLED}
    told |= {"OTP": pyotp.TOTP(OTP_SEED).now(), "TOKEN": token}
    ended = subprocess.run(
        ["bash", "-c", command], check=True, capture_output=True, text=True, env=os.environ | told, timeout=60
    )
    return ended.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_commands(served: System) -> None:
    as_json, as_xml, with_passcode, sign_out = commands()
    signed_in = json.loads(run(as_json, served))
    assert signed_in["loginResult"] == "0"
    assert fromstring(run(as_xml, served)).findtext("loginResult") == "0"
    assert json.loads(run(with_passcode, served))["loginResult"] == "0"
    for _ in range(2):
        assert json.loads(run(sign_out, served, signed_in["nextGenCSO"])) == {"loginResult": "0"}
