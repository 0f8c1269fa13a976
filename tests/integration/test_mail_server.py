"""The scripted mail server does what tests of the notifier rely on."""

import smtplib

import pytest

from tests.backends.smtp import DROP, FINAL_DOT, MailServer

MESSAGE = b"Subject: one\r\n\r\n.dots and\ttabs stay\r\n"


def test_message_is_kept_byte_for_byte(smtp: MailServer) -> None:
    _send(smtp)

    assert smtp.messages == [MESSAGE]


def test_scripted_answer_is_given_once(smtp: MailServer) -> None:
    smtp.reply("RCPT", "451 later")

    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        _send(smtp)
    _send(smtp)

    assert refused.value.recipients["to@example.test"] == (451, b"later")
    assert smtp.messages == [MESSAGE]


def test_line_cut_after_the_final_dot_leaves_the_message(smtp: MailServer) -> None:
    smtp.reply(FINAL_DOT, DROP)

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        _send(smtp)

    assert smtp.messages == [MESSAGE]


def test_refused_message_is_not_kept(smtp: MailServer) -> None:
    smtp.reply(FINAL_DOT, "554 no")

    with pytest.raises(smtplib.SMTPDataError):
        _send(smtp)

    assert smtp.messages == []


def _send(smtp: MailServer) -> None:
    with smtplib.SMTP(smtp.host, smtp.port, timeout=10) as client:
        client.sendmail("from@example.test", ["to@example.test"], MESSAGE)
