"""Apache Kafka's jars: taken from Maven Central by jgo, one by one from a committed list, and checked against it.

The list names every jar of the resolved graph, so that starting resolves nothing. `python -m services.ops.stack.jars`
resolves anew and prints the list, for a new version of Kafka. Nothing that the list does not name is ever loaded.
"""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import Artifact, MavenContext
from jgo.parse import Coordinate

from services.ops.stack.process import StackFailed

KAFKA_VERSION = "4.3.1"
# The broker and its commands; then what binds Kafka's SLF4J 1.7 to the Log4j 2 that it ships. Two graphs, as the
# versions that the second one manages must not change the first.
_ROOTS = (
    (f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}", f"org.apache.kafka:kafka-tools:{KAFKA_VERSION}"),
    ("org.apache.logging.log4j:log4j-slf4j-impl:2.25.4",),
)
LIST_PATH = Path(__file__).with_name("kafka-jars.sha256")
_DOWNLOADS_AT_ONCE = 8


@dataclass(frozen=True)
class Jar:
    """One line of the list: `sha256  group:artifact:version`."""

    sha256: str
    group: str
    artifact: str
    version: str

    @property
    def file_name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def listed_jars(list_path: Path = LIST_PATH) -> list[Jar]:
    lines = list_path.read_text(encoding="utf-8").splitlines()
    return [_jar_from_line(line) for line in lines if line and not line.startswith("#")]


def provide_jars(folder: Path, *, advance: Callable[[int, int], None], list_path: Path = LIST_PATH) -> None:
    """Fill `folder` with the listed jars, each checked; `advance(done, total)` is called as downloads end."""
    jars = listed_jars(list_path)
    folder.mkdir(parents=True, exist_ok=True)
    missing = [jar for jar in jars if _sha256(folder / jar.file_name) != jar.sha256]
    if missing:
        _download(missing, folder, advance=advance)
    names = {jar.file_name for jar in jars}
    for stranger in (path for path in folder.glob("*.jar") if path.name not in names):
        stranger.unlink()


def _download(jars: list[Jar], folder: Path, *, advance: Callable[[int, int], None]) -> None:
    with (
        tempfile.TemporaryDirectory(dir=folder.parent, prefix="maven-") as repository,
        ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool,
    ):
        context = _central(Path(repository))
        waiting = [pool.submit(_download_one, context, jar, folder) for jar in jars]
        for done, future in enumerate(as_completed(waiting), start=1):
            future.result()
            advance(done, len(jars))


def _download_one(context: MavenContext, jar: Jar, folder: Path) -> None:
    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    try:
        source = component.artifact().resolve()
    except Exception as error:  # jgo raises whatever its HTTP client does
        raise StackFailed(
            f"{jar.file_name} could not be taken from {MAVEN_CENTRAL_URL}: {error}. Check the network and the proxy "
            "settings (HTTPS_PROXY), or name an installed Kafka by STACK_KAFKA_HOME."
        ) from error
    found = _sha256(source)
    if found != jar.sha256:
        raise StackFailed(f"{jar.file_name} is not the one listed: sha256 {found}, expected {jar.sha256}. Not used.")
    # Complete or absent: two stacks may fill the same folder at once.
    partial = folder / f".{jar.file_name}.{os.getpid()}"
    shutil.copyfile(source, partial)
    partial.replace(folder / jar.file_name)


def resolve_list(repository: Path) -> list[str]:
    """Resolve the roots anew and return the lines of the list; the first graph that holds an artifact decides."""
    context = _central(repository)
    found: dict[str, Artifact] = {}
    for roots in _ROOTS:
        inputs, transitive = context.resolver.resolve(
            [context.create_dependency(Coordinate.parse(root)) for root in roots]
        )
        for dependency in [*inputs, *(each for each in transitive if each.scope in {"compile", "runtime"})]:
            found.setdefault(f"{dependency.groupId}:{dependency.artifactId}", dependency.artifact)
    return [f"{_sha256(jar.resolve())}  {name}:{jar.version}" for name, jar in sorted(found.items())]


def _central(repository: Path) -> MavenContext:
    return MavenContext(repo_cache=repository, remote_repos={"central": MAVEN_CENTRAL_URL})


def _jar_from_line(line: str) -> Jar:
    sha256, coordinate = line.split()
    group, artifact, version = coordinate.split(":")
    return Jar(sha256, group, artifact, version)


def _sha256(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        sys.stdout.write("".join(f"{line}\n" for line in resolve_list(Path(scratch))))
