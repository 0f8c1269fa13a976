"""The contract as an AsyncAPI 3 document, built from the topics table and the models. Pure: returns plain data.

`ecflink contract asyncapi` writes it to `docs/asyncapi.yaml`; the check fails when that file is stale.
"""

from typing import Any, Final

from pydantic.json_schema import models_json_schema

from services.contract.envelope import CONTENT_TYPE, PROOF, REDRIVE_OF, REPLAY_RUN, REPLAY_RUN_PATTERN, TRACEPARENT
from services.contract.topics import (
    AUTH_THROTTLES,
    LINK_REQUESTS,
    LINK_TRANSACTIONS,
    MAIL_DELIVERIES,
    TOPICS,
    Topic,
)

VERSION: Final = "1.0.0"
_ABOUT: Final = (
    "What crosses the boundaries of ecflink: JSON values with CloudEvents 1.0 attributes in Kafka record headers "
    "(binary mode). Readers ignore unknown fields. A new field is optional; any other change is a new topic version."
)
_REPLAYED: Final = (LINK_REQUESTS, LINK_TRANSACTIONS, MAIL_DELIVERIES)
_ENDS: Final = {AUTH_THROTTLES.name: " A record without a value ends the throttle of its key."}


def document() -> dict[str, Any]:
    """Return the whole document, in the order of the topics table."""
    _, schemas = models_json_schema(
        [(topic.value, "serialization") for topic in TOPICS], ref_template="#/components/schemas/{model}"
    )
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "ecflink", "version": VERSION, "description": _ABOUT},
        "defaultContentType": CONTENT_TYPE.decode(),
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": {name: operation for topic in TOPICS for name, operation in _operations(topic).items()},
        "components": {
            "messages": {topic.value.__name__: _message(topic) for topic in TOPICS},
            "schemas": schemas["$defs"],
        },
    }


def _channel(topic: Topic) -> dict[str, Any]:
    name = topic.value.__name__
    return {
        "address": topic.name,
        "description": f"Key: {topic.key}. Kept: {topic.keep}.{_ENDS.get(topic.name, '')}",
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {"kafka": {"topic": topic.name, "topicConfiguration": _configuration(topic)}},
    }


def _configuration(topic: Topic) -> dict[str, Any]:
    known = {"cleanup.policy": [topic.config["cleanup.policy"]]}
    limits = {name: int(topic.config[name]) for name in ("retention.ms", "retention.bytes") if name in topic.config}
    return known | limits


def _operations(topic: Topic) -> dict[str, Any]:
    def operation(action: str) -> dict[str, Any]:
        reference = f"#/channels/{topic.name}"
        return {
            "action": action,
            "channel": {"$ref": reference},
            "messages": [{"$ref": f"{reference}/messages/{topic.value.__name__}"}],
        }

    sent = {f"{service}-sends-{topic.name}": operation("send") for service in topic.written_by}
    return sent | {f"{service}-receives-{topic.name}": operation("receive") for service in topic.read_by}


def _message(topic: Topic) -> dict[str, Any]:
    return {
        "name": topic.event_type,
        "title": topic.value.__name__,
        "contentType": CONTENT_TYPE.decode(),
        "headers": _headers(topic),
        "payload": {"$ref": f"#/components/schemas/{topic.value.__name__}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": topic.key}}},
    }


def _headers(topic: Topic) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string"},
        "ce_type": {"const": topic.event_type},
        "ce_source": {"type": "string", "examples": [f"/ecflink/{service}" for service in topic.written_by]},
        "ce_time": {"type": "string", "format": "date-time"},
        "content-type": {"const": CONTENT_TYPE.decode()},
    }
    required = [*attributes]
    attributes[TRACEPARENT] = {"type": "string", "description": "W3C trace context."}
    if topic in _REPLAYED:
        attributes[REPLAY_RUN] = {
            "type": "string",
            "pattern": f"^{REPLAY_RUN_PATTERN}$",
            "description": "The run of the replay that caused it; absent from what filers caused.",
        }
    if topic is LINK_REQUESTS:
        required.append(PROOF)
        attributes[PROOF] = {
            "type": "string",
            "pattern": "^[A-Za-z0-9._-]{1,32}:[0-9a-f]{64}$",
            "description": "`key id:hex` of HMAC-SHA256 over the exact bytes of the value.",
        }
        attributes[REDRIVE_OF] = {"type": "string", "description": "topic/partition/offset of the dead letter."}
    return {"type": "object", "required": required, "properties": attributes}
