"""Arguments that several commands take, each with its bounds: what is wrong is said before anything is done."""

from typing import Annotated, Final

from cyclopts import Parameter
from cyclopts.validators import Number

TEXT_LENGTH_MAX: Final = 200
ROW_COUNT_MAX: Final = 10_000


def printable(_: object, text: str | None) -> None:
    """Refuse an empty or overlong text, and characters that do not print."""
    if text is not None and (not text.strip() or len(text) > TEXT_LENGTH_MAX or not text.isprintable()):
        message = f"must be 1 to {TEXT_LENGTH_MAX} printable characters"
        raise ValueError(message)


Json = Annotated[bool, Parameter(help="Print JSON.", negative=())]
Count = Annotated[int, Parameter(help="How many at most.", validator=Number(gte=1, lte=ROW_COUNT_MAX))]
By = Annotated[str, Parameter(help="Who orders this; it is kept.", validator=printable)]
Text = Annotated[str, Parameter(validator=printable)]
Number64 = Annotated[int, Parameter(validator=Number(gte=0, lte=2**63 - 1))]
