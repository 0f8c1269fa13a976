"""A Maildir is read whole; what is none is refused with words."""

from pathlib import Path

import pytest

from services.audit.mailbox import mails, message_id
from services.runtime.faults import Halt


def test_new_and_read_mails_are_found(tmp_path: Path) -> None:
    for folder in ("new", "cur", "tmp"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{folder}-1").write_bytes(folder.encode())
    assert sorted(mails(str(tmp_path))) == [b"cur", b"new"]


def test_mail_that_was_read_meanwhile_counts_once(tmp_path: Path) -> None:
    for folder, name in (("new", "7.host"), ("cur", "7.host:2,S")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(b"the same mail")
    assert list(mails(str(tmp_path))) == [b"the same mail"]


def test_folder_that_is_no_maildir_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Halt, match="is not a Maildir"):
        list(mails(str(tmp_path)))


@pytest.mark.parametrize(
    "head,found",
    [
        (b"Message-ID: <1@x>\r\nTo: b", "<1@x>"),
        (b"To: b\nmessage-id: <1@x>", "<1@x>"),
        (b"Message-ID:\r\n <1@x>", "<1@x>"),
        (b"To: b\r\n\r\nMessage-ID: <1@x>", None),
        (b"X-Message-ID: <1@x>", None),
    ],
)
def test_message_id_is_that_of_the_header(head: bytes, found: str | None) -> None:
    assert message_id(head + b"\r\n\r\nbody") == found
