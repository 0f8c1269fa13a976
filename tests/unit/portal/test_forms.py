"""Whatever is typed: a form is filled in or has faults, the page is never a crash, and no password comes back."""

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.auth.portal.forms import (
    AcknowledgmentForm,
    CmecfForm,
    RedactionForm,
    SignInForm,
    parse,
)
from services.ops.demo.browser import Browser

FORMS = [SignInForm, CmecfForm, AcknowledgmentForm, RedactionForm]
ANY = st.text(max_size=300)
MARK = "☃"  # in no sentence of ours
MARKED = st.tuples(st.text(max_size=150), st.text(max_size=150)).map(MARK.join)


@pytest.mark.parametrize("model", FORMS)
@given(data=st.data())
def test_any_text_is_a_form_or_faults_without_what_was_typed(model: type[SignInForm], data: st.DataObject) -> None:
    typed = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(model.model_fields, ANY | MARKED)))
    form = parse(model, typed)
    if isinstance(form, dict):
        assert form.keys() <= model.model_fields.keys()
        assert all(form.values())
        assert MARK not in "".join(form.values())
    else:
        assert all(len(getattr(form, name)) <= 128 for name in model.model_fields)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(username=ANY, password=st.text(min_size=12, max_size=300), code=ANY)
def test_no_sign_in_crashes_or_sends_a_password_back(
    http: httpx.Client, username: str, password: str, code: str
) -> None:
    fields = Browser(http, "/UTBK/sign-in").page.forms[0].fields
    typed = {"username": username, "password": password, "client_code": code}
    try:
        answer = http.post("/UTBK/sign-in", data=fields | typed)
    except UnicodeEncodeError:  # no browser can send a lone surrogate either
        return
    assert answer.status_code in {403, 422}
    if password not in username + code:
        assert f'value="{password}"' not in answer.text
