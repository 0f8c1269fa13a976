"""The mark of a replay at the front door: the HTTP header `Replay-Run: <run>:<hex>`, signed with a rehearsal key.

Whoever cannot sign it cannot have their requests taken for a replay's; in Kafka the run is the header `replayrun`.
"""

import hmac
import re
from typing import Final

from services.contract.envelope import REPLAY_RUN_PATTERN
from services.contract.proof import KeyRing

MARK_HEADER: Final = "replay-run"
_MARK: Final = re.compile(f"({REPLAY_RUN_PATTERN}):([0-9a-f]{{64}})")
_PURPOSE: Final = b"ecflink replay run:"


def mark(run: str, ring: KeyRing) -> str:
    """Return the header's value for a run, signed with the ring's signing key."""
    return f"{run}:{_digest(ring.keys[ring.signing_key_id], run)}"


def marked_run(text: str, ring: KeyRing) -> str | None:
    """Return the run that a header's value names; None unless one of these keys signed it."""
    found = _MARK.fullmatch(text)
    if found is None:
        return None
    signed = [hmac.compare_digest(_digest(key, found[1]), found[2]) for key in ring.keys.values()]
    return found[1] if any(signed) else None


def _digest(key: bytes, run: str) -> str:
    return hmac.digest(key, _PURPOSE + run.encode(), "sha256").hex()
