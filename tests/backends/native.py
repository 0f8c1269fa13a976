"""The embedded stack's own servers as processes of this machine, their data in a folder that ends with the run.

Downloads are shared with `ecflink up` through var/lib.
"""

import shutil
import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from services.ops.stack.kafka import KafkaServer
from services.ops.stack.postgres import PostgresServer
from services.ops.stack.progress import Progression

_LIB = Path(__file__).parents[2] / "var" / "lib"


@dataclass(frozen=True)
class _NativeServer:
    server: KafkaServer | PostgresServer

    def stop(self) -> None:
        self.server.stop()

    def kill(self) -> None:
        self.server.kill()

    def resume(self) -> None:
        self.server.launch()
        self.server.wait_ready()


@dataclass
class NativeBackend:
    name: str = "native"
    _folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="ecflink-tests-")))
    _started: list[KafkaServer | PostgresServer] = field(default_factory=list)

    @cached_property
    def kafka(self) -> _NativeServer:
        return self._start(
            KafkaServer(
                home=_LIB,
                data_dir=self._folder / "kafka",
                log_path=self._folder / "kafka.log",
                progression=Progression(),
            )
        )

    @cached_property
    def postgres(self) -> _NativeServer:
        return self._start(
            PostgresServer(
                home=_LIB,
                data_dir=self._folder / "postgres",
                log_path=self._folder / "postgres.log",
                password="owner-of-one-run",
            )
        )

    @property
    def bootstrap(self) -> str:
        server = self.kafka.server
        assert isinstance(server, KafkaServer)
        return server.bootstrap

    @property
    def owner_url(self) -> str:
        server = self.postgres.server
        assert isinstance(server, PostgresServer)
        return server.owner_url

    def close(self) -> None:
        for server in reversed(self._started):
            server.stop()
        shutil.rmtree(self._folder)

    def _start(self, server: KafkaServer | PostgresServer) -> _NativeServer:
        self._started.append(server)
        server.start()
        return _NativeServer(server)
