"""The sink of a rehearsal is told from the real mail server by address, and is not written to while that is unknown."""

import pytest
from structlog.testing import capture_logs

from services.notifier.post import Connection
from services.notifier.settings import NotifierSettings
from services.notifier.sink import check_sink, to_sink
from services.runtime.faults import Halt, Transient
from services.runtime.settings import load
from tests.linking.requests import REHEARSAL_KEYS

# No resolver is asked for a name with an empty label.
UNKNOWN = "no..where"
SAME = {
    "unspecified": ("127.0.0.1", "0.0.0.0"),  # noqa: S104 - connected to, not bound
    "unspecified-v6": ("127.0.0.1", "::"),
    "mapped": ("192.0.2.7", "::ffff:192.0.2.7"),
    "mapped-loopback": ("127.0.0.1", "::ffff:127.0.0.1"),
    "loopback-v6": ("127.0.0.1", "::1"),
    "spelled": ("2001:db8::7", "2001:0db8:0:0::7"),
}


def rehearsing(real: str, sink: str, **given: object) -> NotifierSettings:
    facts: dict[str, object] = {
        "kafka_bootstrap_servers": "127.0.0.1:9092",
        "database_url": "postgresql://ecflink_notifier@127.0.0.1/ecflink",
        "database_password": "an invented one",
        "notice_keys": f"n1:{'5a' * 32}",
        "mail_from": "Court <noreply@court.example>",
        "rehearsal": True,
        "rehearsal_keys": REHEARSAL_KEYS,
        "smtp_host": real,
        "smtp_port": 1,
        "smtp_security": "none",
        "sink_smtp_host": sink,
        "sink_smtp_port": 1,
    }
    return load(NotifierSettings, **(facts | given))


async def open_sink(settings: NotifierSettings) -> Connection:
    async def real() -> Connection:
        raise AssertionError("the real mail server was asked for")

    return await to_sink(settings, real)()


@pytest.mark.parametrize("real,sink", SAME.values(), ids=list(SAME))
async def test_sink_that_is_the_real_server_in_another_spelling_is_refused(real: str, sink: str) -> None:
    with pytest.raises(Halt, match="SMTP_IS_SINK"):
        await check_sink(rehearsing(real, sink))


@pytest.mark.parametrize("real,sink", SAME.values(), ids=list(SAME))
async def test_sink_is_told_apart_again_before_each_connection(real: str, sink: str) -> None:
    with pytest.raises(Transient, match="SMTP_IS_SINK"):
        await open_sink(rehearsing(real, sink))


@pytest.mark.parametrize("real,sink", [(UNKNOWN, "127.0.0.1"), ("127.0.0.1", UNKNOWN)], ids=["real", "sink"])
async def test_no_sink_is_opened_while_a_name_cannot_be_looked_up(real: str, sink: str) -> None:
    settings = rehearsing(real, sink)
    await check_sink(settings)
    with pytest.raises(Transient, match="cannot be looked up"):
        await open_sink(settings)


@pytest.mark.parametrize(
    "given,told",
    [({"smtp_port": 2}, ["rehearsal.sink-on-the-real-host"]), ({"smtp_is_sink": True}, [])],
    ids=["other-port", "told"],
)
async def test_sink_on_the_real_host_is_no_fault_on_another_port_or_where_that_was_told(
    given: dict[str, object], told: list[str]
) -> None:
    with capture_logs() as lines:
        await check_sink(rehearsing("127.0.0.1", "127.0.0.1", **given))
    assert [line["event"] for line in lines] == told
