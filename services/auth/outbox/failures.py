"""Failed and shed sign-ins to Kafka, best effort: from the bounded buffer, never through the database."""

import asyncio
from typing import Final

from services.auth.outbox.dispatch import Dispatch
from services.auth.signon.attempts import Attempts
from services.contract.topics import AUTH_LOGINS
from services.runtime.faults import Transient
from services.runtime.health import Health
from services.runtime.log import log
from services.runtime.publish import Message
from services.runtime.settings import KafkaSettings

# Of a tick: more at once would hold up those who are inside.
EVENT_COUNT_MAX: Final = 50
TICK_S: Final = 0.05
SHED_SUM_S: Final = 1.0
RETRY_S: Final = 2.0
_LOOP: Final = "login-failures"


async def publish_failures(settings: KafkaSettings, attempts: Attempts, health: Health) -> None:
    """Publish what the buffer holds, a few times a second, until cancelled."""
    dispatch = Dispatch(settings, AUTH_LOGINS)
    loop = asyncio.get_running_loop()
    summed_at = loop.time()
    try:
        while True:
            health.beat(_LOOP)
            if loop.time() - summed_at >= SHED_SUM_S:
                summed_at = loop.time()
                attempts.sum_shed()
            pause_s = TICK_S if await _publish(dispatch, attempts) else RETRY_S
            await asyncio.sleep(pause_s)
    finally:
        health.forget(_LOOP)
        await dispatch.close()


async def _publish(dispatch: Dispatch, attempts: Attempts) -> bool:
    taken = attempts.take(EVENT_COUNT_MAX)
    if not taken:
        return True
    left = set(range(len(taken)))
    try:
        async for sent in dispatch.send([Message(row.key, row.value, row.headers) for row in taken]):
            left.difference_update(sent.indexes)
    except Transient as trouble:
        attempts.give_back([taken[index] for index in sorted(left)])
        log.info("login-failures.wait", cause=str(trouble), waiting=len(left))
        return False
    return True
