"""The stage as a fixture, for every folder that asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backends.deployment import Deployment
from tests.linking.stage import Stage


@pytest.fixture
def stage(deployment: Deployment, tmp_path: Path) -> Iterator[Stage]:
    """A deployment of this test's own, and its linkers."""
    with Stage(deployment, tmp_path) as made:
        yield made
