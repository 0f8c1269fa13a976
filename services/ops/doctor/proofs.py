"""Looks at the proof keys: that there is one to sign with, and that no waiting request names one that is missing."""

from services.ops.doctor.findings import Finding, error, fine
from services.ops.keys import KeysSettings, needed


async def look_at_proof_keys(settings: KeysSettings) -> list[Finding]:
    """Return what is found. Raises Transient or Halt."""
    ring = settings.key_ring
    needs = await needed(settings)
    named = sorted({key for counts in needs for key in counts if key and key not in ring.keys})
    found = [
        error(
            "proof keys",
            f"{key} is not in PROOF_KEYS, but still named by {', '.join(needs.of(key)).replace('_', ' ')}",
            "put it back into PROOF_KEYS of the linker, or release the records (`ecflink dead release`)",
        )
        for key in named
    ]
    return [fine("proof keys", f"{ring.signing_key_id} signs, {len(ring.keys)} verify"), *found]
