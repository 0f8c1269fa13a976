"""New ids: one for each old one, everywhere the same, never met again in another loop or run."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.replay.plan.minting import Mint, minted
from tests.unit.replay.plan.recorded import V7, patient

_IDS = st.uuids()


@patient
@given(old=_IDS, run=st.sampled_from(["a", "b"]), loop=st.integers(0, 3))
def test_same_id_gives_same_new_id(old: UUID, run: str, loop: int) -> None:
    assert minted(old, run, loop) == minted(old, run, loop)


@patient
@given(ids=st.sets(_IDS, min_size=2), runs=st.just(["a", "b"]))
def test_new_ids_are_unique_over_loops_and_runs(ids: set[UUID], runs: list[str]) -> None:
    made = [minted(old, run, loop) for old in ids for run in runs for loop in range(3)]
    assert len({*made, *ids}) == len(made) + len(ids)


def test_version_7_keeps_its_time_shifted() -> None:
    new = minted(V7, "run", 0, shift_ms=5_000)
    assert new.version == 7
    assert new.int >> 80 == (V7.int >> 80) + 5_000


def test_other_versions_become_version_8() -> None:
    new = minted(UUID("6d0b2c0e-6f8e-5c57-9a35-6563666c6e6b"), "run", 0, shift_ms=5_000)
    assert (new.version, new.variant) == (8, "specified in RFC 4122")


def test_capitals_are_the_same_id() -> None:
    mint = Mint("run", 0)
    assert mint.text(str(V7).upper().encode()) == mint.text(str(V7).encode())


@patient
@given(ids=st.lists(_IDS, min_size=1, max_size=5), shift_ms=st.integers(-(2**45), 2**45))
def test_many_at_once_are_the_same_as_one_by_one(ids: list[UUID], shift_ms: int) -> None:
    mint, old = Mint("run", 1, shift_ms), [str(each).encode() for each in [V7, *ids]]
    assert mint.many(old) == [mint.usual(each) for each in old]


def test_what_is_no_uuid_is_left() -> None:
    mint = Mint("run", 0)
    assert mint.text(b"10001") is None
    assert mint.text(b"0195564a-3d00-7abc-8def-0123456789a_") is None
