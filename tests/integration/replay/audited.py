"""A run whose every request was linked and mailed, beside other traffic and an earlier run: what the audit is held on.

Made once; each test copies it, breaks one thing in its copy, and looks for the request's id.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from services.audit.settings import AuditSettings
from services.contract.envelope import Source
from services.contract.ids import partition_of
from services.contract.requests import LinkRequested
from services.contract.topics import LINK_REQUESTS
from services.replay.measure.audit import Claim, audit_run
from services.replay.measure.results import AuditSummary
from services.runtime.publish import Message, OrderedPublisher
from services.runtime.settings import load
from tests.integration.audit.scene import Scene
from tests.linking.requests import REHEARSAL_KEYS, message, requested
from tests.linking.requests import replayed as of_replay

RUN: Final = "run-1"
EARLIER: Final = "run-0"
SOURCE: Final = "/ecflink/replay"
REHEARSAL: Final = {"REHEARSAL": "true", "REHEARSAL_KEYS": REHEARSAL_KEYS, "REHEARSAL_MAIL": "real"}
# Of the run's own: the second asks for the account of the first once more, so both have one key and an order.
FIRST, SECOND, ALONE = 105, 190, 107
NEVER_SENT = 999


def asked(number: int) -> LinkRequested:
    """Return the request of a number; that of SECOND has the PACER account of FIRST."""
    return requested(number, pacer_account=requested(FIRST).pacer_account) if number == SECOND else requested(number)


def named(number: int) -> str:
    """Return the id of a request, as the audit tells it."""
    return str(asked(number).request_id)


def replayed(number: int, run_id: str = RUN) -> Message:
    """Return the record of a request as a replay sends it."""
    return of_replay(message(asked(number), source=SOURCE, keys=REHEARSAL_KEYS), run_id)


def ordinary(number: int) -> Message:
    return message(asked(number), source=Source.AUTH)


class Line(dict[str, Any]):
    """A line of the manifest."""


@dataclass(frozen=True, kw_only=True)
class Played:
    """The run: where it was played, its folder, the lines of its manifest, and who did not come back."""

    scene: Scene
    folder: Path
    lines: tuple[Line, ...]
    late: frozenset[int] = frozenset()

    async def audit(self, *, mailed: bool = True) -> AuditSummary:
        (self.folder / "sent.jsonl").write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in self.lines))
        came = np.array([index not in self.late for index in range(200)])
        claim = Claim(folder=self.folder, run_id=RUN, came=came, mailed=mailed)
        given = self.scene.deployment.settings("reader") | {"mailbox": str(self.scene.mailbox)}
        return await audit_run(load(AuditSettings, **given), claim)

    def but(self, number: int, **changes: object) -> "Played":
        """Return the run with other lines for a request in its manifest."""
        changed = [Line(line | changes) if line["request_id"] == named(number) else line for line in self.lines]
        return replace(self, lines=tuple(changed))

    def and_line(self, number: int, **changes: object) -> "Played":
        """Return the run with a line more, of a request that never was."""
        return replace(self, lines=(*self.lines, Line(_line(len(self.lines), replayed(number), 0, 10_000) | changes)))

    def mail_of(self, delivery_id: object) -> Path:
        return self.scene.mailbox / "new" / str(delivery_id)


async def send(scene: Scene, numbers: Iterable[int], **run: str) -> list[Line]:
    """Send requests of a replay, each key's in order, and return their manifest."""
    made = [(index, replayed(number, **run)) for index, number in enumerate(numbers)]
    count, kafka = scene.deployment.partition_count, scene.deployment.kafka
    by_partition = defaultdict(list)
    for index, each in made:
        by_partition[partition_of(each.key, count)].append((index, each))
    lines: list[Line] = []
    for partition, entries in by_partition.items():
        first = await _published(
            kafka.topic_prefix + LINK_REQUESTS.name, partition, [each for _, each in entries], scene
        )
        lines += [_line(index, each, partition, first + place) for place, (index, each) in enumerate(entries)]
    return lines


async def _published(topic: str, partition: int, messages: Sequence[Message], scene: Scene) -> int:
    publisher = OrderedPublisher(scene.deployment.kafka)
    (published,) = [each async for each in publisher.publish(topic, partition, messages)]
    await publisher.close()
    return published.last_offset + 1 - len(messages)


def _line(index: int, sent: Message, partition: int, offset: int) -> Line:
    value = sent.value or b""
    about = {"request_id": orjson.loads(value)["request_id"], "digest": hashlib.sha256(value).hexdigest()}
    return Line(about | {"partition": partition, "offset": offset, "key": "", "index": index, "acknowledged": True})
