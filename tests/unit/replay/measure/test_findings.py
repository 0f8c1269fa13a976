"""audit.json: whole, or told as missing and out of the way."""

from pathlib import Path

import pytest

from services.replay.measure.findings import AuditFile
from services.replay.measure.results import AuditSummary
from services.replay.outcome import Unusable

CLEAN = AuditSummary(outcome="clean")


def test_finished_file_has_the_summary(tmp_path: Path) -> None:
    with AuditFile(tmp_path) as file:
        file.close(CLEAN)
    assert [path.name for path in tmp_path.iterdir()] == ["audit.json"]


def test_full_disk_is_told_and_the_draft_makes_room(tmp_path: Path) -> None:
    (tmp_path / "audit.json.part").symlink_to("/dev/full")
    with pytest.raises(Unusable, match="No space left on device"), AuditFile(tmp_path) as file:
        file.close(CLEAN)
    assert not list(tmp_path.iterdir())


def test_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="No such file"), AuditFile(tmp_path / "gone"):
        pass
