"""What the embedded stack writes and reads on disk: secrets, jars, ports' neighbours."""

import hashlib
import stat
from pathlib import Path

import pytest

from services.ops.stack import jars
from services.ops.stack.environment import Addresses, Environment
from services.ops.stack.secrets import SecretFiles


def test_secrets_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    secrets = SecretFiles(tmp_path / "secrets")

    first = secrets.form_secret.read_text()

    assert SecretFiles(tmp_path / "secrets").form_secret.read_text() == first
    assert stat.S_IMODE(secrets.form_secret.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_environment_names_files_and_holds_no_secret(tmp_path: Path) -> None:
    secrets = SecretFiles(tmp_path)
    addresses = Addresses(
        kafka="127.0.0.1:1",
        postgres=lambda *, user: f"postgresql://{user}@127.0.0.1:2/ecflink",
        smtp_port=3,
        ports={"http": 4, "auth": 5, "linker": 6, "notifier": 7, "guard": 8, "guard-pages": 9},
    )
    environment = Environment(addresses=addresses, secrets=secrets, mail_folder=tmp_path / "mail", data_folder=tmp_path)

    told = [environment.of(role) for role in ("owner", "auth", "linker", "notifier", "guard", "reader")]

    values = "\n".join(value for each in told for value in each.values())
    assert not any(path.read_text().strip() in values for path in tmp_path.iterdir())
    assert environment.of("linker")["DATABASE_URL"] == "postgresql://ecflink_linker@127.0.0.1:2/ecflink"


def test_guard_is_told_of_no_database_and_no_secret(tmp_path: Path) -> None:
    ports = {"http": 4, "guard": 8, "guard-pages": 9}
    addresses = Addresses(kafka="k", postgres=lambda *, user: user, smtp_port=3, ports=ports)
    environment = Environment(
        addresses=addresses, secrets=SecretFiles(tmp_path), mail_folder=tmp_path, data_folder=tmp_path
    )

    told = environment.of("guard")

    assert not [name for name in told if name.startswith("DATABASE") or name.endswith("_FILE")]
    assert told["HTTP_PORT"] == "9"


def test_linker_is_not_told_what_signs_forms(tmp_path: Path) -> None:
    addresses = Addresses(kafka="k", postgres=lambda *, user: user, smtp_port=3, ports={"http": 4})

    told = Environment(
        addresses=addresses, secrets=SecretFiles(tmp_path), mail_folder=tmp_path, data_folder=tmp_path
    ).of("linker")

    assert "FORM_SECRET_FILE" not in told


def _rehearsing(tmp_path: Path, *, rehearsal: bool) -> Environment:
    ports = {"http": 4, "guard-pages": 9}
    addresses = Addresses(kafka="k", postgres=lambda *, user: user, smtp_port=3, ports=ports)
    return Environment(
        addresses=addresses,
        secrets=SecretFiles(tmp_path),
        mail_folder=tmp_path,
        data_folder=tmp_path,
        rehearsal=rehearsal,
    )


@pytest.mark.parametrize("role", ["auth", "linker", "notifier", "owner"])
def test_rehearsal_is_told_to_each_role_that_needs_it(tmp_path: Path, role: str) -> None:
    told = _rehearsing(tmp_path, rehearsal=True).of(role)
    assert (told["REHEARSAL"], told["SINK_SMTP_PORT"]) == ("true", "3")
    assert ("REHEARSAL_KEYS_FILE" in told) == (role != "notifier")


@pytest.mark.parametrize("role", ["auth", "linker", "notifier", "guard", "owner"])
def test_without_rehearsal_nothing_is_told_of_it(tmp_path: Path, role: str) -> None:
    told = _rehearsing(tmp_path, rehearsal=False).of(role)
    assert not [name for name in told if "REHEARSAL" in name or "SINK" in name or name == "TRUSTED_PROXIES"]


def test_listed_jars_are_each_named_once() -> None:
    listed = jars.listed_jars()

    assert len({jar.file_name for jar in listed}) == len(listed)
    assert f"kafka_2.13-{jars.KAFKA_VERSION}.jar" in {jar.file_name for jar in listed}


def test_jars_that_are_there_and_right_are_not_fetched(tmp_path: Path) -> None:
    listed = tmp_path / "list"
    content = b"a jar"
    listed.write_text(f"# a comment\n{hashlib.sha256(content).hexdigest()}  org.example:thing:1\n")
    folder = tmp_path / "jars"
    folder.mkdir()
    (folder / "thing-1.jar").write_bytes(content)
    (folder / "stranger-1.jar").write_bytes(b"not listed")

    jars.provide_jars(folder, list_path=listed, advance=_no_download)

    assert [path.name for path in folder.iterdir()] == ["thing-1.jar"]


def _no_download(_done: int, _total: int) -> None:
    pytest.fail("nothing was to be downloaded")
