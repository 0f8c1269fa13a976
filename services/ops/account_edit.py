"""Editing one account: everything in one transaction, with its security act, its mail, and the end of its sessions."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError
from uuid_utils.compat import uuid7

from services.auth.notices.notices import row_of
from services.auth.outbox import rows
from services.auth.security.acts import Act, note
from services.auth.signon.accounts import Kind, Role, Status, storable
from services.auth.signon.hashes import HASHER, normalized
from services.contract.courts import canonical_login
from services.contract.notices import FilerNotified, NoticeKind
from services.ops.account_passwords import cmecf_fault, pacer_fault
from services.ops.account_rows import CmecfRow, PacerRow, sentence
from services.ops.account_wishes import CMECF_NAMES, PACER_NAMES, Edited, NotEdited, Order
from services.ops.registry import packaged
from services.runtime.database import Connection

# NO KEY: signing in, which refers to the row, is not held up.
_PACER: Final = """
SELECT pacer_account, login, name, email, upgraded, kind AS account_type, status, exempt, case_search_only, roles,
       client_code_required, client_codes
  FROM auth.pacer_accounts WHERE login = $1 OR pacer_account = $1 LIMIT 2 FOR NO KEY UPDATE"""
_CMECF: Final = """
SELECT login, name, email, role, status
  FROM auth.cmecf_accounts WHERE court_id = $1 AND cmecf_canonical = $2 FOR NO KEY UPDATE"""
_WRITE_PACER: Final = """
UPDATE auth.pacer_accounts
   SET name = $2, email = $3, upgraded = $4, kind = $5, status = $6, exempt = $7, case_search_only = $8, roles = $9,
       client_code_required = $10, client_codes = $11
 WHERE pacer_account = $1"""
_WRITE_CMECF: Final = """
UPDATE auth.cmecf_accounts SET name = $3, email = $4, role = $5, status = $6
 WHERE court_id = $1 AND cmecf_canonical = $2"""
_SET_PACER: Final = """
UPDATE auth.pacer_accounts
   SET password_hash = $2, password_set_at = $3, brought_hash = NULL, verifier_version = verifier_version + 1
 WHERE pacer_account = $1"""
_SET_CMECF: Final = """
UPDATE auth.cmecf_accounts SET password_hash = $3, brought_hash = NULL, verifier_version = verifier_version + 1
 WHERE court_id = $1 AND cmecf_canonical = $2"""
_END_SESSIONS: Final = "DELETE FROM auth.sessions WHERE pacer_account = $1 RETURNING origin"


async def edit(connection: Connection, order: Order) -> Edited:
    """Edit an account in one transaction. Raises NotEdited."""
    async with connection.transaction():
        return await (_edit_cmecf(connection, order) if order.court_id else _edit_pacer(connection, order))


async def _edit_pacer(connection: Connection, order: Order) -> Edited:
    found = await connection.fetch(_PACER, storable(order.account))
    if len(found) != 1:
        raise NotEdited(_not_one(order, len(found)))
    old = dict(found[0])
    number = old.pop("pacer_account")
    wished = _known(order.wish.told(pacer=True), PACER_NAMES)
    row = _checked(PacerRow, old | wished | {"kind": "pacer", "account_number": number}, order.password)
    new = {name: _plain(getattr(row, name)) for name in PACER_NAMES}
    if order.password is not None:
        about = (row.name, row.login, row.email)
        _refuse(pacer_fault(order.password, about=about, breached_path=order.breached_path))
    await connection.execute(_WRITE_PACER, number, *new.values())
    changes = _changes(old, new)
    sessions = 0
    if order.password is not None:
        await connection.execute(_SET_PACER, number, HASHER.hash(normalized(order.password)), order.at)
        await note(connection, Act.PASSWORD_CHANGED, order.at, pacer_account=number, by=order.by)
        # To the address that was known before: whoever changes both must not be the only one to hear of it.
        await rows.insert(connection, row_of(_notice(order, number, old["name"], old["email"])))
    if order.password is not None or "status" in changes:
        sessions = len(await connection.fetch(_END_SESSIONS, number))
    await _note(connection, order, changes, pacer_account=number)
    return Edited(changes, order.password is not None, sessions)


async def _edit_cmecf(connection: Connection, order: Order) -> Edited:
    court = packaged().get(order.court_id)
    if court is None:
        raise NotEdited(f"{order.court_id} is not in the registry; see `ecflink courts list`")
    place = (order.court_id, storable(canonical_login(order.account, court.type)))
    found = await connection.fetchrow(_CMECF, *place)
    if found is None:
        raise NotEdited(_not_one(order, 0))
    wished = _known(order.wish.told(pacer=False), CMECF_NAMES)
    row = _checked(
        CmecfRow, dict(found) | wished | {"kind": "cmecf", "court_id": order.court_id}, order.password or "-"
    )
    new = {name: _plain(getattr(row, name)) for name in CMECF_NAMES}
    if order.password is not None:
        _refuse(cmecf_fault(order.password, breached_path=order.breached_path))
    await connection.execute(_WRITE_CMECF, *place, *new.values())
    if order.password is not None:
        await connection.execute(_SET_CMECF, *place, HASHER.hash(normalized(order.password)))
        await note(connection, Act.PASSWORD_CHANGED, order.at, court_id=order.court_id, login=place[1], by=order.by)
    changes = _changes(found, new)
    await _note(connection, order, changes, court_id=order.court_id, login=place[1])
    return Edited(changes, order.password is not None, 0)


def _not_one(order: Order, count: int) -> str:
    if count:
        return f"{order.account!r} is one account's login and another's number: give the other of the two"
    where = (
        f"CM/ECF account {order.account!r} at {order.court_id}"
        if order.court_id
        else f"PACER account {order.account!r}"
    )
    return f"no {where}; `ecflink accounts show` finds accounts, and --court names a CM/ECF account's court"


def _known(wished: dict[str, object], names: tuple[str, ...]) -> dict[str, object]:
    strange = sorted(set(wished) - set(names))
    if strange:
        kind = "PACER" if names is PACER_NAMES else "CM/ECF"
        raise NotEdited(f"a {kind} account has no {', '.join(strange)}")
    return wished


def _checked[Row: (PacerRow, CmecfRow)](model: type[Row], values: Mapping[str, Any], password: str | None) -> Row:
    # No password is what a PACER row may lack; a CM/ECF row is given one of no meaning.
    try:
        return model.model_validate({**values, "password": password}, context={"remote": True})
    except ValidationError as error:
        faults = [sentence(fault) for fault in error.errors(include_input=False, include_url=False)]
        raise NotEdited("; ".join(faults)) from None


def _refuse(fault: str | None) -> None:
    if fault is not None:
        raise NotEdited(fault)


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value.value if isinstance(value, Kind | Role | Status) else value


def _changes(old: Mapping[str, Any], new: Mapping[str, object]) -> dict[str, tuple[object, object]]:
    return {name: (old[name], value) for name, value in new.items() if old[name] != value}


async def _note(
    connection: Connection,
    order: Order,
    changes: Mapping[str, object],
    *,
    pacer_account: str | None = None,
    court_id: str | None = None,
    login: str | None = None,
) -> None:
    if changes:
        await note(
            connection,
            Act.ACCOUNT_EDITED,
            order.at,
            pacer_account=pacer_account,
            court_id=court_id,
            login=login,
            changed=", ".join(changes),
            by=order.by,
        )


def _notice(order: Order, number: str, name: str, email: str) -> FilerNotified:
    return FilerNotified(
        notice_id=uuid7(),
        kind=NoticeKind.PASSWORD_CHANGED,
        recipient_name=name,
        recipient_email=email,
        noted_at=order.at,
        pacer_account=number,
    )
