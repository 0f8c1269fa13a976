"""The audit at the end of a run: sent = committed = mailed, by id, and the promises of the whole deployment with it.

Other traffic and earlier runs may be in the deployment: what they sent is told, not judged.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from services.audit.audit import Scope, gathering, promises
from services.audit.letters import read_letters
from services.audit.lines import Line, Verdict
from services.audit.rest import at_rest
from services.audit.sent import BadManifest
from services.audit.settings import AuditSettings
from services.audit.snapshot import Snapshot
from services.replay.measure import mail_questions, questions
from services.replay.measure.findings import AuditFile
from services.replay.measure.manifest import FILE_NAME, lay_beside, lay_out
from services.replay.measure.results import AuditSummary, Finding
from services.replay.measure.timings import Flags
from services.replay.outcome import Unusable


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a run says of itself: its folder with the manifest, its id, who came back in time by timeline index.

    `mailed`: its mail was waited for, so that it is audited too.
    """

    folder: Path
    run_id: str
    came: Flags
    mailed: bool = True


async def audit_run(settings: AuditSettings | None, claim: Claim, *, wait_s: float = 0) -> AuditSummary:
    """Audit a run, after waiting up to `wait_s` seconds for the deployment to come to rest; writes audit.json.

    Without settings (no database in the profile) nothing can be proven, and the summary says so.
    Raises Unusable where the manifest cannot be read, Halt and Transient as `audit`.
    """
    if settings is None:
        return _not_audited()
    began = time.monotonic()
    rested = not wait_s or await at_rest(settings, wait_s=wait_s)
    with AuditFile(claim.folder) as file:
        try:
            async with gathering(settings, sent=claim.folder / FILE_NAME) as view:
                lines = await _lines(settings, claim, view)
                summary = await _summary(lines, claim, view, file, mailbox=settings.mailbox)
        except BadManifest as fault:
            raise Unusable(str(fault)) from None
        notes = [] if rested else [f"the deployment was still at work after {wait_s:g} s"]
        took_s = round(time.monotonic() - began, 1)
        summary = summary.model_copy(update={"took_s": took_s, "lines": [*summary.lines, *notes]})
        file.close(summary)
    return summary


def skipped() -> AuditSummary:
    """Return the summary of a run that was not to be audited (`--no-audit`)."""
    return AuditSummary(outcome="skipped", unaudited=["--no-audit left the audit out"])


def nothing_to_audit() -> AuditSummary:
    """Return the summary of a run that played no link request: what else it played ends at the broker."""
    return AuditSummary(
        outcome="skipped", unaudited=["no link request with an id was played, and nothing else can be audited"]
    )


def _not_audited() -> AuditSummary:
    missing = "that each request was recorded once, in order, and mailed: the profile names no database (ledger)"
    return AuditSummary(outcome="unaudited", unaudited=[missing])


async def _lines(settings: AuditSettings, claim: Claim, view: Snapshot) -> list[Line]:
    await lay_out(claim.folder / FILE_NAME, view, claim.came)
    if claim.mailed and settings.mailbox is not None:
        await read_letters(view, mailbox=settings.mailbox, of_sent=True)
    # The mailbox is the one of replays: what else was mailed lies elsewhere, so only the run's own is looked for there.
    lines = await promises(view, Scope(manifest=True, mailbox=False, others=True))
    await lay_beside(view, claim.run_id)
    return lines


async def _summary(
    lines: Sequence[Line], claim: Claim, view: Snapshot, file: AuditFile, *, mailbox: str | None
) -> AuditSummary:
    breaches = await file.ask(questions.BREACHES, view)
    waiting = await file.ask(questions.WAITING, view)
    remarks = await file.ask(questions.REMARKS, view)
    unaudited = [f"{line.promise}: {each}" for line in lines for each in line.unaudited]
    if claim.mailed:
        breaches += await file.ask(mail_questions.MAIL_BREACHES, view)
        waiting += await file.ask(mail_questions.MAIL_WAITING, view)
        remarks += await file.ask(mail_questions.MAIL_REMARKS, view)
        if mailbox is not None:
            breaches += await file.ask(mail_questions.MAILBOX_BREACHES, view)
    unaudited += [f"{each.count:,} {each.what}: wait longer (--drain) and audit again" for each in waiting]
    breaches += [_promise_broken(line) for line in lines if line.verdict is Verdict.VIOLATED]
    outcome: Literal["failed", "unaudited", "clean"] = "failed" if breaches else "unaudited" if unaudited else "clean"
    found = (await view.fetch(questions.SUMMARY))[0][0] + (_mail_looked_at(mailbox) if claim.mailed else "")
    return AuditSummary(
        outcome=outcome,
        lines=[f"run {outcome}  {found}", *(str(line) for line in lines)],
        breaches=breaches,
        remarks=remarks + waiting,
        unaudited=unaudited,
    )


def _mail_looked_at(mailbox: str | None) -> str:
    return "; its mail was looked for in the mailbox" if mailbox else "; not checked: what arrived (no mailbox)"


def _promise_broken(line: Line) -> Finding:
    ids = [example for violation in line.violations for example in violation.examples]
    what = f"{line.promise} of the deployment: {'; '.join(violation.what for violation in line.violations)}"
    return Finding(what=what, count=sum(violation.count for violation in line.violations), ids=ids)
