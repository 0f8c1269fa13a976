"""The language of an answer: asked for by the browser, chosen by a link, kept in a cookie; no text without Spanish."""

import httpx
import pytest

from services.auth.portal.language import LANGUAGES, SOURCE
from services.auth.portal.texts import faults_of, texts
from services.ops.demo.browser import Browser
from tests.unit.portal.inside import CMECF_LOGIN, CMECF_PASSWORD, PASSWORD, USERNAME


@pytest.mark.parametrize("language", sorted(LANGUAGES.keys() - {SOURCE}))
def test_no_text_is_missing_unsure_or_left_over(language: str) -> None:
    assert faults_of(language, set(texts())) == []


@pytest.mark.parametrize(
    "accepted, language",
    [
        ("", "en"),
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("fr,de;q=0.9", "en"),
        ("en;q=0.3,es;q=0.7", "es"),
        ("es;q=0,en", "en"),
        ("es;q=broken", "en"),
        (";;;,,,q=", "en"),
        ("x" * 5000, "en"),
    ],
)
def test_browser_s_language_is_taken(http: httpx.Client, accepted: str, language: str) -> None:
    answer = http.get("/UTBK/sign-in", headers={"Accept-Language": accepted})
    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["content-language"] == language


def test_choice_outlasts_the_page_and_what_the_browser_asks_for(http: httpx.Client) -> None:
    http.headers["Accept-Language"] = "en"
    assert "Inicio" in Browser(http, "/UTBK?lang=es").page.title
    assert '<html lang="es">' in http.get("/UTBK/ecf").text
    assert '<html lang="en">' in http.get("/UTBK/ecf?lang=en").text
    assert '<html lang="en">' in http.get("/UTBK/ecf").text


@pytest.mark.parametrize("wanted", ["xx", "es&lang=en&lang=es", "%ff", "<script>"])
def test_unknown_choice_changes_nothing(http: httpx.Client, wanted: str) -> None:
    answer = http.get(f"/?lang={wanted}")
    assert answer.status_code == 200
    assert "<script>" not in answer.text


def test_language_link_keeps_where_the_filer_wanted_to_go(http: httpx.Client) -> None:
    browser = Browser(http, "/UTBK/bankruptcy")
    browser.follow("Español")
    browser.submit("Iniciar sesión", {"username": USERNAME, "password": PASSWORD})
    assert browser.address.endswith("/UTBK/bankruptcy")


def test_walk_in_spanish_keeps_the_record_in_english(http: httpx.Client) -> None:
    browser = Browser(http, "/UTBK/sign-in?lang=es")
    browser.submit("Iniciar sesión", {"username": USERNAME, "password": ""})
    browser.expect("Hay un problema", "Escriba: Contraseña")
    browser.submit("Iniciar sesión", {"username": USERNAME, "password": PASSWORD})
    browser.open("/UTBK/link")
    browser.submit("Continuar", tick="own_account")
    browser.submit("Enviar", {"cmecf_login": CMECF_LOGIN, "cmecf_password": CMECF_PASSWORD})
    browser.submit("Enviar")
    browser.expect("Sus cuentas están vinculadas")
    assert browser.page.facts["Comment"] == "Your PACER account has been linked to your CM/ECF account"
    assert browser.page.facts["Date/Time Submitted"] == "11/24/2026 11:00:00 CST"


def test_hours_of_a_desk_name_the_days_in_spanish(http: httpx.Client) -> None:
    assert "Horario lun-vie 08:00-16:30, hora de las Montañas Rocosas" in Browser(http, "/UTBK/ecf?lang=es").page.text
    assert "Hours Mon-Fri 08:00-16:30, Mountain Time" in Browser(http, "/UTBK/ecf?lang=en").page.text


def test_go_live_is_told_in_spanish_words(http: httpx.Client) -> None:
    assert "lunes, 23 de noviembre de 2026" in http.get("/UTBK/ecf?lang=es").text
