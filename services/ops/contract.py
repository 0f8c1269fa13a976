"""`ecflink contract`: writes the AsyncAPI document from the contract's own tables and models."""

from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter

from services.contract.asyncapi import document
from services.ops.generated import settle
from services.ops.screen import warn

_LINE_LENGTH_MAX: Final = 120

app = App(name="contract", help="What crosses the boundaries, as a document.")


@app.command(name="asyncapi")
def asyncapi(
    *,
    check: Annotated[bool, Parameter(help="Write nothing; exit code 1 when the file is stale.", negative=())] = False,
    file: Path = Path("docs/asyncapi.yaml"),
) -> int:
    """Write the AsyncAPI document.

    Parameters
    ----------
    file
        Where it stands.
    """
    try:
        import yaml  # noqa: PLC0415 - a tool of development; the image does without
    except ModuleNotFoundError:
        warn("this needs PyYAML, which only the development environment has")
        return 1
    text = yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=_LINE_LENGTH_MAX)
    header = "# Generated from services/contract by `ecflink contract asyncapi`; not to be edited.\n"
    return settle(file, header + text, check=check, command="ecflink contract asyncapi")
