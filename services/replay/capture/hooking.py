"""aiokafka's consumer with another last step: each record is made into what is wanted as it comes out of the decoder.

Its own last step copies a record into a frozen dataclass, which takes as long as all that a recording does with it; and
a thousand records that wait for each other are out of the processor's cache when their turn comes.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from aiokafka import TopicPartition

Make = Callable[[TopicPartition, Any], object]


def make_at_once(client: Any, makes: Mapping[TopicPartition, Make]) -> None:  # noqa: ANN401 - aiokafka has no types
    """Let a consumer that was started hand out what is made of its records, by partition. There is no public way."""
    client._fetcher._records = _Kept(makes)  # noqa: SLF001


class _Kept(OrderedDict[TopicPartition, Any]):
    """What the fetcher keeps of each partition until it is asked for: records to be decoded, or an error."""

    def __init__(self, makes: Mapping[TopicPartition, Make]) -> None:
        super().__init__()
        self._makes = makes

    def __setitem__(self, place: TopicPartition, result: Any) -> None:  # noqa: ANN401 - as above
        records = getattr(result, "_partition_records", None)
        if records is not None:
            records._consumer_record = self._makes[place]  # noqa: SLF001
        super().__setitem__(place, result)
