"""The field types of the events: each with its bounds, and without characters that could break a mail header.

Used by the models of this package and by whoever takes the same fields in (imports, forms).
"""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

# No C0 or C1 control, line or paragraph separator: none can reach a mail header, a log line or a Postgres text.
PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"

CourtId = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,12}$")]
"""The court's id in PACER's lookup feed, for example `UTBK`."""

PacerAccount = Annotated[str, StringConstraints(pattern=r"^[0-9]{6,7}$")]
"""The PACER account number: 7 digits, in older samples 6 (domain notes, 3.1)."""

Login = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=PRINTABLE)]
"""A PACER or CM/ECF login as its owner types it: any printable character, any case."""

PersonName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PRINTABLE)]

MailAddress = Annotated[
    str,
    StringConstraints(
        min_length=3, max_length=254, pattern=r"^[^\s@<>,;:\x00-\x1f\x7f-\x9f]+@[^\s@<>,;:\x00-\x1f\x7f-\x9f]+$"
    ),
]
"""An addr-spec (RFC 5321, 254 octets at most) that can stand in a header as it is."""

Sentence = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=PRINTABLE)]
"""One line of text written by a person, such as the reason of an unlink."""

Label = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PRINTABLE)]

Positive = Annotated[int, Field(ge=1, le=2**63 - 1)]


class Event(BaseModel):
    """A frozen set of facts. Readers ignore unknown fields; writers cannot set one, as the models have no extras."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="constants", validate_default=True)

    def encode(self) -> bytes:
        """Return the value's bytes as they are published: compact UTF-8 JSON."""
        return self.model_dump_json(exclude_none=True).encode()


__all__ = [
    "AwareDatetime",
    "CourtId",
    "Event",
    "Label",
    "Login",
    "MailAddress",
    "PacerAccount",
    "PersonName",
    "Positive",
    "Sentence",
]
