"""JSON logs: an action slug with fields, the request id bound to each line, addresses masked, never a payload."""

import logging
import sys
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

log: FilteringBoundLogger = structlog.get_logger()


def configure(role: str, level: str) -> None:
    """Send every line of this process, ours and the libraries', to standard error as one JSON object."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=_services_logger,
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.processors.format_exc_info],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _named(role),
                structlog.processors.JSONRenderer(serializer=_dumps),
            ],
        )
    )
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(max(threshold, logging.WARNING))
    logging.getLogger("services").setLevel(threshold)


def _services_logger(*_: object) -> logging.Logger:
    return logging.getLogger("services")


def mask(address: str) -> str:
    """Return a mail address with all but its first letter and its domain hidden: `a***@example.org`."""
    local, at, domain = address.partition("@")
    return f"{local[:1]}***{at}{domain}"


def _named(role: str) -> Any:  # noqa: ANN401 - a structlog processor
    def add(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["role"] = role
        return event

    return add


def _dumps(event: EventDict, **_: object) -> str:
    return orjson.dumps(event, default=str).decode()
