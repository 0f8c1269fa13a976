"""Puts pseudonyms in the place of people in a record: in its value, its key and its headers.

What the contract does not name is not written: unknown fields and headers are left out, a value that cannot be read is
replaced whole. The proof is left out, as it belongs to other bytes; who plays the recording signs anew.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import orjson
from pydantic import TypeAdapter, ValidationError

from services.contract.envelope import PROOF
from services.contract.fields import CourtId, Event
from services.contract.requests import LinkRequested
from services.contract.topics import AUTH_LOGINS, AUTH_THROTTLES, COURTS, FILER_NOTICES, TOPICS
from services.replay.capture.personal import PERSONAL, Kind
from services.replay.capture.pseudonyms import Pseudonyms
from services.replay.capture.vocabulary import HEADERS, text_fields
from services.replay.outcome import Unusable
from services.replay.recording.record import Recorded

_CE_ID: Final = "ce_id"
_MODELS: Final = {topic.name: topic.value for topic in TOPICS}
_COURT_ID: Final = TypeAdapter[str](CourtId)
_SUBJECTS: Final = {"account": Kind.LOGIN, "address": Kind.ADDRESS}


def _court_id(text: str) -> str:
    """Return a court's id as it is. Raises ValueError for any other text: it may be a person's."""
    return _COURT_ID.validate_python(text)


class Original(NamedTuple):
    """A text that was replaced, and the field that held it."""

    field: str
    kind: Kind
    text: str


class Redacted(NamedTuple):
    """A record with pseudonyms, what they stand for, and the free texts of the fields that were kept, by field."""

    record: Recorded
    originals: list[Original]
    kept: list[tuple[str, str]]


class Redaction:
    """Redacts records of the contract's topics. `left_out` counts by kind what was left out or replaced whole."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms
        self.policy = pseudonyms.policy
        self.left_out: dict[str, int] = {}

    def of(self, record: Recorded) -> Redacted:
        """Return a record redacted. Raises Unusable for a topic of which the contract does not speak."""
        model = _MODELS.get(record.topic)
        if model is None:
            raise Unusable(f"--redact: nothing says which fields of {record.topic} are personal: record it without")
        made = Redacted(record, [], [])
        value = self._value(model, record.value, made)
        key = None if record.key is None else self._key(record.topic, record.key, made)
        headers = tuple(self._headers(record.headers, made))
        return made._replace(record=record._replace(key=key, value=value, headers=headers))

    def _value(self, model: type[Event], value: bytes | None, made: Redacted) -> bytes | None:
        if value is None:
            return None
        try:
            model.model_validate_json(value)
            return orjson.dumps(self._fields(model, orjson.loads(value), made))
        except (ValidationError, ValueError, TypeError):
            self.leave_out("values that cannot be read")
            return self._filler(value)

    def _filler(self, content: bytes) -> bytes:
        """Return as many bytes that say nothing, and are no JSON either."""
        word = self._pseudonyms.of(Kind.TEXT, content.hex()).encode()
        return (word + b"." * len(content))[: max(len(content), 1)]

    def _fields(self, model: type[Event], fields: dict[str, Any], made: Redacted) -> dict[str, Any]:
        kinds = PERSONAL[model]
        found: dict[str, Any] = {}
        for name, value in fields.items():
            kind = kinds.get(name)
            if kind is None:
                self.leave_out(f"field {name[:40]!r}" if name.isprintable() else "a field")
            elif kind is Kind.REQUEST:
                found[name] = self._fields(LinkRequested, value, made)
            elif kind is Kind.KEPT or value is None:
                found[name] = value
                made.kept.extend([(name, value)] if name in text_fields(model) and value else [])
            elif kind is Kind.SUBJECT:
                found[name] = self._replaced(made, name, _SUBJECTS[fields["kind"]], value)
            else:
                found[name] = self._replaced(made, name, kind, value)
        return found

    def _replaced(self, made: Redacted, field: str, kind: Kind, original: str) -> str:
        made.originals.append(Original(field, kind, original))
        return self._pseudonyms.of(kind, original)

    def _key(self, topic: str, key: bytes, made: Redacted) -> bytes:
        try:
            return self._shaped(topic, key.decode(), made).encode()
        except (ValueError, KeyError):
            self.leave_out("keys that are not of their topic's form")
            return self._pseudonyms.of(Kind.TEXT, key.hex()).encode()

    def _shaped(self, topic: str, key: str, made: Redacted) -> str:
        if topic == COURTS.name:
            return _court_id(key)
        if topic == AUTH_LOGINS.name:
            return self._replaced(made, "key", Kind.LOGIN, key)
        before, colon, after = key.partition(":")
        if topic == FILER_NOTICES.name and not colon:
            return self._replaced(made, "key", Kind.ACCOUNT, key)
        if not colon or not after:
            raise ValueError("no colon")
        kind = Kind.LOGIN if topic == FILER_NOTICES.name else Kind.ACCOUNT
        if topic == AUTH_THROTTLES.name:
            kind = _SUBJECTS[before]
        else:
            _court_id(before)
        return f"{before}:{self._replaced(made, 'key', kind, after)}"

    def _headers(
        self, headers: tuple[tuple[str, bytes | None], ...], made: Redacted
    ) -> Iterator[tuple[str, bytes | None]]:
        ids = {original.text for original in made.originals if original.kind is Kind.DERIVED_ID}
        for name, text in headers:
            form = HEADERS.get(name)
            if form is None or text is None or form.fullmatch(text) is None:
                self.leave_out("proofs" if name == PROOF else "headers that the contract does not name")
            elif name == _CE_ID and text.decode() in ids:
                yield name, self._pseudonyms.of(Kind.DERIVED_ID, text.decode()).encode()
            else:
                yield name, text

    def leave_out(self, what: str) -> None:
        """Count one of a kind."""
        self.left_out[what] = self.left_out.get(what, 0) + 1
