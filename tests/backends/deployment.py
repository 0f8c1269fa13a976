"""Everything that one test needs of Kafka and Postgres, under names of its own: database, topics, positions."""

from dataclasses import dataclass, replace

from services.runtime.settings import KafkaSettings
from tests.backends.databases import PASSWORDS, Database


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A migrated database and the topics of the contract with a prefix of this test's own."""

    database: Database
    kafka: KafkaSettings
    partition_count: int

    def on(self, database: Database) -> "Deployment":
        """Return the same topics with another database."""
        return replace(self, database=database)

    def settings(self, role: str) -> dict[str, str]:
        """Return Kafka and Postgres for a role's settings model, as `load` takes them."""
        kafka = {
            "kafka_bootstrap_servers": self.kafka.kafka_bootstrap_servers,
            "topic_prefix": self.kafka.topic_prefix,
        }
        return kafka | self.database.settings(role)

    def env(self, role: str) -> dict[str, str]:
        """Return the same as the environment of a process, with what `ecflink topics` and `migrate` need."""
        if role == "owner":
            own = {"database_url": self.database.owner_url, "database_password": self.database.owner_password}
            own |= {f"database_password_{name}": password for name, password in PASSWORDS.items()}
            own |= {"topic_partitions": str(self.partition_count)}
        else:
            own = {}
        settings = {**self.settings("reader" if role == "owner" else role), **own}
        return {name.upper(): value for name, value in settings.items()}
