"""Whose signature counts for which record: a filer's request has a proof key's, a replay's may have a rehearsal key's.

A replay is never a filer's wish: what is wrong with one becomes a dead letter, and no partition ever waits for its key.
"""

from typing import NamedTuple

from services.contract.envelope import REPLAY_RUN
from services.contract.proof import KeyRing, UnknownKey


class Unhonoured(Exception):
    """The signature may be right, but it does not count for this record; the message says why."""


class Keys(NamedTuple):
    """The keys as they are set now. `rehearsal` is None while rehearsal mode is off."""

    proofs: KeyRing
    rehearsal: KeyRing | None = None

    def know(self, key_id: str) -> bool:
        """Say whether a key is there, so that what it signed can be judged."""
        return key_id in self.proofs.keys or (self.rehearsal is not None and key_id in self.rehearsal.keys)

    def verifies(self, proof: bytes, value: bytes, *, replay_run: str | None) -> bool:
        """Say whether a proof belongs to exactly these bytes, in a record of that run or of none.

        Raises Unhonoured, or UnknownKey where a filer's request names a key that must be supplied.
        """
        if replay_run is not None:
            return self._verifies_replay(proof, value, replay_run)
        try:
            return self.proofs.verifies(proof, value)
        except UnknownKey as unknown:
            if self.rehearsal is None or unknown.key_id not in self.rehearsal.keys:
                raise
            raise Unhonoured(f"signed by a rehearsal key, but the record has no header {REPLAY_RUN}") from None

    def _verifies_replay(self, proof: bytes, value: bytes, run: str) -> bool:
        if self.rehearsal is None:
            raise Unhonoured(f"the record is of the replay {run}, and REHEARSAL is off here")
        try:
            return self.rehearsal.verifies(proof, value)
        except UnknownKey:
            pass
        try:
            return self.proofs.verifies(proof, value)  # recorded with it, or confirmed at the front door
        except UnknownKey as unknown:
            named = f"{unknown.key_id!r}, which is neither in REHEARSAL_KEYS nor in PROOF_KEYS"
            raise Unhonoured(f"the record is of the replay {run}, and its proof names the key {named}") from None
