"""The topic that holds the guard's state: its Faust table's changelog. `ecflink topics` creates it with the others.

It is compacted soon after it was written, so that a restart reads little.
"""

from typing import Final

from services.runtime.topology import NewTopicSpec

APP: Final = "ecflink-guard"
TABLE: Final = "state"
STATE: Final = f"{APP}-{TABLE}-changelog"

TOPICS: Final = (
    NewTopicSpec(
        STATE,
        {
            "cleanup.policy": "compact",
            "segment.ms": "60000",
            "max.compaction.lag.ms": "60000",
            "min.cleanable.dirty.ratio": "0.01",
            "delete.retention.ms": "60000",
        },
    ),
)
"""For `create_topics(…, also=TOPICS)`; each has as many partitions as the contract's topics."""
