"""`deploy/init`: makes secrets once, mends placeholders, refuses what it cannot mend, and prints none of them."""

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from services.contract.noticekeys import NoticeKeys
from services.contract.proof import KeyRing

SCRIPT = Path(__file__).parents[2] / "deploy" / "init"


class Init(NamedTuple):
    """The script over a folder of its own."""

    folder: Path

    def __call__(self, *words: str) -> "subprocess.CompletedProcess[str]":
        env = os.environ | {"SECRETS_DIR": str(self.folder), "SECRETS_ENV_FILE": str(self.folder.parent / "env")}
        return subprocess.run([SCRIPT, *words], env=env, capture_output=True, text=True, check=False)

    def put(self, name: str, text: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
        (self.folder / name).write_text(text)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()


@pytest.fixture
def init(tmp_path: Path) -> Init:
    return Init(tmp_path / "secrets")


def test_secrets_are_random_closed_and_not_printed(init: Init) -> None:
    done = init()
    assert done.returncode == 0, done.stderr
    texts = [path.read_text() for path in init.folder.iterdir()]
    assert len(set(texts)) == len(texts) == 10
    assert not any(re.search(r"[0-9a-f]{64}", text) is None for text in texts)
    assert not re.search(r"[0-9a-f]{32}", done.stdout + done.stderr)
    assert init.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in init.folder.iterdir()} == {0o444}
    assert KeyRing.parse(init.read("proof_keys")).keys.keys() != KeyRing.parse(init.read("rehearsal_keys")).keys.keys()
    assert len(NoticeKeys.parse(init.read("notice_keys")).public) == 1


def test_second_run_changes_nothing(init: Init) -> None:
    init()
    before = {path.name: path.read_text() for path in init.folder.iterdir()}
    assert init().stdout.startswith("nothing to do")
    assert before == {path.name: path.read_text() for path in init.folder.iterdir()}


def test_compose_is_told_once(init: Init) -> None:
    init()
    settings = init.folder.parent / "env"
    settings.write_text(f"MAIL_FROM=a@b.test\n{settings.read_text()}")
    init()
    assert settings.read_text() == f"MAIL_FROM=a@b.test\nSECRETS_DIR={init.folder}\n"


@pytest.mark.parametrize("text", ["", " \n", "changeme\n", "<your password here>\n", "xxxxxxxx\n", "0" * 64, "Secret"])
def test_placeholder_is_replaced(init: Init, text: str) -> None:
    init()
    init.put("form_secret", text)
    done = init()
    assert "form_secret" in done.stdout
    assert "replaced" in done.stdout
    assert re.fullmatch(r"[0-9a-f]{64}\n", init.read("form_secret"))


def test_own_password_is_kept(init: Init) -> None:
    init()
    init.put("postgres_auth_password", "a-secret-of-our-own-choice\n")
    assert init().returncode == 0
    assert init.read("postgres_auth_password") == "a-secret-of-our-own-choice\n"


@pytest.mark.parametrize(
    "name, text", [("form_secret", "hunter2"), ("proof_keys", "k1:abc\n"), ("proof_keys", "abc" * 30)]
)
def test_what_cannot_be_good_is_refused_and_kept(init: Init, name: str, text: str) -> None:
    init()
    init.put(name, text)
    done = init()
    assert done.returncode == 1
    assert name in done.stderr
    assert init.read(name) == text


def test_external_asks_for_all_that_the_court_must_supply(init: Init) -> None:
    done = init("external")
    assert done.returncode == 1
    asked = ("postgres_owner_password", "postgres_ca", "kafka_password", "kafka_ca", "smtp_password", "smtp_ca")
    assert [name for name in asked if f"/{name} is missing" not in done.stderr] == []
    for name in asked:
        init.put(name, "-----BEGIN CERTIFICATE-----\n" if name.endswith("_ca") else "the court's own word\n")
    assert init("external").returncode == 0


def test_without_compose_nobody_is_told(init: Init) -> None:
    done = subprocess.run(
        [SCRIPT],
        env=os.environ | {"SECRETS_DIR": str(init.folder), "SECRETS_ENV_FILE": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [path.name for path in init.folder.parent.iterdir()] == ["secrets"]


def test_unknown_word_is_usage(init: Init) -> None:
    assert init("everything").returncode == 2
