"""The notifier's SQL. Set-based: each statement runs once per round, whatever the batches in it hold.

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

# Before the next ones, so that what the former owner moves from claimed to transmitting meanwhile is seen there.
UNCLAIM: Final = """
UPDATE notifier.deliveries SET state = 'queued', epoch = $2 WHERE partition = $1 AND state = 'claimed'"""

# `attempts` as it was before the attempt that was interrupted.
INTERRUPTED: Final = f"""
SELECT {_DELIVERY_COLUMNS.replace("d.attempts", "d.attempts - 1 AS attempts")} FROM notifier.deliveries AS d
 WHERE d.partition = $1 AND d.state = 'transmitting' FOR UPDATE"""  # noqa: S608

# While it is the former owner's, so that its row tells who made the attempt, and when.
NOTE_INTERRUPTED: Final = """
INSERT INTO notifier.attempts (delivery_id, number, epoch, started_at)
SELECT delivery_id, attempts, epoch, changed_at FROM notifier.deliveries
 WHERE partition = $1 AND state = 'transmitting' ON CONFLICT DO NOTHING"""

ADOPT: Final = """
UPDATE notifier.deliveries SET epoch = $2 WHERE partition = $1 AND state = 'transmitting'"""

# Of several partitions; `turn` is the place of each in the round. The fence comes first: the letters hang on its row,
# so that who does not stand there takes nothing in, and the others do. Position rows are locked in the order of their
# partitions, here and in SETTLE, as both run side by side: by the plan that reads them by key, in the order given.
# Each log of a partition has its own place in the position row, under the one epoch.
_MOVE: Final = "next_offset = place.next_offset, last_digest = place.digest, last_seq = place.seq"
_MOVE_NOTICES: Final = "notice_next_offset = place.next_offset, notice_digest = place.digest"
_TAKE: Final = """
WITH place AS (
    SELECT * FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bigint[])
        WITH ORDINALITY AS place (partition, epoch, first_offset, next_offset, digest, seq, turn)
     ORDER BY partition
), moved AS (
    UPDATE notifier.position AS p SET {move}
      FROM place WHERE p.partition = place.partition AND p.epoch = place.epoch AND p.{offset} = place.first_offset
    RETURNING place.turn, p.partition, p.epoch
), given AS (
    SELECT * FROM unnest($7::bigint[], $8::uuid[], $9::bigint[], $10::uuid[], $11::text[], $12::text[], $13::bytea[],
                         $14::bytea[], $15::text[], $16::bytea[], $17::uuid[], $18::boolean[], $19::timestamptz[],
                         $20::text[], $21::text[], $22::integer[])
        AS given (turn, delivery_id, transaction_id, request_id, letter, recipient, key, traceparent, message_id,
                  message, notice_id, sealed, expires_at, replay_run, state, attempts)
), born AS (
    INSERT INTO notifier.deliveries (delivery_id, transaction_id, request_id, letter, recipient, key, traceparent,
                                     message_id, message, notice_id, sealed, expires_at, replay_run, state, attempts,
                                     partition, epoch)
    SELECT delivery_id, transaction_id, request_id, letter, recipient, key, traceparent, message_id, message,
           notice_id, sealed, expires_at, replay_run, state, attempts, partition, epoch
      FROM given JOIN moved USING (turn)
        ON CONFLICT DO NOTHING
    RETURNING delivery_id
)
SELECT array(SELECT turn FROM moved) AS moved, array(SELECT delivery_id FROM born) AS born"""
TAKE_IN: Final = _TAKE.format(move=_MOVE, offset="next_offset")
TAKE_IN_NOTICES: Final = _TAKE.format(move=_MOVE_NOTICES, offset="notice_next_offset")

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

# Committed before the first byte of DATA. May be repeated when its outcome was unknown. While it lasts, the delivery's
# own row tells of the attempt: its number, its owner and when it began.
# IS TRUE, here and in SETTLE: so that the planner cannot see that `deliveries_open` would do, and reads each row by its
# key. It took that index for small, as tables are when a role prepares its statements, and read all that was open for
# each batch.
BEGIN: Final = """
UPDATE notifier.deliveries AS d SET state = 'transmitting', attempts = given.number, changed_at = now()
  FROM unnest($1::bigint[], $2::uuid[], $3::integer[]) AS given (epoch, delivery_id, number)
 WHERE d.delivery_id = given.delivery_id AND d.epoch = given.epoch
   AND (d.state = 'claimed' OR d.state = 'transmitting' AND d.attempts = given.number) IS TRUE
RETURNING d.delivery_id"""

# The end of attempts, with the events that leave. A delivery that passed to another owner keeps what that one wrote:
# our reply goes to the attempt's row alone. Numbers are given under the position row's lock: they commit in order. What
# is sealed is erased with its final state, and so never sent again from there.
# An attempt has its row already where a former owner made it.
SETTLE: Final = """
WITH given AS (
    SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::float8[],
                         $8::bytea[], $9::bytea[])
        WITH ORDINALITY AS given (epoch, delivery_id, number, outcome, reply, state, delay_s, headers, value, place)
), settled AS (
    UPDATE notifier.deliveries AS d
       SET state = given.state, due_at = now() + make_interval(secs => given.delay_s), changed_at = now(),
           ambiguous = d.ambiguous + (given.outcome = 'ambiguous')::integer,
           deferrals = d.deferrals + (given.outcome = 'deferred')::integer,
           message = CASE WHEN d.sealed AND given.state IN ('accepted', 'bounced', 'held') THEN ''::bytea
                          ELSE d.message END,
           erased_at = CASE WHEN d.sealed AND given.state IN ('accepted', 'bounced', 'held') THEN now() END
      FROM given
     WHERE d.delivery_id = given.delivery_id AND d.epoch = given.epoch AND d.attempts = given.number
       AND (d.state = 'transmitting') IS TRUE
    RETURNING d.delivery_id, d.partition, d.epoch, d.key, old.changed_at AS started_at,
              given.number, given.outcome, given.reply, given.headers, given.value, given.place
), ended AS (
    INSERT INTO notifier.attempts (delivery_id, number, epoch, started_at, ended_at, outcome, reply)
    SELECT delivery_id, number, epoch, started_at, now(), outcome, reply FROM settled
        ON CONFLICT (delivery_id, number)
        DO UPDATE SET ended_at = excluded.ended_at, outcome = excluded.outcome, reply = excluded.reply
), late AS (
    UPDATE notifier.attempts AS a SET late_reply = given.reply
      FROM given
     WHERE (SELECT count(*) FROM settled) < (SELECT count(*) FROM given)
       AND a.delivery_id = given.delivery_id AND a.number = given.number
       AND a.outcome <> given.outcome
       AND NOT EXISTS (SELECT FROM settled WHERE settled.delivery_id = given.delivery_id)
), leaving AS (
    SELECT *, row_number() OVER (PARTITION BY partition ORDER BY place) AS nth FROM settled WHERE value IS NOT NULL
), numbered AS (
    UPDATE notifier.position AS p SET next_event = p.next_event + counted.total
      FROM (SELECT partition, count(*) AS total FROM leaving GROUP BY partition ORDER BY partition) AS counted
     WHERE p.partition = counted.partition
    RETURNING p.partition, old.next_event AS first
), told AS (
    INSERT INTO notifier.outbox (partition, number, key, headers, value)
    SELECT partition, numbered.first + leaving.nth - 1, key, headers, value FROM leaving JOIN numbered USING (partition)
)
SELECT delivery_id FROM settled"""

EVENTS: Final = """
SELECT number, key, headers, value FROM notifier.outbox WHERE partition = $1 ORDER BY number LIMIT $2"""

# Whoever has read number n has read all before it, so this removes nothing that was not published.
FORGET_EVENTS: Final = "DELETE FROM notifier.outbox WHERE partition = $1 AND number <= $2"

RESEND: Final = """
UPDATE notifier.deliveries
   SET state = 'queued', due_at = now(), changed_at = now(), resent_at = now(), resent_by = $2
 WHERE delivery_id = $1 AND state IN ('held', 'bounced') AND NOT sealed
RETURNING delivery_id"""
