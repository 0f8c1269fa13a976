"""The agent without a broker: it hands on each record in turn, as raw bytes, and acknowledges none by itself."""

from pathlib import Path
from typing import Any

import pytest

from services.auth.guard.settings import GuardSettings
from services.auth.guard.stream import count_with, faust_app
from services.runtime.settings import load


async def test_agent_hands_on_raw_records_in_turn(tmp_path: Path) -> None:
    settings = load(GuardSettings, kafka_bootstrap_servers="127.0.0.1:1", state_path=tmp_path / "deep" / "guard")
    app = faust_app(settings, 3)
    taken: list[Any] = []

    async def take(_: Any, event: Any) -> None:  # noqa: ANN401 - Faust's own
        taken.append((event.message.key, event.message.value, event.message.acked))

    agent = count_with(app, settings, take)
    app.finalize()
    async with agent.test_context() as tested:
        await tested.put(b'{"no":', key=b"\xff")
        await tested.put(b"second", key=b"a")
    # The consumer's thread never started, so nobody else closes its loop.
    consumer: Any = app.consumer
    consumer._thread.thread_loop.close()  # noqa: SLF001

    assert taken == [(b"\xff", b'{"no":', False), (b"a", b"second", False)]


@pytest.mark.parametrize("protocol", ["SSL", "SASL_SSL", "SASL_PLAINTEXT"])
async def test_broker_is_reached_as_the_settings_say(tmp_path: Path, protocol: str) -> None:
    settings = load(
        GuardSettings,
        kafka_bootstrap_servers="one:9094,two:9094",
        kafka_security_protocol=protocol,
        kafka_sasl_username="ecflink",
        kafka_sasl_password="the password",
        state_path=tmp_path,
    )
    conf = faust_app(settings, 3).conf
    assert [str(url) for url in conf.broker] == ["kafka://one:9094", "kafka://two:9094"]
    credentials: Any = conf.broker_credentials
    assert credentials.protocol.value == protocol
    if "SASL" in protocol:
        assert credentials.mechanism.value == "SCRAM-SHA-512"
        assert credentials.password == "the password"
    assert conf.web_bind == "127.0.0.1"
    assert not conf.stream_wait_empty
