"""What the letters of notices say: to whom, in both languages, and what stands in none of them."""

import re
from datetime import UTC, datetime

import pytest

from services.contract.courts import CourtType
from services.contract.notices import FactorChange, FactorKind, NoticeKind
from services.notifier.letters.changes import told
from services.notifier.letters.facts import facts_of
from services.notifier.letters.notices import NoticeWriter
from tests.unit.notifier.noticing import CODE, notice, written
from tests.unit.notifier.writing import UTAH, text

_FILLED = re.compile(r"\{[a-z_]+\}")


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_letter_is_whole_in_text_and_html(kind: NoticeKind) -> None:
    mail = written(notice(kind))
    assert mail["To"] == "Alex Attorney <alex.attorney@example.org>"
    for body in (text(mail), text(mail, "html")):
        assert not _FILLED.search(body)
        assert "PACER Service Center" in body
        assert "1234567" not in body


def test_the_go_live_letter_says_what_how_and_whom_to_call() -> None:
    body = text(written(notice(NoticeKind.COURT_LIVE)))
    assert "UTAH BANKRUPTCY COURT is live with NextGen CM/ECF. You cannot file there until you link" in body
    assert (
        "CM/ECF login: atyalex\nLive from: 11/30/2026 08:00:00 CST\nCourt local time: 11/30/2026 07:00:00 MST" in body
    )
    assert "- Open https://ecf.court.example/UTBK/ecf and sign in with your PACER account." in body
    assert '- Choose Utilities, then "Link a CM/ECF account to my PACER account".' in body
    assert "If you have linked already, there is nothing to do." in body
    assert "Help with your CM/ECF account: 801-524-6576, Mon-Fri 8:00-16:30" in body
    assert "ya funciona con NextGen CM/ECF. No puede presentar documentos" in body
    assert "can be used to file until" not in body


def test_the_go_live_letter_tells_until_when_the_old_way_works() -> None:
    until = datetime(2026, 12, 8, 6, 59, 59, tzinfo=UTC)
    body = text(written(notice(NoticeKind.COURT_LIVE, old_way_until=until)))
    assert "in time: after the date below you cannot file there without it." in body
    assert "can be used to file until: 12/08/2026 00:59:59 CST\nCourt local time: 12/07/2026 23:59:59 MST" in body


def test_an_appellate_court_names_its_own_way() -> None:
    class Appellate:
        def facts(self, _: str) -> object:
            return facts_of(UTAH.model_copy(update={"type": CourtType.APPELLATE}))

    writer = NoticeWriter(Appellate(), "https://ecf.court.example")  # type: ignore[arg-type]
    letter = writer.letter(notice(NoticeKind.COURT_LIVE))
    assert '- Choose "Link My Filer Account to My PACER Account".' in letter.text


def test_a_code_stands_in_the_body_and_in_no_header() -> None:
    mail = written(notice(NoticeKind.SECURITY_CODE))
    assert text(mail).startswith(f"Your security code: {CODE}\n")
    assert f'<b style="font-size: 1.5em">{CODE}</b>' in text(mail, "html")
    assert not [name for name, value in mail.items() if CODE in value]
    assert "The code is good until: 11/30/2026 08:10:00 CST\nCourt local time: 11/30/2026 07:10:00 MST" in text(mail)
    assert "Nobody of the court or of PACER asks you for this code" in text(mail)
    assert "Account Number: ****567" in text(mail)


def test_a_label_cannot_become_markup() -> None:
    mail = written(notice(NoticeKind.FACTOR_CHANGED))
    assert "Name of the method: Telephone <b>" in text(mail)
    assert "Telephone &lt;b&gt;" in text(mail, "html")


def test_no_name_of_a_method_leaves_no_line_behind() -> None:
    body = text(written(notice(NoticeKind.FACTOR_CHANGED, factor_label=None)))
    assert "Name of the method" not in body
    assert "An authenticator app was added to your PACER account." in body
    assert "Se agregó una aplicación de autenticación a su cuenta PACER." in body


@pytest.mark.parametrize("change", FactorChange)
@pytest.mark.parametrize("factor", FactorKind)
def test_every_change_can_be_told_in_both_languages(factor: FactorKind, change: FactorChange) -> None:
    english, spanish = told(factor, change)
    assert english != spanish
    assert english.endswith(".")


def test_a_password_change_says_when_and_whom_to_call() -> None:
    body = text(written(notice(NoticeKind.PASSWORD_CHANGED)))
    assert "Date/Time: 11/30/2026 08:00:00 CST" in body
    assert "If this was not you, call the PACER Service Center at once: 800-676-6856" in body
