"""A worker's book: handed over, acknowledged, refused, unknown."""

from pathlib import Path

import numpy as np

from services.replay.run.sent import NO_OFFSET, Sent


def book() -> Sent:
    made = Sent(np.array([0, 3, 4, 9, 11], dtype=np.uint32))
    made.hand(0, 4, 100.0)
    made.acknowledge([0, 2], 70, 100.5)
    made.fail(1)
    return made


def test_what_is_neither_acknowledged_nor_refused_is_outstanding() -> None:
    assert book().outstanding == 1


def test_what_was_never_handed_over_has_no_time(tmp_path: Path) -> None:
    book().save(tmp_path, 7)
    with np.load(tmp_path / "sent-7.npz") as left:
        assert np.isnan(left["handed_s"]).tolist() == [False, False, False, False, True]
        assert left["offset"].tolist() == [70, NO_OFFSET, 71, NO_OFFSET, NO_OFFSET]
        assert left["index"].tolist() == [0, 3, 4, 9, 11]


def test_an_offset_that_the_broker_forgot_stays_unknown() -> None:
    made = book()
    made.acknowledge([1, 3], -1, 100.6)
    assert made.offset.tolist() == [70, NO_OFFSET, 71, NO_OFFSET, NO_OFFSET]
    assert made.acknowledged_s[1] == 100.6
