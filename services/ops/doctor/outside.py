"""Looks at the mail server and at auth's pages, where this environment says where they are."""

import asyncio
import http.client
from typing import Final
from urllib.parse import urlsplit

import aiosmtplib

from services.notifier.settings import SmtpSettings
from services.ops.doctor.findings import Finding, error, fine, warning

ANSWER_S_MAX: Final = 10.0


async def look_at_mail_server(settings: SmtpSettings) -> list[Finding]:
    """Return whether the mail server greets, offers TLS where it is asked for, and takes our name and password."""
    part = f"SMTP {settings.smtp_host}:{settings.smtp_port}"
    client = aiosmtplib.SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        timeout=ANSWER_S_MAX,
        use_tls=settings.smtp_security == "tls",
        start_tls=settings.smtp_security == "starttls",
        username=settings.smtp_username or None,
        password=settings.smtp_password.get_secret_value() or None,
        cert_bundle=None if settings.smtp_ca_path is None else str(settings.smtp_ca_path),
    )
    try:
        async with client:
            await client.noop()
    except aiosmtplib.SMTPAuthenticationError as trouble:
        return [error(part, f"refuses our login: {trouble.code}", "correct SMTP_USERNAME and SMTP_PASSWORD")]
    except (aiosmtplib.SMTPException, OSError) as trouble:
        return [
            error(part, f"does not take mail: {trouble}", "check SMTP_HOST, SMTP_PORT, SMTP_SECURITY, SMTP_CA_PATH")
        ]
    found = [fine(part, "answers")]
    if settings.smtp_security == "none" and settings.smtp_host not in {"127.0.0.1", "::1", "localhost"}:
        found.append(warning(part, "letters go there in clear", "set SMTP_SECURITY to starttls or tls"))
    return found


async def look_at_pages(url: str) -> list[Finding]:
    """Return whether auth answers at its public address."""
    part = f"auth {url}"
    try:
        status = await asyncio.to_thread(_status, url)
    except (OSError, ValueError, http.client.HTTPException) as trouble:
        reason = str(trouble) or type(trouble).__name__
        return [error(part, f"does not answer: {reason}", "start `ecflink auth`, or correct the address")]
    if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
        return [error(part, f"answers {status}", "look at the log of auth and the proxy before it")]
    found = [fine(part, f"answers {status}")]
    if url.startswith("http://") and urlsplit(url).hostname not in {"127.0.0.1", "::1", "localhost"}:
        found.append(warning(part, "passwords go there in clear", "serve https: TLS_CERT_PATH or a proxy"))
    return found


def _status(url: str) -> int:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = "not an http(s) address"
        raise ValueError(message)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=ANSWER_S_MAX)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status
    finally:
        connection.close()
