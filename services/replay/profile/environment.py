"""A profile's values from the environment of a deployment's own commands: what `ecflink up` writes, or a container has.

Secrets are not read: the profile gets the names of their files or variables.
"""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from services.replay.outcome import Unusable

Values = dict[str, Any]

_KAFKA: Final = {
    "KAFKA_BOOTSTRAP_SERVERS": "bootstrap_servers",
    "KAFKA_SECURITY_PROTOCOL": "security_protocol",
    "KAFKA_SASL_MECHANISM": "sasl_mechanism",
    "KAFKA_SASL_USERNAME": "sasl_username",
    "KAFKA_SSL_CA_PATH": "ssl_ca_path",
    "KAFKA_SSL_CERT_PATH": "ssl_cert_path",
    "KAFKA_SSL_KEY_PATH": "ssl_key_path",
    "TOPIC_PREFIX": "topic_prefix",
}
_READYZ: Final = {role: f"READYZ_{role.upper()}" for role in ("auth", "linker", "notifier")}
_READER: Final = "ecflink_reader"
_USER: Final = re.compile(r"(?<=://)[^@/]*(?=@)")


def read_environment_file(path: Path) -> dict[str, str]:
    """Return the NAME=value lines of a file that a shell could read. Raises Unusable."""
    try:
        words = shlex.split(path.read_text(encoding="utf-8"), comments=True)
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise Unusable(f"{path} is no environment file: {error}") from None
    found = dict(word.partition("=")[::2] for word in words if "=" in word)
    return {name: value for name, value in found.items() if name.isidentifier()}


def values_of(environment: Mapping[str, str]) -> Values:
    """Return what the environment says of a profile's values; tables that it says nothing of are left out."""
    kafka = {field: environment[name] for name, field in _KAFKA.items() if environment.get(name)}
    kafka |= _secret(environment, "KAFKA_SASL_PASSWORD", "sasl_password")
    values: Values = {"kafka": kafka} if kafka else {}
    if environment.get("DATABASE_URL"):
        values["ledger"] = _ledger(environment)
    if environment.get("MAILBOX"):
        values["mail"] = {"mailbox": environment["MAILBOX"]}
    if environment.get("PUBLIC_URL"):
        values["front_door"] = {"url": environment["PUBLIC_URL"]}
    if environment.get("REHEARSAL_KEYS_FILE"):
        values["rehearsal_key_file"] = environment["REHEARSAL_KEYS_FILE"]
    if readyz := {role: environment[name] for role, name in _READYZ.items() if environment.get(name)}:
        values["readyz"] = readyz
    return values


def _ledger(environment: Mapping[str, str]) -> Values:
    """An operator's environment has the owner's address and the reader's password beside it: the reader is meant."""
    url = environment["DATABASE_URL"]
    reader = _secret(environment, "DATABASE_PASSWORD_READER", "password")
    if reader:
        return {"database_url": _USER.sub(_READER, url, count=1)} | reader
    return {"database_url": url} | _secret(environment, "DATABASE_PASSWORD", "password")


def _secret(environment: Mapping[str, str], name: str, field: str) -> Values:
    if path := environment.get(f"{name}_FILE"):
        return {f"{field}_file": path}
    return {f"{field}_env": name} if environment.get(name) else {}
