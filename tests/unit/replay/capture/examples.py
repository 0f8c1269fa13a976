"""The contract's golden examples as records."""

from collections.abc import Iterator
from pathlib import Path

import orjson

import services.contract
from services.contract.topics import TOPICS
from services.replay.recording.record import Recorded

_FOLDER = Path(services.contract.__file__).parent / "examples"


def examples() -> Iterator[tuple[str, Recorded]]:
    """Yield each example's name and record, as our services would publish it."""
    for topic in TOPICS:
        for path in sorted((_FOLDER / topic.name).glob("*.json")):
            shown = orjson.loads(path.read_bytes())
            headers = tuple((name, text.encode()) for name, text in shown["headers"].items())
            value = None if shown.get("value") is None else orjson.dumps(shown["value"])
            key = None if shown.get("key") is None else shown["key"].encode()
            yield f"{topic.name}/{path.stem}", Recorded(topic.name, 0, 0, 0, "create", key, headers, value)
