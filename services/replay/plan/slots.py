"""The headers of lines of one kind: which are the same in all, and what stands in the others. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import repeat

from services.contract.envelope import PROOF, TRACEPARENT
from services.replay.plan.cutting import Cut
from services.replay.plan.forms import Rows, texts_in
from services.replay.plan.heading import Headers
from services.replay.plan.remaking import Remade, Remaker, key_of


class HeaderSlots:
    """Makes the headers of many records. `made` are those of the first, made the long way."""

    def __init__(self, made: Headers, shape: Cut) -> None:
        self._made = made
        self._cut = shape
        self._proof = next((place for place, (name, _) in enumerate(made) if name == PROOF), None)

    def made(
        self, front: Rows, ids: tuple[list[bytes], list[bytes]], values: list[bytes], remaker: Remaker
    ) -> list[Headers]:
        """Return the headers of each record. `ids` are the old and the new ones."""
        columns: list[Iterable[tuple[str, bytes | None]]] = []
        for name, text in self._made:
            texts = self._texts(name, front, ids, remaker)
            if texts is None and name == PROOF and remaker.sign is not None:
                texts = remaker.sign.many(values)
            columns.append(repeat((name, text)) if texts is None else [(name, each) for each in texts])
        columns.append([("", None)] * len(values))  # so that there is an end
        return [list(headers[:-1]) for headers in zip(*columns, strict=False)]

    def _texts(
        self, name: str, front: Rows, ids: tuple[list[bytes], list[bytes]], remaker: Remaker
    ) -> list[bytes] | None:
        """Return what stands in a header of each record; None where it is the same in all."""
        slot = self._cut.slots.get(name)
        if slot is None:
            return None
        texts = texts_in(front, slot)
        if name == "ce_id" and self._cut.mints:
            return ids[1] if texts == ids[0] else remaker.mint.many(texts)
        if name == TRACEPARENT and self._cut.mints:
            return [remaker.trace(text) for text in texts]
        return texts

    def note(self, headers: Sequence[Headers], done: Remade) -> None:
        """Count their proofs."""
        if self._proof is None:
            done.unproven += len(headers)
        elif PROOF in self._cut.slots:
            done.kept_proofs += Counter(key_of(each[self._proof][1] or b"") for each in headers)
        else:
            done.signed += len(headers)
