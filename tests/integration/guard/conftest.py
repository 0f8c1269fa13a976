"""The guard's stage."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.runtime.settings import KafkaSettings
from tests.integration.guard.stage import GuardStage


@pytest.fixture
def guard(topics: KafkaSettings, tmp_path: Path) -> Iterator[GuardStage]:
    """A stage on which no guard runs yet."""
    with GuardStage(topics, tmp_path) as stage:
        yield stage
