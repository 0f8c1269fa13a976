"""Walks the pages of a running system and waits for its e-mail: `python -m tests.e2e.walk --base-url URL`.

For systems that were started elsewhere, such as containers. It knows the demo people and what a page shows, no more.
"""

import argparse
import sys
from pathlib import Path

import httpx

from services.ops.demo.browser import NotAsExpected, client
from services.ops.demo.mail import Messages, in_maildir, in_mailpit, mail_about
from services.ops.demo.people import SEED_LOGIN, people
from services.ops.demo.walk import Person, WalkResult
from services.ops.demo.walk import walk as walk_with
from services.runtime.screen import say


def walk(base_url: str, person: Person) -> WalkResult:
    """Walk all ten steps for a person, saying each. Raises NotAsExpected where a page is not what it should be."""
    with client(base_url) as http:
        return walk_with(http, person, say=say)


def main() -> int:
    """Return 0 when the walk, and the e-mail where a mailbox is given, are as they should be."""
    arguments = _arguments()
    person = people()[arguments.person]
    try:
        result = walk(arguments.base_url, person)
        messages = _mailbox(arguments)
        if messages is not None:
            say("\n" + mail_about(result.transaction_id, person.pacer_email, messages))
    except (NotAsExpected, httpx.HTTPError) as trouble:
        sys.stderr.write(f"the walk failed: {trouble}\n")
        return 1
    return 0


def _mailbox(arguments: argparse.Namespace) -> Messages | None:
    if arguments.mailpit:
        return in_mailpit(arguments.mailpit)
    return in_maildir(arguments.maildir) if arguments.maildir else None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.e2e.walk", description="Walk the pages of a running system.")
    parser.add_argument("--base-url", required=True, help="where the pages are")
    parser.add_argument("--person", default=SEED_LOGIN, choices=sorted(people()), help="the PACER login of who walks")
    mailbox = parser.add_mutually_exclusive_group()
    mailbox.add_argument("--mailpit", help="a Mailpit's address: wait for the e-mail there")
    mailbox.add_argument("--maildir", type=Path, help="a Maildir's folder: wait for the e-mail there")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
