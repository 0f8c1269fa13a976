"""Each kind of violation, planted in a system that was clean, is caught: by its promise and under its name."""

from pathlib import Path

import pytest

from services.audit.lines import Line, Verdict
from tests.integration.audit.scene import Scene

# Names that stand in the statements below.
_NAMES = {
    "one": "(SELECT transaction_id FROM linker.links ORDER BY 1 LIMIT 1)",
    "last": "(SELECT max(seq) FROM linker.ledger WHERE partition = 0)",
    "request": "(SELECT request_id FROM linker.ledger ORDER BY transaction_id LIMIT 1)",
    "letter": "(SELECT delivery_id FROM notifier.deliveries WHERE letter = 'record' ORDER BY transaction_id LIMIT 1)",
}


_REPLACED = """
UPDATE linker.ledger SET value = convert_to(replace(convert_from(value, 'UTF8'), '<old>', '<new>'), 'UTF8')"""


class Plant:
    """What the owner breaks, and how the audit calls it."""

    def __init__(self, promise: str, called: str, statement: str) -> None:
        self.promise = promise
        self.called = called
        self.statements = statement.split(";")

    def __repr__(self) -> str:
        return f"{self.promise} {self.called}"

    def seen_in(self, line: Line) -> bool:
        return line.verdict is Verdict.VIOLATED and any(self.called in each.what for each in line.violations)


def _replaced(old: str, new: str) -> str:
    """Change text inside the ledger's values."""
    return _REPLACED.replace("<old>", old).replace("<new>", new)


_SECOND_ROW_OF_ONE_REQUEST = """
ALTER TABLE linker.ledger DROP CONSTRAINT ledger_request_once;
UPDATE linker.ledger SET request_id = {request} WHERE seq = 8"""
_SECOND_LINK_OF_ONE_LOGIN = """
ALTER TABLE linker.links DROP CONSTRAINT links_one_per_cmecf_login;
UPDATE linker.links SET cmecf_canonical = 'login30' WHERE cmecf_canonical = 'login29'"""
_DEAD_LETTER_THAT_NEVER_WAS = """
INSERT INTO notifier.dead_letters (topic, partition, "offset", kind, detail, headers, value)
SELECT replace(topic, 'requests', 'transactions'), 0, 0, 'malformed', '', '[]', '' FROM linker.dead_letters LIMIT 1"""
_ATTEMPT_AFTER_THE_ACCEPTED_ONE = """
INSERT INTO notifier.attempts (delivery_id, number, epoch, outcome) VALUES ({letter}, 2, 1, 'deferred')"""

# Each round is planted in one copy of the scene. The ledger comes last where a statement looks something up in it.
ROUNDS = [
    [
        Plant("P9", "not the record at its place", "UPDATE linker.dead_letters SET key = 'UTBK:1'"),
        Plant("P7", "linker stands beyond the end", "UPDATE linker.position SET next_offset = 999 WHERE partition = 1"),
        Plant("P6", "transaction without its letter", "DELETE FROM notifier.deliveries WHERE delivery_id = {letter}"),
        Plant("P1", "recorded without a received", "DELETE FROM auth.attempts WHERE request_id = {request}"),
        Plant("P2", "outcome is not that of the model", _replaced("PACER_LEGACY", "COURT_NOT_LIVE")),
        Plant("P4", "seq is not dense before", "DELETE FROM linker.ledger WHERE seq = 3"),
        Plant(
            "P3", "active link that the ledger does", "INSERT INTO linker.links VALUES ('UTBK', '7', 'nobody', 99999)"
        ),
    ],
    [
        Plant("P9", "not the record at its place", "UPDATE linker.dead_letters SET headers = '[]'"),
        Plant("P7", "notifier stands beyond", "UPDATE notifier.position SET next_offset = 999 WHERE partition = 1"),
        Plant(
            "P6",
            "letter that no transaction",
            "UPDATE notifier.deliveries SET transaction_id = 5 WHERE delivery_id = {letter}",
        ),
        Plant("P1", "received, but neither recorded", "DELETE FROM linker.ledger WHERE transaction_id = {one}"),
        Plant("P2", "cites what is not in the ledger", _replaced('"cites":1', '"cites":9')),
        Plant("P5", "record that is not the ledger's", "UPDATE linker.ledger SET headers = '[]' WHERE seq = 5"),
        Plant("P4", "value does not hold the request", _replaced("Filer 8", "Filer X")),
        Plant("P3", "link of the ledger that is not", "DELETE FROM linker.links WHERE cmecf_canonical = 'login9'"),
    ],
    [
        Plant("P9", "beyond the end of its log", """UPDATE linker.dead_letters SET "offset" = "offset" + 999"""),
        Plant("P7", "passed over by the notifier", "UPDATE notifier.position SET last_seq = 1"),
        Plant(
            "P6",
            "letter to somebody else",
            "UPDATE notifier.deliveries SET recipient = 'x@y.z' WHERE delivery_id = {letter}",
        ),
        Plant(
            "P1", "with another transaction", "UPDATE auth.attempts SET transaction_id = 1 WHERE request_id = {request}"
        ),
        Plant(
            "P2",
            "request that stands at its",
            "UPDATE linker.ledger SET request_digest = 'x' WHERE request_id = {request}",
        ),
        Plant("P4", "value cannot be read", "UPDATE linker.ledger SET value = '' WHERE seq = 4"),
    ],
    [
        Plant("P9", "in the ledger too", """UPDATE linker.dead_letters SET "offset" = 0 WHERE kind = 'bad-proof'"""),
        Plant("P7", "request passed over", "DELETE FROM linker.dead_letters WHERE kind = 'malformed'"),
        Plant("P6", "accepted without an attempt", "DELETE FROM notifier.attempts WHERE delivery_id = {letter}"),
        Plant("P2", "out of the order of requests", "UPDATE linker.ledger SET request_offset = 0 WHERE seq = 2"),
        Plant("P4", "transaction id is not that of", "UPDATE linker.ledger SET transaction_id = 9 WHERE seq = 7"),
        Plant("P1", "recorded twice", _SECOND_ROW_OF_ONE_REQUEST),
        Plant("P3", "CM/ECF login with two links", _SECOND_LINK_OF_ONE_LOGIN),
    ],
    [
        Plant("P9", "not the record at its place", _DEAD_LETTER_THAT_NEVER_WAS),
        Plant("P7", "request passed over", "DELETE FROM linker.ledger WHERE seq = 6"),
        Plant("P6", "sent again after it was accepted", _ATTEMPT_AFTER_THE_ACCEPTED_ONE),
        Plant("P4", "hash does not follow", "UPDATE linker.ledger SET request_source = '/x' WHERE seq = 2"),
        Plant("P2", "key is not the court", "UPDATE linker.ledger SET key = 'UTBK:9999999' WHERE seq = 3"),
    ],
    [
        Plant("P7", "that the linker has not reached", "UPDATE linker.position SET next_offset = 2"),
        Plant(
            "P6",
            "arrived with other bytes",
            "UPDATE notifier.deliveries SET message = message || 'x' WHERE delivery_id = {letter}",
        ),
        Plant("P4", "the position row disagrees", "DELETE FROM linker.ledger WHERE (partition, seq) = (0, {last})"),
    ],
    [Plant("P6", "more copies than", "UPDATE notifier.deliveries SET state = 'bounced' WHERE delivery_id = {letter}")],
]


@pytest.mark.parametrize("plants", ROUNDS)
async def test_planted_violations_are_caught(scene: Scene, plants: list[Plant]) -> None:
    await scene.execute(*(statement.format(**_NAMES) for plant in plants for statement in plant.statements))
    lines = await scene.audit()
    missed = [plant for plant in plants if not plant.seen_in(lines[plant.promise])]
    assert not missed, "\n".join(map(str, lines.values()))


async def test_mail_removed_is_caught(scene: Scene) -> None:
    _some_mail(scene).unlink()
    assert "accepted, but not in the mailbox" in str((await scene.audit())["P6"])


async def test_mail_altered_is_caught(scene: Scene) -> None:
    mail = _some_mail(scene)
    mail.write_bytes(mail.read_bytes().replace(b"a@example.org", b"b@example.org"))
    assert "arrived with other bytes" in str((await scene.audit())["P6"])


async def test_second_copy_is_caught(scene: Scene) -> None:
    mail = _some_mail(scene)
    (mail.parent / "copy").write_bytes(mail.read_bytes())
    assert "more copies than attempts of unknown fate" in str((await scene.audit())["P6"])


def _some_mail(scene: Scene) -> Path:
    return next((scene.mailbox / "new").iterdir())
