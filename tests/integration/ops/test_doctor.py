"""The doctor finds nothing where nothing is wrong, and names what mends what is."""

from typing import Any

import pytest

from tests.backends.smtp import MailServer
from tests.integration.audit.scene import Scene
from tests.integration.ops.command import Answer, ecflink


async def test_healthy_deployment_has_no_errors(scene: Scene, smtp: MailServer) -> None:
    mail = {"SMTP_HOST": smtp.host, "SMTP_PORT": str(smtp.port), "SMTP_SECURITY": "none"}
    answer = await ecflink(scene, "doctor", "--role", "linker", "--json", **mail)
    assert answer.code == 0, answer.said
    parts = {finding["part"] for finding in answer.rows if finding["level"] == "ok"}
    assert {"settings of linker", "Postgres", "Kafka", "clock", "proof keys", f"SMTP {smtp.host}:{smtp.port}"} <= parts


async def test_missing_migration_is_found(scene: Scene) -> None:
    await scene.execute("DELETE FROM public.migrations WHERE service = 'notifier'")
    fixes = _fixes(await ecflink(scene, "doctor", "--json"))
    missing = next(finding for finding in fixes if finding.startswith("migrations missing: "))
    assert "notifier/0001_deliveries.sql" in missing
    assert fixes[missing] == "run `ecflink migrate`"


@pytest.mark.thorough
async def test_missing_topics_are_found(scene: Scene) -> None:
    fixes = _fixes(await ecflink(scene, "doctor", "--json", TOPIC_PREFIX="elsewhere-"))
    for topic in ("courts-v1", "ecflink-guard-state-changelog"):
        assert fixes[f"topic elsewhere-{topic} does not exist"] == "run `ecflink topics`"


async def test_server_that_does_not_answer_is_found(scene: Scene) -> None:
    down = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": "1"}
    answer = await ecflink(scene, "doctor", "--json", "--url", "http://127.0.0.1:1/", **down)
    parts = {finding["part"] for finding in answer.rows if finding["level"] == "error"}
    assert parts == {"Kafka", "SMTP 127.0.0.1:1", "auth http://127.0.0.1:1/", "proof keys"}


async def test_every_fault_of_a_role_is_told(scene: Scene) -> None:
    wrong = {"HTTP_PORT": "99999", "FORM_SECRET": "changeme", "FACTOR_SECRET": "", "MANAGEMENT_PORT": "x"}
    fixes = _fixes(await ecflink(scene, "doctor", "--role", "auth", "--json", **wrong))
    assert {finding.partition(":")[0] for finding in fixes} == set(wrong)


async def test_proof_key_that_is_missing_is_found(scene: Scene) -> None:
    fixes = _fixes(await ecflink(scene, "doctor", "--json", PROOF_KEYS=f"k9:{'2c' * 32}"))
    assert "k1 is not in PROOF_KEYS, but still named by open dead letters" in fixes


def _fixes(answer: Answer) -> dict[str, Any]:
    assert answer.code == 1, answer.said + answer.warned
    return {finding["finding"]: finding["fix"] for finding in answer.rows if finding["level"] == "error"}
