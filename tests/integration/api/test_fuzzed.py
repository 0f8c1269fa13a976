"""The API fuzzed from its own document, as it is served: schemathesis in all its phases, with all its checks."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.backends.tally import PREFIX
from tests.system import System

CASE_COUNT_MIN: Final = 300
# "Come back later" is in the document; a machine with much else to do says so. Every other 5xx is a failure.
_CONFIG: Final = '[checks.not_a_server_error]\nexpected-statuses = ["2xx", "3xx", "4xx", 503]\n'
_SEED: Final = "20261125"


# In XML every value is text: a type that a negative case breaks on purpose is not broken when it arrives.
_EXCLUDED: Final[dict[str, list[str]]] = {
    "application/json": [],
    "text/xml": ["--exclude-checks", "negative_data_rejection"],
}


@pytest.mark.thorough
@pytest.mark.timeout(300)  # each case that reaches an account costs a hash
@pytest.mark.parametrize("media_type", _EXCLUDED)
def test_no_case_breaks_the_document(
    served: System, media_type: str, record_property: Callable[[str, object], None]
) -> None:
    config, document = served.folder / "schemathesis.toml", served.folder / "openapi.json"
    config.write_text(_CONFIG, encoding="utf-8")
    document.write_text(json.dumps(_of_one_type(served, media_type)), encoding="utf-8")
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "--no-color", "--config-file", str(config), "run",
        str(document), "--url", served.url,
        "--checks", "all", *_EXCLUDED[media_type], "--max-examples", "200", "--seed", _SEED, "--request-timeout", "30",
    ]  # fmt: skip
    run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=240, cwd=served.folder)
    sys.stdout.write(run.stdout)
    assert run.returncode == 0, run.stdout[-6000:]
    generated = re.search(r"(\d+) generated", run.stdout)
    assert generated is not None, run.stdout
    record_property(f"{PREFIX}schemathesis: cases without a failure", int(generated.group(1)))
    assert int(generated.group(1)) >= CASE_COUNT_MIN


def _of_one_type(served: System, media_type: str) -> dict[str, Any]:
    """Return the document as it is served, with one way to send a body."""
    document: dict[str, Any] = httpx.get(f"{served.url}/services/openapi.json").json()
    for path in document["paths"].values():
        for operation in path.values():
            content = operation.get("requestBody", {}).get("content", {})
            for other in set(content) - {media_type}:
                del content[other]
    return document
