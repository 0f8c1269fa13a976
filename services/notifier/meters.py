"""The notifier's numbers on /metrics."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 600)


class Meters:
    """Counts of what was taken in, how letters fared, and how long the steps take."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.letters = Counter("ecflink_notifier_letters", "Letters taken in.", registry=registry)
        self.repeated = Counter("ecflink_notifier_repeated", "Records that came again.", registry=registry)
        self.dead_letters = Counter("ecflink_notifier_dead_letters", "Records buried: alarm on any.", registry=registry)
        self.unknown_courts = Counter(
            "ecflink_notifier_unknown_courts", "Letters about a court that courts-v1 lacks: alarm.", registry=registry
        )
        self.attempts = Counter(
            "ecflink_notifier_attempts", "Attempts that ended, by outcome.", ["outcome"], registry=registry
        )
        self.states = Counter(
            "ecflink_notifier_deliveries",
            "Deliveries that came into a state: alarm on held.",
            ["state"],
            registry=registry,
        )
        self.notices = Counter(
            "ecflink_notifier_notices",
            "Letters of notices that came into a state, by kind.",
            ["kind", "state"],
            registry=registry,
        )
        self.notices_lost = Counter(
            "ecflink_notifier_notices_lost",
            "Notices that the log dropped before they were read: alarm on any.",
            registry=registry,
        )
        self.late_replies = Counter(
            "ecflink_notifier_late_replies", "Replies that came after another owner took over.", registry=registry
        )
        self.events = Counter("ecflink_notifier_events", "Delivery events published.", registry=registry)
        self.smtp_up = Gauge("ecflink_notifier_smtp_up", "Whether the mail server serves us.", registry=registry)
        self.sink_up = Gauge(
            "ecflink_notifier_sink_up", "Whether the sink for letters of replays serves us.", registry=registry
        )
        self.send_seconds = Histogram(
            "ecflink_notifier_send_seconds", "One letter, MAIL to reply.", registry=registry, buckets=_SECONDS
        )
        self.queue_seconds = Histogram(
            "ecflink_notifier_queue_seconds",
            "From taking in to the first attempt.",
            registry=registry,
            buckets=_SECONDS,
        )
        self.take_in_seconds = Histogram(
            "ecflink_notifier_take_in_seconds", "Writing and committing a batch.", registry=registry, buckets=_SECONDS
        )
