"""Where a profile's values come from: the environment of a deployment, the command line, answers."""

from pathlib import Path

import pytest

from services.replay.outcome import Unusable
from services.replay.profile.asking import QUESTIONS, Values, asked, merged
from services.replay.profile.environment import read_environment_file, values_of
from services.replay.profile.given import Given

OPERATOR = """
DATABASE_PASSWORD_FILE='/run/my secrets/owner'
DATABASE_PASSWORD_READER_FILE=/run/secrets/reader
DATABASE_URL='postgresql://ecflink@127.0.0.1:5432/ecflink'
KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092
# a remark
MAILBOX=/var/mail/replay
PUBLIC_URL=http://127.0.0.1:8080
REHEARSAL_KEYS_FILE=/run/secrets/rehearsal-keys
"""


def test_an_operators_environment_gives_the_readers_role(tmp_path: Path) -> None:
    path = tmp_path / "environment"
    path.write_text(OPERATOR)
    assert values_of(read_environment_file(path))["ledger"] == {
        "database_url": "postgresql://ecflink_reader@127.0.0.1:5432/ecflink",
        "password_file": "/run/secrets/reader",
    }


def test_a_secret_in_a_variable_is_named_not_read() -> None:
    values = values_of({"KAFKA_BOOTSTRAP_SERVERS": "a:1", "KAFKA_SASL_PASSWORD": "a-word"})
    assert values == {"kafka": {"bootstrap_servers": "a:1", "sasl_password_env": "KAFKA_SASL_PASSWORD"}}


def test_a_file_that_no_shell_reads_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "environment"
    path.write_text("A='open")
    with pytest.raises(Unusable, match="no environment file"):
        read_environment_file(path)


def test_the_command_line_counts_more_than_the_environment() -> None:
    given = Given(bootstrap_servers="b:2", mailbox="http://mail.example.org", readyz=("linker=http://l/readyz",))
    values = merged({"kafka": {"bootstrap_servers": "a:1", "topic_prefix": "x-"}}, given.values())
    assert values == {
        "kafka": {"bootstrap_servers": "b:2", "topic_prefix": "x-"},
        "mail": {"mailbox": "http://mail.example.org"},
        "readyz": {"linker": "http://l/readyz"},
    }


def shown_for(told: Values) -> list[str]:
    """Return the questions that are asked where this is told, each answered with nothing."""
    shown = []

    def ask(words: str, _: str) -> str:
        shown.append(words)
        return ""

    asked(told, ask)
    return shown


def test_only_what_is_open_is_asked() -> None:
    told = {"name": "n", "kafka": {"bootstrap_servers": "a:1", "security_protocol": "PLAINTEXT"}}
    shown = shown_for(told)
    assert [words.split()[0] for words in shown] == ["Prefix", "Postgres", "Maildir", "Address", "File"]


def test_sasl_is_asked_for_only_with_sasl() -> None:
    answers = {question.words: question.default for question in QUESTIONS} | {
        "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL": "SASL_SSL",
        "SASL user": "replay",
    }
    values = asked({}, lambda words, _: answers[words])
    assert values["kafka"]["sasl_username"] == "replay"


def test_a_variable_that_is_named_spares_the_question_for_a_file() -> None:
    told = {"ledger": {"database_url": "postgresql://r@h/d", "password_env": "WORD"}}
    shown = shown_for(told)
    assert "File with the reader's password" not in shown


def test_roles_are_found_by_their_readiness() -> None:
    assert values_of({"READYZ_LINKER": "http://127.0.0.1:9102/readyz"})["readyz"] == {
        "linker": "http://127.0.0.1:9102/readyz"
    }
