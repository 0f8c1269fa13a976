"""The numbers of the guard, under one registry: what is counted where the work is done, and shown on /metrics."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class Metrics:
    """Made once per process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.logins = Counter(
            "ecflink_guard_logins_total",
            "Sign-in attempts counted by this process.",
            ["court", "outcome", "credential"],
            registry=registry,
        )
        self.repeated = Counter(
            "ecflink_guard_repeated_total", "Records delivered again, not counted again.", registry=registry
        )
        self.poison = Counter("ecflink_guard_poison_total", "Records passed over.", ["why"], registry=registry)
        self.verdicts = Counter(
            "ecflink_guard_verdicts_total", "Throttles published.", ["kind", "reason"], registry=registry
        )
        self.in_force = Gauge("ecflink_guard_throttles_in_force", "Throttles in force.", ["kind"], registry=registry)
        self.subjects = Gauge(
            "ecflink_guard_subjects_counted", "Accounts and prefixes counted.", ["kind"], registry=registry
        )
        self.forgotten = Gauge(
            "ecflink_guard_subjects_forgotten",
            "Subjects forgotten before their time, as there was no room.",
            registry=registry,
        )
        self.hours = Gauge("ecflink_guard_court_hours", "Hours of courts kept.", registry=registry)
        self.lag = Gauge("ecflink_guard_lag", "Records that wait, by partition.", ["partition"], registry=registry)
        self.restarts = Counter(
            "ecflink_guard_restarts_total",
            "Times that the stream was started again in this process.",
            registry=registry,
        )
