"""The questions of `ecflink replay init`: what a profile needs and nobody has said yet, asked one after the other."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

Values = dict[str, Any]
Ask = Callable[[str, str], str]
"""Shows a question with its default and returns the answer; empty: leave it out."""


class Question(NamedTuple):
    """One value of the profile: where it stands (table, field), and how it is asked for."""

    table: str
    field: str
    words: str
    default: str = ""
    needs: str = ""
    """A field of the same table without which this question is not asked; with `=` also its value's beginning."""


QUESTIONS: Final = (
    Question("", "name", "Name of the deployment", "rehearsal"),
    Question("kafka", "bootstrap_servers", "Kafka, host:port", "127.0.0.1:9092"),
    Question("kafka", "security_protocol", "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL", "PLAINTEXT"),
    Question("kafka", "sasl_mechanism", "SASL mechanism", "SCRAM-SHA-512", "security_protocol=SASL"),
    Question("kafka", "sasl_username", "SASL user", "", "security_protocol=SASL"),
    Question("kafka", "sasl_password_file", "File with the SASL password", "", "security_protocol=SASL"),
    Question("kafka", "topic_prefix", "Prefix of the topics, if there is one"),
    Question("ledger", "database_url", "Postgres as ecflink_reader, postgresql://… (empty: no audit)"),
    Question("ledger", "password_file", "File with the reader's password", "", "database_url"),
    Question("mail", "mailbox", "Maildir or Mailpit of the replay's mail (empty: mail is not audited)"),
    Question("front_door", "url", "Address of auth's pages (empty: only the topic is played into)"),
    Question("front_door", "accounts_file", "File of the accounts that walk through the pages", "", "url"),
    Question("", "rehearsal_key_file", "File with the rehearsal key (empty: proofs cannot be made anew)"),
)


def merged(*layers: Mapping[str, Any]) -> Values:
    """Return the layers over each other, tables field by field; the last one counts, what is empty does not."""
    found: Values = {}
    for layer in layers:
        for name, value in layer.items():
            if isinstance(value, Mapping):
                inner = merged(found.get(name, {}), value)
                found |= {name: inner} if inner else {}
            elif value not in (None, "", ()):
                found[name] = value
    return found


def asked(values: Values, ask: Ask) -> Values:
    """Return the values with answers to what is still open."""
    for question in QUESTIONS:
        table = values.get(question.table, {}) if question.table else values
        if question.field in table or _by_another_way(question, table) or not _due(question, table):
            continue
        answer = ask(question.words, question.default).strip()
        nested = {question.field: answer}
        values = merged(values, {question.table: nested} if question.table else nested)
    return values


def _due(question: Question, table: Mapping[str, Any]) -> bool:
    field, _, beginning = question.needs.partition("=")
    return not field or str(table.get(field, "")).startswith(beginning or ("" if field in table else "\0"))


def _by_another_way(question: Question, table: Mapping[str, Any]) -> bool:
    """Whether a secret's file need not be asked for, as a variable was named."""
    return question.field.endswith("_file") and f"{question.field.removesuffix('_file')}_env" in table
