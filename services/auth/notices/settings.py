"""The settings of notices: a part of auth's."""

from pydantic import Field

from services.runtime.settings import RoleSettings


class NoticeSettings(RoleSettings):
    """How fast a court's filers are told of its go-live."""

    announce_per_second: int = Field(
        20, ge=1, le=1000, description="Filers told of a court's go-live per second, at most."
    )
