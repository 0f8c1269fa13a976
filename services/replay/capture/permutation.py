"""A keyed permutation of the numbers of so many digits in which no number stays where it is.

Account numbers are few: cut from a hash, two of them would soon meet and two filers become one. Pure.
"""

import hmac
from typing import Final

_ROUNDS: Final = 8


class Permutation:
    """Each number from 0 to 10^digits - 1 has one other number, and no two have the same one."""

    def __init__(self, key: bytes, digits: int) -> None:
        self._key = key
        self._size = int(10**digits)
        self._half_bits = ((self._size - 1).bit_length() + 1) // 2
        self._mask = (1 << self._half_bits) - 1
        self._step = 1 + self._digest(b"step") % (self._size - 1)

    def of(self, number: int) -> int:
        """Return the other number. A step by a fixed distance, seen through a shuffle: it moves every number."""
        return self._shuffled((self._shuffled(number, back=False) + self._step) % self._size, back=True)

    def _shuffled(self, number: int, *, back: bool) -> int:
        """Go through a Feistel network, as often as it takes to be within the size again (cycle walking)."""
        while True:
            number = self._network(number, back=back)
            if number < self._size:
                return number

    def _network(self, number: int, *, back: bool) -> int:
        left, right = number >> self._half_bits, number & self._mask
        for turn in reversed(range(_ROUNDS)) if back else range(_ROUNDS):
            if back:
                left, right = right ^ self._turned(turn, left), left
            else:
                left, right = right, left ^ self._turned(turn, right)
        return left << self._half_bits | right

    def _turned(self, turn: int, half: int) -> int:
        return self._digest(bytes([turn]) + half.to_bytes(4)) & self._mask

    def _digest(self, content: bytes) -> int:
        message: bytes = self._size.to_bytes(8) + content
        return int.from_bytes(hmac.digest(self._key, message, "sha256")[:8])
