"""What of a topic is recorded, as the command line asks for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from services.replay.capture.filters import Filter, by_field, by_header, by_key, by_sample, by_type
from services.replay.capture.spans import BEGINNING, Bound, parse_bound
from services.replay.outcome import Unusable


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which records.

    Parameters
    ----------
    from_
        Where to begin: `beginning`, `end`, an offset, or a time with its zone; of one topic `TOPIC=…`, of one partition
        `TOPIC/PARTITION=…`. Default: with --to the beginning, without it the end, which is live.
    to
        Where to end, in the same words; `end` is what is there now, and a time must have passed. Default: live, until
        Ctrl-C, --for or --count.
    for_
        Seconds to record.
    count
        Records to write.
    key
        A regular expression that the key must contain.
    type_
        A value of `ce_type`; several: any of them.
    header
        `name=value`; several: all of them.
    field
        `path.to.field=value` of the JSON value; several: all of them.
    sample
        A share of the keys, 0 to 1: always the same ones, in every topic.
    """

    from_: Annotated[tuple[str, ...], Parameter(name="--from", negative=())] = ()
    to: Annotated[tuple[str, ...], Parameter(negative=())] = ()
    for_: Annotated[float | None, Parameter(name="--for", validator=Number(gt=0))] = None
    count: Annotated[int | None, Parameter(validator=Number(gt=0))] = None
    key: str | None = None
    type_: Annotated[tuple[str, ...], Parameter(name="--type", negative=())] = ()
    header: Annotated[tuple[str, ...], Parameter(negative=())] = ()
    field: Annotated[tuple[str, ...], Parameter(negative=())] = ()
    sample: Annotated[float | None, Parameter(validator=Number(gt=0, lte=1))] = None

    def filters(self) -> list[Filter]:
        """Return what a record must pass. Raises Unusable."""
        with _said("a filter"):
            return [
                *([by_key(self.key)] if self.key is not None else []),
                *([by_type(self.type_)] if self.type_ else []),
                *map(by_header, self.header),
                *map(by_field, self.field),
                *([by_sample(self.sample)] if self.sample is not None else []),
            ]

    def bounds(self, at: datetime) -> tuple[list[Bound], list[Bound]]:
        """Return from where and to where, as of a moment. Raises Unusable, also for a time that is still to come."""
        with _said("--from or --to"):
            starts, ends = [*map(parse_bound, self.from_)], [*map(parse_bound, self.to)]
        if any(bound.time_ms is not None and bound.time_ms > at.timestamp() * 1000 for bound in (*starts, *ends)):
            raise Unusable(
                "--from or --to: a time that is still to come. Start the recording when it is due; to record what "
                "comes from now on leave --to out and give --for SECONDS"
            )
        return ([Bound(None, None, word=BEGINNING)] if ends else []) + starts, ends


@contextmanager
def _said(what: str) -> Iterator[None]:
    try:
        yield
    except ValueError as fault:
        raise Unusable(f"{what}: {fault}") from None
