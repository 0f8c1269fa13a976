"""The API fuzzed from its own document, as it is served: schemathesis in all its phases, with all its checks."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.system import System

CASE_COUNT_MIN: Final = 500
# "Come back later" is in the document; a machine with much else to do says so. Every other 5xx is a failure.
_CONFIG: Final = '[checks.not_a_server_error]\nexpected-statuses = ["2xx", "3xx", "4xx", 503]\n'
_SEED: Final = "20261125"


@pytest.mark.timeout(300)  # each case that reaches an account costs a hash
def test_no_case_breaks_the_document(served: System) -> None:
    config = served.folder / "schemathesis.toml"
    config.write_text(_CONFIG, encoding="utf-8")
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "--no-color", "--config-file", str(config), "run",
        f"{served.url}/services/openapi.json",
        "--checks", "all", "--max-examples", "200", "--seed", _SEED, "--request-timeout", "30",
    ]  # fmt: skip
    run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=240, cwd=served.folder)
    sys.stdout.write(run.stdout)
    assert run.returncode == 0, run.stdout[-6000:]
    generated = re.search(r"(\d+) generated", run.stdout)
    assert generated is not None, run.stdout
    assert int(generated.group(1)) >= CASE_COUNT_MIN
