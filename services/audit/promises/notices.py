"""P6 for notices: one delivery per notice to its filer, each filer told once of a go-live, and no code kept in clear.

Of a letter with a code there are no bytes once it is answered: it is known in the mailbox by its Message-ID alone.
"""

from typing import Final

from services.audit.promises.questions import Question

NOTICES: Final = (
    Question(
        "notice without its letter",
        """
SELECT r.partition || ':' || r."offset" AS id FROM notice_records AS r JOIN notifier.position AS p USING (partition)
 WHERE r."offset" < p.notice_next_offset
   AND NOT EXISTS (SELECT FROM notifier.deliveries AS d WHERE d.notice_id = r.notice_id)
   AND NOT EXISTS (SELECT FROM buried AS b WHERE b.service = 'notifier' AND b.topic = 'filer-notices-v1'
                      AND b.partition = r.partition AND b."offset" = r."offset")""",
    ),
    # Older than the log's beginning: its notice may be gone.
    Question(
        "letter that no notice asks for",
        """
SELECT d.delivery_id::text AS id FROM notifier.deliveries AS d
  JOIN logs AS b ON b.topic = 'filer-notices-v1' AND b.partition = d.partition AND b.log_start = 0
 WHERE d.notice_id IS NOT NULL AND NOT EXISTS (
       SELECT FROM notice_records AS r WHERE r.notice_id = d.notice_id AND r.kind = d.letter)""",
    ),
    Question(
        "notice mailed to somebody else",
        """
SELECT d.delivery_id::text AS id FROM notifier.deliveries AS d JOIN notice_records AS r USING (notice_id)
 WHERE d.recipient <> r.recipient AND octet_length(r.recipient) = length(r.recipient)""",
    ),
    Question(
        "notice mailed twice",
        """
SELECT notice_id::text AS id FROM notifier.deliveries WHERE notice_id IS NOT NULL
 GROUP BY notice_id HAVING count(*) > 1""",
    ),
    Question(
        "filer noted as told, without a notice",
        """
SELECT t.court_id || ' ' || t.notice_id AS id FROM auth.announced AS t
 WHERE t.notice_id IN (SELECT notice_id FROM untraced_announcements)
   AND NOT EXISTS (SELECT FROM logs WHERE topic = 'filer-notices-v1' AND log_start > 0)""",
    ),
    Question(
        "go-live notice that nobody noted",
        """
SELECT r.notice_id::text AS id FROM notice_records AS r
 WHERE r.kind = 'court-live' AND r.notice_id IS NOT NULL
   AND NOT EXISTS (SELECT FROM auth.announced AS t WHERE t.notice_id = r.notice_id)""",
    ),
    Question(
        "filer told twice of a go-live",
        """
SELECT convert_from(key, 'UTF8') AS id FROM notice_records WHERE kind = 'court-live' AND notice_id IS NOT NULL
 GROUP BY key HAVING count(DISTINCT notice_id) > 1""",
    ),
    # Nobody can say any more whose they were; the notifier wrote down how many it passed over.
    Question(
        "notices lost, as the log dropped them before the notifier read them",
        """
SELECT notices_lost || ' of partition ' || partition AS id FROM notifier.position WHERE notices_lost > 0""",
    ),
    Question(
        "letter with a code that was not erased",
        """
SELECT delivery_id::text AS id FROM notifier.deliveries
 WHERE sealed AND (state IN ('accepted', 'bounced', 'held')) <> (message = '' AND erased_at IS NOT NULL)""",
    ),
    Question(
        "letter with a code in clear",
        """
SELECT delivery_id::text AS id FROM notifier.deliveries
 WHERE letter = 'security-code' AND NOT sealed
    OR sealed AND message <> '' AND encode(message, 'escape') !~ '^[A-Za-z0-9._-]{1,32}:[A-Za-z0-9+/]+={0,2}$'""",
    ),
)

NOTICES_IN_FLIGHT: Final = (
    Question(
        "notices to be published",
        "SELECT id FROM auth.outbox WHERE topic = 'filer-notices-v1' AND published_at IS NULL AND parked_at IS NULL",
    ),
    Question(
        "notices to be written",
        """
SELECT r."offset" FROM notice_records AS r LEFT JOIN notifier.position AS p USING (partition)
 WHERE r."offset" >= coalesce(p.notice_next_offset, 0)""",
    ),
)

NOTICES_UNCHECKED: Final = (
    Question(
        "partitions of notices have lost their beginning",
        "SELECT partition FROM logs WHERE topic = 'filer-notices-v1' AND log_start > 0",
    ),
    Question(
        "filers were told before the log of notices begins",
        """
SELECT notice_id FROM untraced_announcements
 WHERE EXISTS (SELECT FROM logs WHERE topic = 'filer-notices-v1' AND log_start > 0)""",
    ),
)

COPIES_OF_CODES: Final = Question(
    "copies of a letter with a code that differ",
    """
SELECT d.delivery_id::text AS id FROM notifier.deliveries AS d JOIN mails AS m USING (message_id)
 WHERE d.sealed GROUP BY d.delivery_id HAVING count(DISTINCT m.digest) > 1""",
)
ERASED_BYTES: Final = Question(
    "letters with a code are known by their Message-ID alone, as their bytes are erased",
    "SELECT delivery_id FROM notifier.deliveries WHERE sealed AND state = 'accepted'",
)
