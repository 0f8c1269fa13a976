"""The linker's SQL. Set-based: each statement runs once per batch, whatever the batch holds."""

from typing import Final

POSITION: Final = """
SELECT partition, partition_count, epoch, next_offset, last_digest, next_seq, last_hash,
       published_seq, published_offset, published_digest
  FROM linker.position WHERE partition = $1"""

# Taking over. Waits for, or times out behind, every older transaction of this partition; none can commit after it.
RAISE_EPOCH: Final = """
UPDATE linker.position SET epoch = epoch + 1 WHERE partition = $1
RETURNING partition, partition_count, epoch, next_offset, last_digest, next_seq, last_hash,
          published_seq, published_offset, published_digest"""

# First of every round, for the batches of one partition or of several. The fence: a row that is missing means that
# somebody else owns that partition, or that we stand elsewhere in it. With it, in the same round trip, what is needed
# to decide: which requests are known, and the links of the accounts named (FOR SHARE: a refusal cites the row, so
# nobody may end that link before the refusal is committed).
# One snapshot for all is enough: whoever we waited for at the fence leaves it without a row, and what another partition
# commits in the meantime meets the constraints when we write.
READ: Final = """
WITH given AS (
    SELECT * FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::bigint[])
        AS given (partition, epoch, first_offset, next_offset)
), fence AS (
    UPDATE linker.position AS p SET next_offset = given.next_offset
      FROM given
     WHERE p.partition = given.partition AND p.epoch = given.epoch AND p.next_offset = given.first_offset
    RETURNING p.partition, p.partition_count, p.next_seq, p.last_hash
), stand AS (
    SELECT array_agg(partition ORDER BY partition) AS partitions,
           array_agg(partition_count ORDER BY partition) AS partition_counts,
           array_agg(next_seq ORDER BY partition) AS next_seqs,
           array_agg(last_hash ORDER BY partition) AS last_hashes
      FROM fence
), known AS MATERIALIZED (
    SELECT request_id, request_digest FROM linker.ledger WHERE request_id = ANY($5::uuid[])
), wanted AS MATERIALIZED (
    SELECT * FROM unnest($6::text[], $7::text[], $8::text[]) AS each (court_id, pacer_account, cmecf_canonical)
), of_pacer AS MATERIALIZED (
    SELECT l.* FROM wanted JOIN linker.links AS l USING (court_id, pacer_account) FOR SHARE OF l
), of_cmecf AS MATERIALIZED (
    SELECT l.* FROM wanted JOIN linker.links AS l USING (court_id, cmecf_canonical) FOR SHARE OF l
), links AS MATERIALIZED (
    SELECT court_id, pacer_account, cmecf_canonical, transaction_id FROM of_pacer
    UNION SELECT court_id, pacer_account, cmecf_canonical, transaction_id FROM of_cmecf
)
SELECT stand.*,
       (SELECT array_agg(request_id ORDER BY request_id) FROM known) AS known_ids,
       (SELECT array_agg(request_digest ORDER BY request_id) FROM known) AS known_digests,
       (SELECT array_agg(court_id ORDER BY transaction_id) FROM links) AS courts,
       (SELECT array_agg(pacer_account ORDER BY transaction_id) FROM links) AS accounts,
       (SELECT array_agg(cmecf_canonical ORDER BY transaction_id) FROM links) AS logins,
       (SELECT array_agg(transaction_id ORDER BY transaction_id) FROM links) AS numbers
  FROM stand"""

END_LINKS: Final = """
DELETE FROM linker.links
 WHERE (court_id, pacer_account, transaction_id) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]))"""

ADVANCE: Final = """
UPDATE linker.position AS p
   SET last_digest = stands.last_digest, next_seq = stands.next_seq, last_hash = stands.last_hash,
       published_seq = stands.published_seq, published_offset = stands.published_offset,
       published_digest = stands.published_digest
  FROM unnest($1::integer[], $2::bytea[], $3::bigint[], $4::bytea[], $5::bigint[], $6::bigint[], $7::bytea[])
    AS stands (partition, last_digest, next_seq, last_hash, published_seq, published_offset, published_digest)
 WHERE p.partition = stands.partition"""

# A few rows written in one round trip. Many go by COPY, which costs more trips and less for each row.
WRITE: Final = f"""
WITH written AS (
    INSERT INTO linker.ledger (partition, seq, transaction_id, request_id, request_offset, request_digest,
                               request_source, key, headers, value, hash)
    SELECT * FROM unnest($8::integer[], $9::bigint[], $10::bigint[], $11::uuid[], $12::bigint[], $13::bytea[],
                         $14::text[], $15::bytea[], $16::bytea[], $17::bytea[], $18::bytea[])
), linked AS (
    INSERT INTO linker.links (court_id, pacer_account, cmecf_canonical, transaction_id)
    SELECT * FROM unnest($19::text[], $20::text[], $21::text[], $22::bigint[])
)
{ADVANCE.strip()}"""  # noqa: S608 - constants

CLOSE_DEAD_LETTERS: Final = """
UPDATE linker.dead_letters SET closed_at = now()
 WHERE closed_at IS NULL AND redriven_at IS NOT NULL AND request_id = ANY($1::uuid[])"""

ROWS_AFTER: Final = """
SELECT seq, key, headers, value FROM linker.ledger
 WHERE partition = $1 AND seq > $2 ORDER BY seq LIMIT $3"""

VALUES_OF: Final = """
SELECT seq, value FROM linker.ledger WHERE partition = $1 AND seq = ANY($2::bigint[])"""

RELEASED: Final = """
SELECT ordered_by FROM linker.releases WHERE topic = $1 AND partition = $2 AND "offset" = $3"""

LINK_COLUMNS: Final = ("court_id", "pacer_account", "cmecf_canonical", "transaction_id")

# ON CONFLICT: after a repair the same offset may be read, and buried, again.
BURY: Final = """
INSERT INTO linker.dead_letters (topic, partition, "offset", kind, detail, key, headers, value, request_id,
proof_key_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING"""
