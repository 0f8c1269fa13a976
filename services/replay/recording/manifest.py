"""The first line of a recording: what it holds, where it comes from, and the digest that proves that nobody changed it.

It is padded with spaces to a fixed length, so that it can be written anew in place when the recording ends.
"""

from typing import Annotated, Final, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

VERSION: Final = 1
FORMAT: Final = "ecflink-recording"
NOT_SEARCHED: Final = "not searched: do not hand the file on"
"""The note `canary` of a redacted recording until the search for originals has passed."""
_ROOM_BYTES: Final = 4096
_ROOM_BYTES_PER_TOPIC: Final = 512
ROOM_BYTES_MAX: Final = 65_535
"""The most that a stored block of gzip takes."""

Count = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TopicCount(_Part):
    """One topic. `partition_count` is the source's where it is known, otherwise one more than the highest number seen;
    `value_bytes` sums the values.
    """

    partition_count: Count
    count: Count
    value_bytes: Count


class Draft(_Part):
    """What is known of a recording before its first record. `redaction` names the policy; no key is in it.

    `partition_counts` gives the source's number of partitions by topic. `notes` is free text by name.
    """

    made_by: str = "ecflink"
    cluster_id: str | None = None
    redaction: str | None = None
    scenario: str | None = None
    seed: int | None = None
    notes: dict[str, str] = {}
    partition_counts: dict[str, int] = {}


class Manifest(_Part):
    """The first line. `complete` is false from the first record until the recording is closed; counts are zero then.

    `first_ms` and `last_ms` are the smallest and the largest timestamp. `body_sha256` and `body_bytes` are of all that
    follows the first line, uncompressed: the same records have the same digest in every compression.
    """

    format: Literal["ecflink-recording"] = FORMAT
    version: Literal[1] = VERSION
    complete: bool
    made_by: str
    topics: dict[str, TopicCount]
    count: Count
    first_ms: int | None
    last_ms: int | None
    body_sha256: str
    body_bytes: Count
    cluster_id: str | None = None
    redaction: str | None = None
    scenario: str | None = None
    seed: int | None = None
    notes: dict[str, str] = {}

    def line(self, room_bytes: int) -> bytes:
        """Return the line, `room_bytes` long with its newline. Raises ValueError where there is not that much room."""
        text = self.model_dump_json().encode()
        if len(text) >= room_bytes:
            raise ValueError(f"the manifest needs {len(text) + 1} bytes, and {room_bytes} were kept for it")
        return text.ljust(room_bytes - 1) + b"\n"


def room_bytes_of(draft: Draft) -> int:
    """Return how long the first line is made: enough for the topics that the draft names and a few more."""
    text_bytes = len(draft.model_dump_json().encode())
    return min(ROOM_BYTES_MAX, _ROOM_BYTES + text_bytes + _ROOM_BYTES_PER_TOPIC * len(draft.partition_counts))


def parse_manifest(line: bytes) -> Manifest:
    """Return the manifest of a first line. Raises ValueError that says in which way it is none."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise ValueError("its first line is not JSON") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError("its first line is not a manifest")
    if found.get("version") != VERSION:
        raise ValueError(f"it is of version {found.get('version')!r}, and this ecflink reads version {VERSION}")
    try:
        return Manifest.model_validate(found)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise ValueError(f"its manifest is not whole: {where}: {fault['msg']}") from None
