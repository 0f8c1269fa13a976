"""A filing program as it calls the API: in JSON or XML, and what it reads of the answer."""

import json
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

import httpx
from defusedxml.ElementTree import fromstring

AUTH: Final = "/services/cso-auth"
LOGOUT: Final = "/services/cso-logout"


@dataclass(frozen=True)
class Caller:
    """Calls one deployment."""

    http: httpx.Client

    def json(self, path: str, /, **fields: object) -> httpx.Response:
        return self.http.post(path, json=fields, headers={"Accept": "application/json"})

    def xml(self, path: str, /, **fields: str) -> httpx.Response:
        root = ET.Element("CsoAuth")
        for name, value in fields.items():
            ET.SubElement(root, name).text = value
        return self.http.post(path, content=ET.tostring(root), headers={"Content-Type": "application/xml"})

    def raw(self, path: str, body: bytes | str, content_type: str, **headers: str) -> httpx.Response:
        return self.http.post(path, content=body, headers={"Content-Type": content_type} | headers)

    def token(self, login: str, password: str, **fields: object) -> str:
        """Sign in as a filer does, and return the token."""
        told = told_by(self.json(AUTH, loginId=login, password=password, redactFlag="1", **fields))
        assert told["loginResult"] == "0", told
        return told["nextGenCSO"]


def told_by(response: httpx.Response) -> dict[str, str]:
    """Return the fields of an answer, whichever form it has."""
    if response.headers["content-type"].startswith("application/json"):
        found: dict[str, str] = json.loads(response.content)
        return found
    root = fromstring(response.content)
    assert root.tag == "CsoAuth"
    return {child.tag: child.text or "" for child in root}


def carries_no_token(response: httpx.Response) -> bool:
    """Say whether an answer has neither token, cookie nor header."""
    headers = {name.lower() for name in response.headers}
    return not headers & {"set-cookie", "x-next-gen-cso"} and "nextGenCSO" not in told_by(response)
