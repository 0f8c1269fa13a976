"""Rehearsal mode is refused at the start where a replay's mail could reach people, or its signature pass for auth's."""

import pytest

from services.linker.settings import LinkerSettings
from services.runtime.settings import SettingsFault, load
from tests.linking.requests import PROOF_KEYS, REHEARSAL_KEYS

SINK = {"sink_smtp_host": "sink.example.org", "sink_smtp_port": 1025}
ON: dict[str, object] = {"rehearsal": True, "rehearsal_keys": REHEARSAL_KEYS, **SINK}


def linker(**given: object) -> LinkerSettings:
    facts: dict[str, object] = {
        "kafka_bootstrap_servers": "127.0.0.1:9092",
        "database_url": "postgresql://ecflink_linker@127.0.0.1/ecflink",
        "database_password": "an invented one",
        "proof_keys": PROOF_KEYS,
    }
    return load(LinkerSettings, **(facts | given))


def faults(**given: object) -> str:
    with pytest.raises(SettingsFault) as told:
        linker(**given)
    return str(told.value)


def test_rehearsal_is_off_by_default_and_its_keys_then_count_for_nothing() -> None:
    assert linker(rehearsal_keys=REHEARSAL_KEYS).rehearsal_ring is None


def test_rehearsal_with_keys_and_sink_is_on() -> None:
    ring = linker(**ON).rehearsal_ring
    assert ring is not None
    assert ring.signing_key_id == "r1"


def test_rehearsal_without_anything_is_told_all_at_once() -> None:
    told = faults(rehearsal=True)
    assert "without a sink" in told
    assert "without a key" in told


@pytest.mark.parametrize(
    "given,named",
    [
        ({"rehearsal_keys": ""}, "deploy/init"),
        ({"rehearsal_keys": "r1:short"}, "REHEARSAL_KEYS line 1"),
        ({"rehearsal_keys": f"k1:{'3c' * 32}"}, "REHEARSAL_KEYS gives the key id 'k1', which PROOF_KEYS gives too"),
        ({"sink_smtp_host": ""}, "set SINK_SMTP_HOST"),
    ],
    ids=["no-key", "bad-key", "shared-key", "no-sink"],
)
def test_fault_names_the_setting(given: dict[str, object], named: str) -> None:
    assert named in faults(**(ON | given))


def test_real_mail_on_purpose_needs_no_sink() -> None:
    assert linker(**(ON | {"sink_smtp_host": "", "rehearsal_mail": "real"})).rehearsal


def test_fault_of_a_key_tells_no_secret() -> None:
    assert "3c3c" not in faults(**(ON | {"rehearsal_keys": f"r1:{'3c' * 31}"}))
