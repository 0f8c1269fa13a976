"""What is read from a body, and what is refused: JSON and XML, each field once, nothing that expands."""

import json
from contextlib import suppress
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers

from services.auth.api.bodies import ApiFault, fields
from services.auth.api.formats import JSON, TEXT_XML, XML, Format, received, wanted
from services.auth.api.models import CsoAuth, read

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))


def from_json(text: str | bytes, charset: str | None = None) -> dict[str, object]:
    return fields(text if isinstance(text, bytes) else text.encode(), Format(JSON, charset))


def from_xml(text: str | bytes, charset: str | None = None) -> dict[str, object]:
    return fields(text if isinstance(text, bytes) else text.encode(), Format(XML, charset))


@pytest.mark.parametrize(
    "text",
    [
        '{"loginId": "alex", "password": "p"}',
        '{"CsoAuth": {"loginId": "alex", "password": "p"}}',
        b'\xef\xbb\xbf{"loginId": "alex", "password": "p"}',
    ],
)
def test_json_is_read(text: str | bytes) -> None:
    assert from_json(text) == {"loginId": "alex", "password": "p"}


@pytest.mark.parametrize(
    "text",
    [
        "<CsoAuth><loginId>alex</loginId><password>p</password></CsoAuth>",
        '<?xml version="1.0"?><CsoAuth xmlns="urn:cso"><loginId>alex</loginId><password>p</password></CsoAuth>',
        '<c:CsoAuth xmlns:c="https://example.org/cso"><c:loginId>alex</c:loginId><c:password>p</c:password></c:CsoAuth>',
        "<CsoAuth><!-- both --><loginId><![CDATA[alex]]></loginId><password>p</password></CsoAuth>",
        "\ufeff<CsoAuth><loginId>alex</loginId><password>p</password></CsoAuth>",
    ],
)
def test_xml_is_read(text: str) -> None:
    assert from_xml(text) == {"loginId": "alex", "password": "p"}


def test_unknown_elements_are_passed_over_however_often_they_stand() -> None:
    assert from_xml("<CsoAuth><a/><a>1</a><loginId>alex</loginId><b><loginId>x</loginId></b></CsoAuth>") == {
        "loginId": "alex"
    }


def test_utf_16_xml_is_read() -> None:
    text = '<?xml version="1.0" encoding="utf-16"?><CsoAuth><loginId>Zoë</loginId></CsoAuth>'
    assert from_xml(text.encode("utf-16")) == {"loginId": "Zoë"}


def test_the_headers_charset_counts_before_the_documents() -> None:
    text = '<?xml version="1.0" encoding="utf-8"?><CsoAuth><loginId>Zoë</loginId></CsoAuth>'
    assert from_xml(text.encode("iso-8859-1"), "iso-8859-1") == {"loginId": "Zoë"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"loginId"',
        "null",
        '{"loginId": "a", "loginId": "b"}',
        '{"CsoAuth": {"loginId": "a", "loginId": "b"}}',
        '{"loginId": NaN}',
        '{"n": ' + "9" * 5000 + "}",
        "[" * 15_000,
        '{"a":' * 3_000,
        b'{"loginId": "\xff"}',
        '{"loginId": "a"}'.encode("utf-16"),
    ],
)
def test_json_that_cannot_be_read(text: str | bytes) -> None:
    with pytest.raises(ApiFault) as fault:
        from_json(text)
    assert fault.value.status == 400


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<CsoAuth>",
        "<Other><loginId>alex</loginId></Other>",
        "<CsoAuth><loginId>a</loginId><loginId>b</loginId></CsoAuth>",
        '<CsoAuth><loginId a="1" a="2">a</loginId></CsoAuth>',
        "<!DOCTYPE CsoAuth><CsoAuth/>",
        f"<!DOCTYPE CsoAuth [<!ENTITY l0 'ha'>{_LAUGHS}]><CsoAuth><loginId>&l8;</loginId></CsoAuth>",
        '<!DOCTYPE CsoAuth [<!ENTITY f SYSTEM "file:///etc/hostname">]><CsoAuth><loginId>&f;</loginId></CsoAuth>',
        "<CsoAuth><loginId>&unknown;</loginId></CsoAuth>",
        "<CsoAuth>" + "<a>" * 9 + "</a>" * 9 + "</CsoAuth>",
        "<CsoAuth>" + "".join(f"<a{n}/>" for n in range(60)) + "</CsoAuth>",
        '<?xml version="1.0" encoding="rot13"?><CsoAuth/>',
        '<?xml version="1.0" encoding="cp932"?><CsoAuth/>',
        b"<CsoAuth><loginId>\xff</loginId></CsoAuth>",
    ],
)
def test_xml_that_cannot_be_read(text: str | bytes) -> None:
    with pytest.raises(ApiFault) as fault:
        from_xml(text)
    assert fault.value.status == 400


@patient
@given(
    st.binary(max_size=300), st.sampled_from([JSON, XML]), st.sampled_from([None, "utf-8", "iso-8859-1", "us-ascii"])
)
def test_any_bytes_are_read_or_refused(body: bytes, media_type: str, charset: str | None) -> None:
    with suppress(ApiFault):
        assert isinstance(fields(body, Format(media_type, charset)), dict)


@patient
@given(
    st.dictionaries(
        st.sampled_from(["loginId", "password", "clientCode", "otpCode", "redactFlag", "loginID", "more"]),
        st.none() | st.integers() | st.booleans() | st.text() | st.lists(st.text(), max_size=2),
    )
)
def test_any_values_are_read_or_refused(found: dict[str, object]) -> None:
    with suppress(ApiFault):
        assert read(CsoAuth, from_json(json.dumps(found))).login_id is not None


@patient
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=40))
def test_a_password_survives_both_forms(password: str) -> None:
    root = ET.Element("CsoAuth")
    ET.SubElement(root, "password").text = password
    assert from_xml(ET.tostring(root)) == {"password": password}
    assert from_json(json.dumps({"password": password})) == {"password": password}


def test_names_of_fields_count_with_their_case() -> None:
    with pytest.raises(ApiFault, match="loginId"):
        read(CsoAuth, {"loginid": "alex", "password": "p"})


def test_empty_null_and_unknown_fields_are_tolerated() -> None:
    body = read(CsoAuth, {"loginId": "alex", "password": "p", "clientCode": None, "otpCode": "", "more": [1]})
    assert (body.client_code, body.otp_code, body.redact_flag) == ("", "", "")


@pytest.mark.parametrize(
    "content_type,form",
    [
        ("application/json", Format(JSON, None)),
        ("application/json;charset=UTF-8", Format(JSON, "utf-8")),
        ('Application/XML; charset="iso-8859-1"', Format(XML, "iso-8859-1")),
        ("text/xml ; Charset=us-ascii", Format(TEXT_XML, "us-ascii")),
        ("application/json; charset=utf-16", None),
        ("application/json; charset=", None),
        ("application/x-www-form-urlencoded", None),
        ("text/plain", None),
        ("", None),
        ("application/json, text/plain", None),
    ],
)
def test_content_types(content_type: str, form: Format | None) -> None:
    assert received(Headers({"content-type": content_type})) == form


def test_a_compressed_body_is_not_read() -> None:
    assert received(Headers({"content-type": JSON, "content-encoding": "gzip"})) is None


@pytest.mark.parametrize(
    "content_type,accept,media_type",
    [
        (XML, "", XML),
        (TEXT_XML, "*/*", TEXT_XML),
        (JSON, "", JSON),
        (JSON, "application/xml", XML),
        (XML, "application/json", JSON),
        (XML, "application/json;q=0.1, text/xml;q=0.2", TEXT_XML),
        (XML, "application/json, application/xml", XML),
        (XML, "application/json;q=0", XML),
        (XML, "application/json;q=x", XML),
        ("text/plain", "text/html", JSON),
        ("", "application/xml", XML),
    ],
)
def test_the_answers_form(content_type: str, accept: str, media_type: str) -> None:
    assert wanted(Headers({"content-type": content_type, "accept": accept})) == media_type


@patient
@given(st.text(st.characters(codec="latin-1"), max_size=60), st.text(st.characters(codec="latin-1"), max_size=60))
def test_any_headers_are_understood(content_type: str, accept: str) -> None:
    headers = Headers({"content-type": content_type, "accept": accept})
    received(headers)
    assert wanted(headers) in {JSON, XML, TEXT_XML}
