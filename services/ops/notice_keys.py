"""The notifier's public keys into auth.notice_keys, where auth finds the one that it seals one-time codes with.

Run by `ecflink migrate` with the owner's rights. Private keys stay in NOTICE_KEYS and are never stored.
"""

from typing import Final

import asyncpg

from services.contract.noticekeys import NoticeKeys
from services.runtime.database import translated

# First the mark is taken from the former current key, so that there is never more than one.
_FORGET: Final = "UPDATE auth.notice_keys SET current = false WHERE key_id <> $1 AND current"
_KEEP: Final = """
INSERT INTO auth.notice_keys (key_id, public_key, current) VALUES ($1, $2, $3)
ON CONFLICT (key_id) DO UPDATE SET public_key = EXCLUDED.public_key, current = EXCLUDED.current"""
_DROP: Final = "DELETE FROM auth.notice_keys WHERE NOT key_id = ANY($1::text[])"


async def store(owner_url: str, keys_text: str, owner_password: str | None = None) -> list[str]:
    """Store the public halves of `NOTICE_KEYS`, the first as the current one; return their ids.

    Keys that are no longer given are removed. Raises ValueError naming the faulty line, never its secret; Transient
    where Postgres does not answer.
    """
    public = NoticeKeys.parse(keys_text).public
    ids = [key.key_id for key in public]
    with translated():
        connection = await asyncpg.connect(owner_url, password=owner_password)
        try:
            async with connection.transaction():
                await connection.execute(_FORGET, ids[0])
                await connection.execute(_DROP, ids)
                for key in public:
                    await connection.execute(_KEEP, key.key_id, key.public_key, key.key_id == ids[0])
        finally:
            await connection.close()
    return ids
