"""The official images of Kafka and Postgres, through testcontainers.

Host ports are chosen before the start and kept, so that an address survives a restart and Kafka can be told what to
advertise. Both images are the ones of docker-compose.yml.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import docker
from docker.errors import DockerException, ImageNotFound
from testcontainers.core.config import ConnectionMode, testcontainers_config
from testcontainers.core.container import DockerContainer

from services.ops.stack.kafka import answers_api_versions
from services.ops.stack.ports import free_port

KAFKA_IMAGE = "apache/kafka:4.3.1"
POSTGRES_IMAGE = "postgres:18"
IMAGES = (KAFKA_IMAGE, POSTGRES_IMAGE)
_OWNER = "ecflink"
_OWNER_PASSWORD = "owner-of-one-run"
_ENGINE_ANSWER_S_MAX = 5
_READY_S_MAX = 60.0
_POLL_S = 0.1
_STOP_S_MAX = 20


def engine_trouble() -> str:
    """Return why containers cannot be used; empty when they can."""
    try:
        client = docker.from_env(timeout=_ENGINE_ANSWER_S_MAX)
    except DockerException:
        return "no container engine answers"
    try:
        client.ping()
        for image in IMAGES:
            _assert_available(client, image)
    except (DockerException, OSError):
        return f"the container engine does not answer, or neither has nor can pull {' and '.join(IMAGES)}"
    finally:
        client.close()
    return ""


@dataclass(frozen=True)
class _Container:
    container: DockerContainer
    ready: Callable[[], bool]

    def stop(self) -> None:
        self.container.get_wrapped_container().stop(timeout=_STOP_S_MAX)

    def kill(self) -> None:
        self.container.get_wrapped_container().kill()

    def resume(self) -> None:
        self.container.get_wrapped_container().start()
        self.await_ready()

    def await_ready(self) -> None:
        deadline = time.monotonic() + _READY_S_MAX
        while not self.ready():
            if time.monotonic() > deadline:
                log = self.container.get_wrapped_container().logs(tail=40).decode(errors="replace")
                raise TimeoutError(f"{self.container.image} was not ready after {_READY_S_MAX:.0f} s:\n{log}")
            time.sleep(_POLL_S)


@dataclass
class ContainersBackend:
    name: str = "containers"
    _started: list[DockerContainer] = field(default_factory=list)
    _kafka_port: int = field(default_factory=free_port)
    _postgres_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        # Its reaper is one more image; what we start, `close` removes.
        testcontainers_config.ryuk_disabled = True
        if Path("/.dockerenv").exists():
            testcontainers_config.connection_mode_override = ConnectionMode.docker_host

    @property
    def bootstrap(self) -> str:
        return f"{self.kafka.container.get_container_host_ip()}:{self._kafka_port}"

    @property
    def owner_url(self) -> str:
        host = self.postgres.container.get_container_host_ip()
        return f"postgresql://{_OWNER}:{_OWNER_PASSWORD}@{host}:{self._postgres_port}/{_OWNER}"

    @cached_property
    def kafka(self) -> _Container:
        container = DockerContainer(KAFKA_IMAGE).with_bind_ports(9092, self._kafka_port)
        host = container.get_docker_client().host()
        # Any KAFKA_ variable replaces the image's defaults altogether: everything needed stands here.
        container.with_envs(
            KAFKA_NODE_ID="1",
            KAFKA_PROCESS_ROLES="broker,controller",
            KAFKA_LISTENERS="PLAINTEXT://:9092,CONTROLLER://:9093",
            KAFKA_ADVERTISED_LISTENERS=f"PLAINTEXT://{host}:{self._kafka_port}",
            KAFKA_LISTENER_SECURITY_PROTOCOL_MAP="PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            KAFKA_CONTROLLER_LISTENER_NAMES="CONTROLLER",
            KAFKA_CONTROLLER_QUORUM_VOTERS="1@localhost:9093",
            KAFKA_AUTO_CREATE_TOPICS_ENABLE="false",
            KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR="1",
            KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS="4",
            KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR="1",
            KAFKA_TRANSACTION_STATE_LOG_MIN_ISR="1",
            KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS="0",
            KAFKA_BROKER_HEARTBEAT_INTERVAL_MS="500",
            KAFKA_BROKER_SESSION_TIMEOUT_MS="3000",
        )
        return self._start(_Container(container, lambda: answers_api_versions(host, self._kafka_port)))

    @cached_property
    def postgres(self) -> _Container:
        container = DockerContainer(POSTGRES_IMAGE, command="postgres -c max_connections=200")
        container.with_bind_ports(5432, self._postgres_port).with_envs(
            POSTGRES_USER=_OWNER, POSTGRES_PASSWORD=_OWNER_PASSWORD, POSTGRES_DB=_OWNER
        )
        # By TCP: while the image initialises itself it listens on its socket alone.
        probe = ["pg_isready", "-q", "-h", "127.0.0.1", "-U", _OWNER]
        return self._start(_Container(container, lambda: bool(container.exec(probe).exit_code == 0)))

    def close(self) -> None:
        for container in reversed(self._started):
            container.stop()

    def _start(self, server: _Container) -> _Container:
        self._started.append(server.container)
        server.container.start()
        server.await_ready()
        return server


def _assert_available(client: docker.DockerClient, image: str) -> None:
    try:
        client.images.get(image)
    except ImageNotFound:
        client.images.get_registry_data(image)
