"""A signal to ourselves at a named step: what the faulty roles of the kill tests share."""

import os

from services.runtime.read import PartitionReader, Record


class Fault:
    """The signal to send to ourselves, and how many times the step may still be passed."""

    def __init__(self, step: str, signum: int, number: int) -> None:
        self.step = step
        self._signum = signum
        self._left = number

    def at(self, step: str) -> None:
        if step == self.step:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), self._signum)


class FaultyReader(PartitionReader):
    """A reader whose records may be the last thing that its process sees."""

    fault: Fault

    async def batch(self, count_max: int = 2_000, wait_s: float = 1.0) -> list[Record]:
        records = await super().batch(count_max, wait_s)
        if records:
            self.fault.at("after-fetch")
        return records
