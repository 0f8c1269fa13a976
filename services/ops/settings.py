"""`ecflink settings`: writes `.env.example` and `docs/configuration.md` from the settings models of every role."""

from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter

from services.ops.generated import settle
from services.ops.settings_docs import docs
from services.ops.settings_example import example

app = App(name="settings", help="The settings of every role, as an example and as documentation.")

Check = Annotated[bool, Parameter(help="Write nothing; exit code 1 when the file is stale.", negative=())]
EXAMPLE: Final = Path(".env.example")
DOCS: Final = Path("docs/configuration.md")


@app.command(name="example")
def write_example(*, check: Check = False, file: Path = EXAMPLE) -> int:
    """Write the example of an environment file.

    Parameters
    ----------
    file
        Where it stands.
    """
    return settle(file, example(), check=check, command="ecflink settings example")


@app.command(name="docs")
def write_docs(*, check: Check = False, file: Path = DOCS) -> int:
    """Write the documentation of every setting.

    Parameters
    ----------
    file
        Where it stands.
    """
    return settle(file, docs(), check=check, command="ecflink settings docs")
