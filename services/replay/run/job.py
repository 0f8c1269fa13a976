"""What a worker is told: a file in the run's folder, as nothing of it belongs on a command line. It holds no secret."""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from services.replay.run.players import Into

FILE_NAME: Final = "job.json"
PACED_BUFFER_BYTES: Final = 128 * 2**20
"""What waits in all workers' clients while a broker stalls: half a minute at 5,000 records a second."""
FULL_BUFFER_BYTES: Final = 32 * 2**20
"""At full speed more would be of no use, only longer in the queue."""


class Job(BaseModel):
    """The run, as each of its workers needs it."""

    model_config = ConfigDict(frozen=True)

    profile: Path
    spool: Path
    folder: Path
    into: Into = Into.TOPIC
    buffer_bytes_max: int = PACED_BUFFER_BYTES

    def save(self) -> Path:
        path = self.folder / FILE_NAME
        path.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")
        return path


def load_job(path: Path) -> Job:
    return Job.model_validate_json(path.read_bytes())
