"""Hashes for names that no account has, so that an unknown name costs what a known one does.

The accounts of a court come with several schemes of unlike cost. A name's dummy has one scheme for as long as the mix
stays: it is chosen by a keyed hash of the name, in the proportions of the table.
"""

import base64
import bisect
import hmac
import os
from collections import Counter
from collections.abc import Mapping
from itertools import accumulate
from typing import Final

from services.runtime.database import Connection

# A form is a hash without salt and checksum: scheme and cost.
_FORMS: Final = """
SELECT coalesce(CASE split_part(password_hash, '$', 2)
           WHEN 'argon2id' THEN array_to_string((string_to_array(password_hash, '$'))[1:4], '$')
           ELSE array_to_string((string_to_array(password_hash, '$'))[1:3], '$') END, '') AS form,
       count(*) AS accounts
  FROM auth.{table} GROUP BY form"""

_OURS: Final = "$argon2id$v=19$m=19456,t=2,p=1"
# Salt and checksum of some bcrypt hash: bcrypt's alphabet has padding rules of its own.
_BCRYPT_BODY: Final = "jKyKg24jG7BfjKJ6s.bydOG/TVFKttl9RDMT8.TRTLHaMgKBZ0JTO"
_DIGEST_BYTES: Final = {"pbkdf2-sha512": 64}
_SPAN: Final = 2**64


class Dummies:
    """The dummies of one table (`pacer_accounts` or `cmecf_accounts`); all ours until `refresh` has read the mix."""

    def __init__(self, form_secret: bytes, table: str) -> None:
        self._key = hmac.digest(form_secret, b"ecflink: dummies of " + table.encode(), "sha256")
        self._table = table
        self._made: dict[str, str] = {}
        self.weigh({})

    def pick(self, name: str) -> str:
        """Return the dummy hash of a name: the same each time, one that no password matches."""
        drawn = hmac.digest(self._key, name.encode("utf-8", "surrogatepass"), "sha256")
        point = int.from_bytes(drawn[:8]) * self._steps[-1] // _SPAN
        return self._hashes[bisect.bisect_right(self._steps, point)]

    def weigh(self, accounts: Mapping[str, int]) -> None:
        """Take the mix: how many accounts have each form (scheme and cost); the empty form is ours."""
        known: Counter[str] = Counter()
        for form, count in accounts.items():
            known[form or _OURS] += count
        # Foreign ones first and ours last: as accounts are hashed anew, a name moves from foreign to ours and not back.
        forms = sorted((form for form in known if known[form]), key=lambda form: (form == _OURS, form))
        if not forms:
            known, forms = Counter({_OURS: 1}), [_OURS]
        self._steps = list(accumulate(known[form] for form in forms))
        self._hashes = [self._made.setdefault(form, _dummy(form)) for form in forms]

    async def refresh(self, connection: Connection) -> None:
        """Read the mix of the table as it is now."""
        rows = await connection.fetch(_FORMS.format(table=self._table))
        self.weigh({row["form"]: row["accounts"] for row in rows})


def _dummy(form: str) -> str:
    scheme = form.split("$")[1]
    if scheme.startswith("2"):
        return f"{form}${_BCRYPT_BODY}"
    spelled = _plain if scheme in {"argon2id", "scrypt"} else _dotted
    return f"{form}${spelled(os.urandom(16))}${spelled(os.urandom(_DIGEST_BYTES.get(scheme, 32)))}"


def _plain(text: bytes) -> str:
    return base64.b64encode(text).decode().rstrip("=")


def _dotted(text: bytes) -> str:
    return _plain(text).replace("+", ".")
