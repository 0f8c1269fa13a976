"""Opens the front door for one worker: profile, key, accounts and share become its player."""

from itertools import chain

from services.replay.front_door.agenda import Agenda
from services.replay.front_door.people import load_people
from services.replay.front_door.player import Door, FrontDoorPlayer
from services.replay.front_door.walked import Book
from services.replay.outcome import Unusable
from services.replay.plan.spooled import Spool
from services.replay.profile.loading import load_profile
from services.replay.run.job import Job
from services.replay.run.players import Share


def front_door_player(job: Job, share: Share, number: int) -> FrontDoorPlayer:
    """Return the player of worker `number`. Raises Unusable where profile or accounts lack what walks need."""
    profile = load_profile(job.profile)
    ring, front_door = profile.ring(), profile.front_door
    if front_door is None or front_door.accounts_file is None:
        raise Unusable(f"{job.profile}: --into front-door needs [front_door] with url and accounts_file")
    if ring is None:
        raise Unusable(f"{job.profile}: --into front-door needs rehearsal_key_file: it marks the walks as a replay's")
    spool = Spool.open(job.spool)
    records = chain.from_iterable(spool.reader(worker) for worker in range(spool.workers))
    agenda = Agenda(load_people(front_door.accounts_file), records)
    return FrontDoorPlayer(share, agenda, Door(front_door.url, ring), Book(job.folder, number))
