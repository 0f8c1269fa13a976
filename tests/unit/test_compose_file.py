"""docker-compose.yml: every container is bounded and confined, and no secret is a variable."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from services.auth.guard.settings import GuardSettings
from services.auth.settings import AuthSettings
from services.linker.settings import LinkerSettings
from services.notifier.settings import NotifierSettings
from services.ops.setup import MigrateSettings, TopicsSettings
from services.runtime.settings import RoleSettings

TOP = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((TOP / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "ECFLINK_IMAGE" in service["image"]]
ROLES = ["auth", "linker", "notifier", "guard"]

every = pytest.mark.parametrize("name", SERVICES)


@every
def test_bounded(name: str) -> None:
    service = SERVICES[name]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", OURS)
def test_ours_writes_nothing_but_tmp(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"]
    assert [mount.partition(":")[0] for mount in service["tmpfs"]] == ["/tmp"]  # noqa: S108 - inside the container
    assert "volumes" not in service
    assert "user" not in service  # the image's own


@every
def test_secrets_are_files(name: str) -> None:
    service = SERVICES[name]
    environment = service.get("environment", {})
    named = {value.removeprefix("/run/secrets/") for value in environment.values() if "/run/secrets/" in str(value)}
    assert named == set(service.get("secrets", []))
    assert not [key for key in environment if key.endswith(("PASSWORD", "SECRET", "KEYS"))]


@pytest.mark.parametrize(
    "name, model",
    [
        ("auth", AuthSettings),
        ("linker", LinkerSettings),
        ("notifier", NotifierSettings),
        ("guard", GuardSettings),
        ("migrate", MigrateSettings),
        ("topics", TopicsSettings),
    ],
)
def test_every_variable_is_a_setting(name: str, model: type[RoleSettings]) -> None:
    told = {variable.removesuffix("_FILE").lower() for variable in SERVICES[name]["environment"]}
    assert told <= set(model.model_fields)
    required = {field for field, info in model.model_fields.items() if info.is_required()}
    assert required <= told


def test_init_makes_every_secret() -> None:
    script = (TOP / "deploy" / "init").read_text()
    made = {f"postgres_{role}_password" for role in ("auth", "linker", "notifier", "reader", "owner")}
    ours = {"form_secret", "factor_secret", "proof_keys", "notice_keys", "rehearsal_keys"}
    assert all(f"secret {name}" in script for name in (*ours, "postgres_owner_password"))
    assert set(COMPOSE["secrets"]) == made | ours


@pytest.mark.parametrize("name", ROLES)
def test_roles_start_again_and_tell_their_health(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["healthcheck"]["test"] == ["CMD", "python", "-m", "services.ops.health"]


def test_one_image_is_built_once() -> None:
    assert [name for name in OURS if "build" in SERVICES[name]] == ["migrate"]
    assert {SERVICES[name]["pull_policy"] for name in OURS} == {"never"}


def test_default_profile_needs_four_images_and_no_demo() -> None:
    default = [name for name, service in SERVICES.items() if "profiles" not in service]
    assert {SERVICES[name]["image"] for name in default if name not in OURS} == {
        "apache/kafka:4.3.1",
        "postgres:18",
        "axllent/mailpit",
    }
    assert SERVICES["demo"]["profiles"] == ["demo"]
    assert SERVICES["ops"]["profiles"] == ["tools"]


def test_nothing_is_published_to_the_world_unasked() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert all(":-127.0.0.1:" in port for port in published)
