"""A generated stream against the real system: the ledger shows what the manifest says, and its people are imported."""

from collections import Counter
from pathlib import Path

import pytest

from services.contract.proof import KeyRing
from services.contract.transactions import LinkTransaction
from services.replay.recording.reading import Recording
from services.replay.recording.record import Recorded
from services.replay.scenarios.expected import NOTE, Expected, outcome_name
from services.replay.scenarios.generating import Order, accounts_path, draw, write_accounts, write_recording
from services.replay.scenarios.library import find
from services.runtime.publish import Message
from tests.backends.deployment import Deployment
from tests.integration.auth.command import ecflink
from tests.linking import fixtures
from tests.linking.requests import PROOF_KEYS
from tests.linking.stage import Stage

stage = fixtures.stage


@pytest.fixture
def smoke(tmp_path: Path) -> Path:
    scenario = find("smoke").scenario
    order = Order("smoke", scenario, 7, tmp_path / "smoke.jsonl.zst", scenario.start)
    drawn = draw(scenario, order.seed, order.start)
    write_accounts(order, drawn, lambda _: None)
    write_recording(order, drawn, lambda _: None)
    return order.path


def signed(record: Recorded) -> Message:
    """Return a recorded request as a record of auth's: with its proof."""
    headers = [(name, value or b"") for name, value in record.headers]
    proof = KeyRing.parse(PROOF_KEYS).sign(record.value or b"")
    return Message(record.key or b"", record.value, [*headers, ("proof", proof)])


async def test_ledger_shows_what_the_manifest_says(stage: Stage, smoke: Path) -> None:
    recording = Recording.open(smoke)
    records = [record for batch in recording.batches() for record in batch if record.topic == "link-requests-v1"]
    await stage.publish([signed(record) for record in records])
    stage.start()
    await stage.caught_up()
    rows = [
        LinkTransaction.model_validate_json(row["value"]) for row in await stage.fetch("SELECT * FROM linker.ledger")
    ]
    expected = Expected.model_validate_json(recording.manifest.notes[NOTE])
    assert Counter(outcome_name(row.status, row.reason) for row in rows) == expected.outcomes
    assert await stage.fetch("SELECT FROM linker.dead_letters") == []


@pytest.mark.thorough
async def test_everyone_of_a_stream_is_imported(deployment: Deployment, smoke: Path) -> None:
    count = len(accounts_path(smoke).read_bytes().splitlines())
    answer = await ecflink(deployment.env("auth"), "accounts", "import", str(accounts_path(smoke)))
    assert answer.output == f"{count} accounts created, 0 updated\n"


@pytest.mark.thorough
async def test_one_bad_account_imports_nobody(stage: Stage, smoke: Path) -> None:
    path = accounts_path(smoke)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, lines[0].replace(b'"9000000"', b'"9999999"')]))
    answer = await ecflink(stage.deployment.env("auth"), "accounts", "import", str(path))
    assert f"line {len(lines) + 1}: login abernathyfirm9000000 stands in line 1 already" in answer.errors
    assert await stage.fetch("SELECT FROM auth.pacer_accounts UNION ALL SELECT FROM auth.cmecf_accounts") == []
