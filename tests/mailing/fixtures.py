"""A deployment with the seed's court, and whoever publishes transactions in it."""

import pytest

from tests.backends.deployment import Deployment
from tests.mailing.acting import Linker, open_court


@pytest.fixture
async def linker(deployment: Deployment) -> Linker:
    await open_court(deployment)
    return Linker(deployment)
