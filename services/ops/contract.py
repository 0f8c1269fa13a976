"""`ecflink contract`: writes the AsyncAPI and OpenAPI documents from the tables and models of the code itself."""

from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import App, Parameter

from services.auth.api import openapi as sign_on_api
from services.contract import asyncapi as events
from services.ops.generated import settle
from services.runtime.screen import warn

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
    return _write(events.document(), "services/contract", "asyncapi", file, check=check)


@app.command(name="openapi")
def openapi(
    *,
    check: Annotated[bool, Parameter(help="Write nothing; exit code 1 when the file is stale.", negative=())] = False,
    file: Path = Path("docs/openapi.yaml"),
) -> int:
    """Write the OpenAPI document of the sign-on API.

    Parameters
    ----------
    file
        Where it stands.
    """
    return _write(sign_on_api.document(), "services/auth/api", "openapi", file, check=check)


def _write(document: dict[str, Any], source: str, name: str, file: Path, *, check: bool) -> int:
    try:
        import yaml  # noqa: PLC0415 - a tool of development; the image does without
    except ModuleNotFoundError:
        warn("this needs PyYAML, which only the development environment has")
        return 1
    command = f"ecflink contract {name}"
    text = yaml.dump(document, Dumper=_plain(yaml), sort_keys=False, allow_unicode=True, width=_LINE_LENGTH_MAX)
    header = f"# Generated from {source} by `{command}`; not to be edited.\n"
    return settle(file, header + text, check=check, command=command)


def _plain(yaml: Any) -> Any:  # noqa: ANN401 - a module that only the development environment has
    """Return a dumper that writes what stands twice out twice, without anchors."""

    class Plain(yaml.SafeDumper):  # type: ignore[misc]
        def ignore_aliases(self, _: object) -> bool:
            return True

    return Plain
