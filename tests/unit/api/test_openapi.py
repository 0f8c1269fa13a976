"""The API's document is fresh, whole, and of the version that it names."""

from pathlib import Path
from typing import Any

import yaml

from services.auth.api.bodies import FIELD_NAMES
from services.auth.api.models import CsoAuth, CsoLogout
from services.auth.api.openapi import document
from services.ops.contract import openapi

_ROOT = Path(__file__).parents[3]


def test_the_document_is_fresh() -> None:
    assert openapi(check=True, file=_ROOT / "docs/openapi.yaml") == 0


def test_every_reference_leads_somewhere() -> None:
    whole = yaml.safe_load((_ROOT / "docs/openapi.yaml").read_text(encoding="utf-8"))
    found = references(whole)
    assert found
    for reference in found:
        place = whole
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_xml_is_read_for_every_field_of_the_document() -> None:
    models = (CsoAuth, CsoLogout)
    named = {field.alias or name for model in models for name, field in model.model_fields.items()}
    assert named == FIELD_NAMES


def test_the_document_as_served_and_as_written_are_one() -> None:
    assert yaml.safe_load((_ROOT / "docs/openapi.yaml").read_text(encoding="utf-8")) == document()


def references(node: Any) -> list[str]:  # noqa: ANN401 - a document
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [each for value in node.values() for each in references(value)]
    return [each for item in node for each in references(item)] if isinstance(node, list) else []
