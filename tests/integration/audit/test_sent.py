"""Requests of other producers than auth: unaudited without their producer's manifest, audited with it."""

import hashlib
import json
from pathlib import Path

import pytest

from services.audit.lines import Verdict
from services.audit.sent import BadManifest
from tests.integration.audit.scene import Scene
from tests.linking.requests import requested

_OF_A_BENCHMARK = "UPDATE linker.ledger SET request_source = '/bench'"


async def test_without_a_manifest_they_are_unaudited(scene: Scene) -> None:
    await scene.execute(_OF_A_BENCHMARK)
    line = (await scene.audit())["P1"]
    assert line.verdict is Verdict.UNAUDITED
    assert "38 requests of /bench: give --sent FILE" in str(line)


async def test_manifest_tells_what_was_lost_and_what_was_never_sent(scene: Scene, tmp_path: Path) -> None:
    await scene.execute(_OF_A_BENCHMARK)
    line = (await scene.audit(sent=_manifest(tmp_path, 1, 2, 999)))["P1"]
    assert [(each.what.partition(",")[0], each.count) for each in line.violations] == [
        ("sent by another producer", 1),
        ("recorded", 36),
    ]


async def test_broken_manifest_names_its_line(scene: Scene, tmp_path: Path) -> None:
    path = _manifest(tmp_path, 1)
    path.write_text(path.read_text() + '{"request_id": 5}\n')
    with pytest.raises(BadManifest, match="line 2"):
        await scene.audit(sent=path)


def _manifest(folder: Path, *numbers: int) -> Path:
    entries = [(request.request_id, request.encode()) for request in map(requested, numbers)]
    path = folder / "sent.jsonl"
    lines = [
        json.dumps({"request_id": str(key), "digest": hashlib.sha256(value).hexdigest()}) for key, value in entries
    ]
    path.write_text("".join(f"{line}\n" for line in lines))
    return path
