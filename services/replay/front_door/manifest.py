"""`sent.jsonl` of a run through the front door: the requests that were confirmed, under the ids that auth gave them.

auth makes their bytes and sends them, so that digest and place are not known here: the audit holds them against auth's
own attempts.
"""

from pathlib import Path
from typing import Any, Final

import orjson

from services.contract.topics import LINK_REQUESTS
from services.replay.drafts import whole_file
from services.replay.front_door.walked import Reader
from services.replay.measure.manifest import FILE_NAME
from services.replay.outcome import Unusable
from services.replay.run.sent import NO_OFFSET

NO_DIGEST: Final = "00" * 32
NO_PARTITION: Final = -1


def write_walked(folder: Path) -> Path:
    """Write one line for each request that a walk asked for. Raises Unusable where the disk is full.

    `acknowledged` says whether auth said "received"; if not, it may have it or not.
    """
    path = folder / FILE_NAME
    asked: dict[int, dict[str, Any]] = {}
    for entry in Reader(folder).new():
        if "request_id" in entry:
            asked[entry["index"]] = _line(entry)
        elif "received" in entry:
            asked[entry["index"]]["acknowledged"] = True
    try:
        with whole_file(path) as file:
            file.writelines(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for _, line in sorted(asked.items()))
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}; the walks are in walks-*.jsonl, but cannot be audited") from None
    return path


def _line(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "request_id": entry["request_id"],
        "digest": NO_DIGEST,
        "topic": LINK_REQUESTS.name,
        "partition": NO_PARTITION,
        "offset": NO_OFFSET,
        "key": entry["key"],
        "index": entry["index"],
        "acknowledged": False,
    }
