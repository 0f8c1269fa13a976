"""The numbers of auth, under one registry: what is counted where the work is done, and shown on /metrics."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Made once per process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.attempts = Counter(
            "ecflink_auth_attempts_total", "Sign-in attempts.", ["credential", "outcome"], registry=registry
        )
        self.failures_dropped = Counter(
            "ecflink_auth_login_events_dropped_total",
            "Events of failed sign-ins dropped from a full buffer.",
            registry=registry,
        )
        self.rehashes = Counter(
            "ecflink_auth_rehashes_total",
            "Password hashes of older systems that were replaced after a right password, by how it ended.",
            ["outcome"],
            registry=registry,
        )
        self.requests = Counter("ecflink_auth_requests_total", "Link requests received.", registry=registry)
        self.published = Counter(
            "ecflink_auth_published_total", "Rows acknowledged by Kafka.", ["topic"], registry=registry
        )
        self.parked = Counter(
            "ecflink_auth_outbox_parked_total",
            "Rows that the broker refused for themselves.",
            ["topic"],
            registry=registry,
        )
        self.waiting = Gauge(
            "ecflink_auth_outbox_waiting",
            "Rows that wait to be published, at the last look.",
            ["topic"],
            registry=registry,
        )
        self.relaying = Gauge(
            "ecflink_auth_relay_leader", "1 while this process relays a topic's rows.", ["topic"], registry=registry
        )
        self.projected = Counter(
            "ecflink_auth_projected_total", "Records applied to the projection.", ["topic"], registry=registry
        )
        self.skipped = Counter(
            "ecflink_auth_projection_skipped_total", "Records not applied.", ["topic", "why"], registry=registry
        )
        self.halted = Gauge(
            "ecflink_auth_projection_halted",
            "1 when a topic's projection has stopped for a named cause.",
            ["topic"],
            registry=registry,
        )
        self.broker_down = Gauge("ecflink_auth_broker_down", "1 while Kafka does not answer.", registry=registry)
        self.round_trip = Histogram(
            "ecflink_auth_round_trip_seconds",
            "From a received request to its transaction in the projection.",
            buckets=_SECONDS,
            registry=registry,
        )
