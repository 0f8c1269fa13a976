"""`ecflink audit` says one line per promise, and its exit code says whether they hold."""

from tests.integration.audit.scene import Scene
from tests.integration.ops.command import ecflink


async def test_clean_audit_ends_with_zero_and_a_line_per_promise(scene: Scene) -> None:
    answer = await ecflink(scene, "audit", "--mailbox", scene.mailbox)
    assert answer.code == 0, answer.said + answer.warned
    assert [line.split()[:2] for line in answer.said.splitlines()] == [
        [promise, "clean"] for promise in ("P1", "P2", "P3", "P4", "P5", "P6", "P7", "P9")
    ]


async def test_violation_ends_with_three_and_its_ids(scene: Scene) -> None:
    await scene.execute("DELETE FROM linker.links WHERE cmecf_canonical = 'login9'")
    answer = await ecflink(scene, "audit", "--json")
    assert answer.code == 3
    (line,) = [each for each in answer.rows if each["verdict"] == "VIOLATED"]
    assert line["promise"] == "P3"
    assert line["violations"][0]["what"] == "link of the ledger that is not active"
    assert len(line["violations"][0]["examples"]) == 1


async def test_unaudited_requests_end_with_three(scene: Scene) -> None:
    await scene.execute("UPDATE linker.ledger SET request_source = '/bench' WHERE seq = 1")
    answer = await ecflink(scene, "audit")
    assert answer.code == 3
    assert "P1  unaudited  3 requests of /bench: give --sent FILE" in answer.said


async def test_mailbox_may_come_from_the_environment(scene: Scene) -> None:
    assert "not checked" in (await ecflink(scene, "audit")).said
    assert "not checked" not in (await ecflink(scene, "audit", MAILBOX=str(scene.mailbox))).said


async def test_waiting_ends_when_the_system_is_at_rest(scene: Scene) -> None:
    answer = await ecflink(scene, "audit", "--wait", 20)
    assert "not at rest" not in answer.warned
    await scene.execute("UPDATE notifier.deliveries SET state = 'queued' WHERE letter = 'owner-notice'")
    assert "still not at rest after 1 s" in (await ecflink(scene, "audit", "--wait", 1)).warned
