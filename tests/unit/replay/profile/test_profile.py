"""The profile file: what it must say, what it names instead of holding, and what comes of it."""

from pathlib import Path

import pytest

from services.replay.outcome import Unusable
from services.replay.profile.loading import load_profile
from services.replay.profile.profile import Profile
from services.replay.profile.writing import save_profile, text_of

KEY = "r1:" + "5a" * 32
WHOLE = """
name = "rehearsal"
rehearsal_key_file = "keys/rehearsal"
[kafka]
bootstrap_servers = "kafka.example.org:9093"
security_protocol = "SASL_SSL"
sasl_username = "replay"
sasl_password_env = "REPLAY_SASL"
topic_prefix = "court-"
cluster_ids = ["abc-1"]
[ledger]
database_url = "postgresql://ecflink_reader@db.example.org/ecflink"
password_file = "keys/reader"
[mail]
mailbox = "mail"
[front_door]
url = "https://link.example.org/"
[readyz]
linker = "http://linker.example.org:9102/readyz"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "rehearsal").write_text(KEY + "\n")
    (tmp_path / "keys" / "reader").write_text("a-readers-word\n")
    return tmp_path


def profile(folder: Path, text: str = WHOLE) -> Profile:
    path = folder / "replay.toml"
    path.write_text(text)
    return load_profile(path)


def test_secrets_come_from_where_the_profile_says(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLAY_SASL", "a-sasl-word")
    audit = profile(folder).audit_settings()
    assert audit is not None
    assert audit.kafka_sasl_password.get_secret_value() == "a-sasl-word"
    assert audit.database_password.get_secret_value() == "a-readers-word"


def test_the_callers_environment_does_not_slip_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLAY_SASL", "a-sasl-word")
    monkeypatch.setenv("KAFKA_SSL_CA_PATH", "/elsewhere.pem")
    monkeypatch.setenv("TOPIC_PREFIX", "production-")
    settings = profile(folder).kafka_settings()
    assert (settings.topic_prefix, settings.kafka_ssl_ca_path) == ("court-", None)


def test_paths_start_at_the_profile(folder: Path) -> None:
    made = profile(folder)
    assert made.mail is not None
    assert made.mail.mailbox == str(folder / "mail")
    ring = made.ring()
    assert ring is not None
    assert ring.signing_key_id == "r1"


def test_a_missing_variable_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REPLAY_SASL", raising=False)
    with pytest.raises(Unusable, match="REPLAY_SASL"):
        profile(folder).kafka_settings()


def test_all_faults_are_told_at_once(folder: Path) -> None:
    with pytest.raises(Unusable) as told:
        profile(folder, '[kafka]\nbootstrap_servers = "a:1"\nlinger = 3\n[mail]\n')
    assert [word in str(told.value) for word in ("name: is missing", "kafka.linger", "mail.mailbox")] == [True] * 3


def test_a_broken_key_is_told_without_it(folder: Path) -> None:
    (folder / "keys" / "rehearsal").write_text("r1:c0ffee")
    with pytest.raises(Unusable, match="line 1") as told:
        profile(folder).ring()
    assert "c0ffee" not in str(told.value)


@pytest.mark.parametrize(
    "text",
    ["name = ", 'name = "a"', 'name = "a"\n[kafka]\nbootstrap_servers = "a:1"\nsecurity_protocol = "SASL_SSL"'],
    ids=["no TOML", "no Kafka", "half a SASL"],
)
def test_what_is_no_profile_is_refused(folder: Path, text: str) -> None:
    with pytest.raises(Unusable):
        profile(folder, text)


def test_a_written_profile_reads_as_it_was(folder: Path) -> None:
    made, path = profile(folder), folder / "again.toml"
    save_profile(made, path)
    assert load_profile(path) == made
    assert path.stat().st_mode & 0o777 == 0o600


def test_no_secret_is_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLAY_SASL", "a-sasl-word")
    text = text_of(profile(folder))
    assert [secret in text for secret in ("a-sasl-word", "a-readers-word", "5a5a")] == [False] * 3


def test_a_profile_is_never_overwritten(folder: Path) -> None:
    made = profile(folder)
    with pytest.raises(Unusable, match="exists"):
        save_profile(made, folder / "replay.toml")


def test_a_profile_that_is_not_there_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="replay init"):
        load_profile(tmp_path / "none.toml")
