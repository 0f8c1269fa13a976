"""What is generated from the code and checked in is fresh, and does what it is for."""

from pathlib import Path

import pytest
import yaml

from services.contract.asyncapi import document
from services.contract.topics import TOPICS
from services.ops.contract import asyncapi
from services.ops.roles import ROLES, Role
from services.ops.settings import DOCS, EXAMPLE, write_docs, write_example
from services.runtime.settings import load

_ROOT = Path(__file__).parents[2]
_KEY = f"k1:{'0f' * 32}"
_PASSWORD = "a-password-that-is-long-enough-for-any-of-them"


def test_asyncapi_document_is_fresh() -> None:
    assert asyncapi(check=True, file=_ROOT / "docs/asyncapi.yaml") == 0


def test_settings_example_is_fresh() -> None:
    assert write_example(check=True, file=_ROOT / EXAMPLE) == 0


def test_settings_documentation_is_fresh() -> None:
    assert write_docs(check=True, file=_ROOT / DOCS) == 0


def test_stale_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stale = tmp_path / "asyncapi.yaml"
    stale.write_text("asyncapi: 2.0.0\n")
    assert asyncapi(check=True, file=stale) == 1
    assert "run `ecflink contract asyncapi`" in capsys.readouterr().err


def test_every_reference_of_the_document_leads_somewhere() -> None:
    whole = yaml.safe_load((_ROOT / "docs/asyncapi.yaml").read_text(encoding="utf-8"))
    for reference in _references(whole):
        place = whole
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_every_topic_has_a_channel_and_its_operations() -> None:
    made = document()
    assert set(made["channels"]) == {topic.name for topic in TOPICS}
    assert len(made["operations"]) == sum(len(topic.written_by) + len(topic.read_by) for topic in TOPICS)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.command)
def test_example_holds_all_that_a_role_must_be_told(
    role: Role, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in _block("every role") | _block(f"ecflink {role.command}"):
        monkeypatch.setenv(name, _secret(tmp_path, value) if name.endswith("_FILE") else value)
    loaded = load(role.model)
    assert loaded.model_fields_set <= {name.removesuffix("_FILE").lower() for name, _ in _set(role)}


def _block(title: str) -> set[tuple[str, str]]:
    """Return the variables that are set in one block of the example."""
    text = (_ROOT / EXAMPLE).read_text(encoding="utf-8")
    lines = text.partition(f"# --- {title} -")[2].partition("\n# ---")[0].splitlines()[1:]
    return {(line.partition("=")[0], line.partition("=")[2]) for line in lines if line and not line.startswith("#")}


def _set(role: Role) -> set[tuple[str, str]]:
    return _block("every role") | _block(f"ecflink {role.command}")


def _secret(folder: Path, path: str) -> str:
    secret = folder / Path(path).name
    secret.write_text(_KEY if secret.name in {"proof_keys", "notice_keys"} else _PASSWORD)
    return str(secret)


def _references(part: object) -> list[str]:
    if isinstance(part, dict):
        own = [value for name, value in part.items() if name == "$ref"]
        return own + [reference for value in part.values() for reference in _references(value)]
    return [reference for value in part for reference in _references(value)] if isinstance(part, list) else []
