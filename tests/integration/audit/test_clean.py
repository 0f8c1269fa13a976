"""A system at rest passes, and what is under way is told as such."""

from services.audit.audit import passes
from tests.integration.audit.scene import Scene


async def test_clean_system_passes(scene: Scene) -> None:
    lines = await scene.audit()
    assert passes(list(lines.values())), "\n".join(map(str, lines.values()))
    assert list(lines) == ["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P9"]
    assert not any(line.in_flight for line in lines.values() if line.promise != "P1")
