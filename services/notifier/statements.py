"""The notifier's SQL. Set-based: each statement runs once per batch, whatever the batch holds.

Every write of an owner is a compare-and-set: on the position row's epoch where it takes something, on (state, epoch) of
the delivery where it changes something that it has. Times are the database's alone.
"""

from typing import Final

_POSITION_COLUMNS: Final = (
    "partition, partition_count, epoch, next_offset, last_digest, last_seq, notice_next_offset, notice_digest"
)
_DELIVERY_COLUMNS: Final = """
    d.delivery_id, d.transaction_id, d.request_id, d.letter, d.recipient, d.key, d.traceparent, d.message,
    d.attempts, d.ambiguous, d.deferrals, extract(epoch FROM now() - d.created_at)::float8 AS age_s, d.sealed,
    d.expires_at, d.replay_run"""

POSITION: Final = f"SELECT {_POSITION_COLUMNS} FROM notifier.position WHERE partition = $1"  # noqa: S608 - constants

# Taking over. Waits for, or times out behind, every older transaction of this partition; none can take any more after.
RAISE_EPOCH: Final = f"""
UPDATE notifier.position SET epoch = epoch + 1 WHERE partition = $1 RETURNING {_POSITION_COLUMNS}"""  # noqa: S608

# Before the next one, so that what the former owner moves from claimed to transmitting meanwhile is seen there.
UNCLAIM: Final = """
UPDATE notifier.deliveries SET state = 'queued', epoch = $2 WHERE partition = $1 AND state = 'claimed'"""

# `attempts` as it was before the attempt that was interrupted.
INTERRUPTED: Final = f"""
SELECT {_DELIVERY_COLUMNS.replace("d.attempts", "d.attempts - 1 AS attempts")} FROM notifier.deliveries AS d
 WHERE d.partition = $1 AND d.state = 'transmitting' FOR UPDATE"""  # noqa: S608

ADOPT: Final = """
UPDATE notifier.deliveries SET epoch = $2 WHERE partition = $1 AND state = 'transmitting'"""

# The fence comes first: the letters hang on its row. `$19` is what each is born as: claimed where there is room.
# Each log of a partition has its own place in the position row, under the one epoch.
_MOVE: Final = "next_offset = $4, last_digest = $5, last_seq = $20"
_MOVE_NOTICES: Final = "notice_next_offset = $4, notice_digest = $5"
_TAKE: Final = """
WITH moved AS (
    UPDATE notifier.position SET {move}
     WHERE partition = $1 AND epoch = $2 AND {place} = $3
    RETURNING partition, epoch
), born AS (
    INSERT INTO notifier.deliveries (delivery_id, transaction_id, request_id, letter, recipient, key, traceparent,
                                     message_id, message, notice_id, sealed, expires_at, replay_run, state,
                                     partition, epoch)
    SELECT given.*, moved.partition, moved.epoch
      FROM moved, unnest($6::uuid[], $7::bigint[], $8::uuid[], $9::text[], $10::text[], $11::bytea[], $12::bytea[],
                         $13::text[], $14::bytea[], $15::uuid[], $16::boolean[], $17::timestamptz[], $18::text[],
                         $19::text[]) AS given
        ON CONFLICT DO NOTHING
    RETURNING delivery_id
)
SELECT (SELECT count(*) FROM moved) AS moved, array(SELECT delivery_id FROM born) AS born"""
TAKE_IN: Final = _TAKE.format(move=_MOVE, place="next_offset")
TAKE_IN_NOTICES: Final = _TAKE.format(move=_MOVE_NOTICES, place="notice_next_offset")

# Notices that the log lost before they were read: only the owner who stands there goes on behind them, and how many
# they were stays written down, as nothing else in the database tells of them.
SKIP_NOTICES: Final = """
UPDATE notifier.position
   SET notices_lost = notices_lost + ($4 - notice_next_offset), notice_next_offset = $4, notice_digest = NULL
 WHERE partition = $1 AND epoch = $2 AND notice_next_offset = $3 RETURNING partition"""

# ON CONFLICT: courts-v1 is read from its start each time.
BURY: Final = """
INSERT INTO notifier.dead_letters (topic, partition, "offset", kind, detail, key, headers, value)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING"""

# FOR SHARE: waits for a take-over under way, and makes a take-over wait for us, so that none misses what we claim.
_CLAIM: Final = f"""
WITH own AS (
    SELECT FROM notifier.position WHERE partition = $1 AND epoch = $2 FOR SHARE
), due AS (
    SELECT delivery_id FROM notifier.deliveries
     WHERE partition = $1 AND state IN ('queued', 'deferred', 'ambiguous') AND due_at <= now()
       AND replay_run {{whose}} AND EXISTS (SELECT FROM own)
     ORDER BY due_at LIMIT $3 FOR UPDATE
)
UPDATE notifier.deliveries AS d SET state = 'claimed', epoch = $2, changed_at = now()
  FROM due WHERE d.delivery_id = due.delivery_id
RETURNING {_DELIVERY_COLUMNS}"""  # noqa: S608

# What we have claimed and do not hold: after a statement whose outcome was unknown, and when a partition is given up.
_UNCLAIM_STRAYS: Final = """
UPDATE notifier.deliveries SET state = 'queued', changed_at = now()
 WHERE partition = $1 AND epoch = $2 AND state = 'claimed' AND replay_run {whose}
   AND NOT delivery_id = ANY($3::uuid[])"""

# By whether they are of replays. Written out, not a parameter, so that each finds its own partial index.
_WHOSE: Final = {False: "IS NULL", True: "IS NOT NULL"}
CLAIM: Final = {replays: _CLAIM.format(whose=whose) for replays, whose in _WHOSE.items()}
UNCLAIM_STRAYS: Final = {replays: _UNCLAIM_STRAYS.format(whose=whose) for replays, whose in _WHOSE.items()}

# Committed before the first byte of DATA. May be repeated when its outcome was unknown.
# IS TRUE, here and in SETTLE: so that the planner cannot see that `deliveries_open` would do, and reads each row by its
# key. It took that index for small, as tables are when a role prepares its statements, and read all that was open for
# each batch.
BEGIN: Final = """
WITH given AS (
    SELECT * FROM unnest($2::uuid[], $3::integer[]) AS given (delivery_id, number)
), begun AS (
    UPDATE notifier.deliveries AS d SET state = 'transmitting', attempts = given.number, changed_at = now()
      FROM given
     WHERE d.delivery_id = given.delivery_id AND d.epoch = $1
       AND (d.state = 'claimed' OR d.state = 'transmitting' AND d.attempts = given.number) IS TRUE
    RETURNING d.delivery_id, d.attempts
), noted AS (
    INSERT INTO notifier.attempts (delivery_id, number, epoch)
    SELECT delivery_id, attempts, $1 FROM begun ON CONFLICT DO NOTHING
)
SELECT delivery_id FROM begun"""

# The end of attempts, with the events that leave. A delivery that passed to another owner keeps what that one wrote:
# our reply goes to the attempt's row alone. Numbers are given under the position row's lock: they commit in order. What
# is sealed is erased with its final state, and so never sent again from there.
SETTLE: Final = """
WITH given AS (
    SELECT * FROM unnest($3::uuid[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::float8[],
                         $9::bytea[], $10::bytea[])
        WITH ORDINALITY AS given (delivery_id, number, outcome, reply, state, delay_s, headers, value, place)
), settled AS (
    UPDATE notifier.deliveries AS d
       SET state = given.state, due_at = now() + make_interval(secs => given.delay_s), changed_at = now(),
           ambiguous = d.ambiguous + (given.outcome = 'ambiguous')::integer,
           deferrals = d.deferrals + (given.outcome = 'deferred')::integer,
           message = CASE WHEN d.sealed AND given.state IN ('accepted', 'bounced', 'held') THEN ''::bytea
                          ELSE d.message END,
           erased_at = CASE WHEN d.sealed AND given.state IN ('accepted', 'bounced', 'held') THEN now() END
      FROM given
     WHERE d.delivery_id = given.delivery_id AND d.epoch = $2 AND d.attempts = given.number
       AND (d.state = 'transmitting') IS TRUE
    RETURNING d.delivery_id, d.key
), ended AS (
    UPDATE notifier.attempts AS a
       SET outcome = given.outcome, reply = given.reply, ended_at = now()
      FROM given JOIN settled USING (delivery_id)
     WHERE a.delivery_id = given.delivery_id AND a.number = given.number
), late AS (
    UPDATE notifier.attempts AS a SET late_reply = given.reply
      FROM given
     WHERE a.delivery_id = given.delivery_id AND a.number = given.number
       AND a.outcome <> given.outcome
       AND NOT EXISTS (SELECT FROM settled WHERE settled.delivery_id = given.delivery_id)
), leaving AS (
    SELECT settled.key, given.headers, given.value, row_number() OVER (ORDER BY given.place) AS nth
      FROM given JOIN settled USING (delivery_id) WHERE given.value IS NOT NULL
), numbered AS (
    UPDATE notifier.position SET next_event = next_event + (SELECT count(*) FROM leaving)
     WHERE partition = $1 AND EXISTS (SELECT FROM leaving)
    RETURNING next_event - (SELECT count(*) FROM leaving) AS first
), told AS (
    INSERT INTO notifier.outbox (partition, number, key, headers, value)
    SELECT $1, numbered.first + leaving.nth - 1, leaving.key, leaving.headers, leaving.value FROM leaving, numbered
)
SELECT count(*) FROM settled"""

EVENTS: Final = """
SELECT number, key, headers, value FROM notifier.outbox WHERE partition = $1 ORDER BY number LIMIT $2"""

# Whoever has read number n has read all before it, so this removes nothing that was not published.
FORGET_EVENTS: Final = "DELETE FROM notifier.outbox WHERE partition = $1 AND number <= $2"

RESEND: Final = """
UPDATE notifier.deliveries
   SET state = 'queued', due_at = now(), changed_at = now(), resent_at = now(), resent_by = $2
 WHERE delivery_id = $1 AND state IN ('held', 'bounced') AND NOT sealed
RETURNING delivery_id"""
