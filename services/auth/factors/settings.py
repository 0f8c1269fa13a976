"""The settings of the second factor: a part of auth's."""

from enum import StrEnum
from typing import Final, Self

from pydantic import Field, model_validator

from services.runtime.settings import RoleSettings, Secret

SECRET_CHARACTERS_MIN: Final = 32


class FactorPolicy(StrEnum):
    """Who is asked to enrol: nobody (`offered`), or at each sign-in whoever may file (`prompted`)."""

    OFFERED = "offered"
    PROMPTED = "prompted"


class FactorSettings(RoleSettings):
    """What auth is told about second factors."""

    factor_policy: FactorPolicy = Field(
        FactorPolicy.OFFERED, description="`offered`: who wants may enrol; `prompted`: filers are asked at sign-in."
    )
    factor_skips_max: int = Field(3, ge=0, le=100, description="How often a prompted filer may put it off.")
    factor_secret: Secret = Field(description="Encrypts the seeds of second factors; 32 characters or more.")
    prove_again_after_s: int = Field(
        3600, ge=60, le=86_400, description="A sign-in older than this is proved again before a link is confirmed."
    )
    security_code_s: int = Field(600, ge=60, le=3600, description="How long an e-mailed security code is good.")

    @model_validator(mode="after")
    def _factor_secret_is_long(self) -> Self:
        if len(self.factor_secret.get_secret_value()) < SECRET_CHARACTERS_MIN:
            raise ValueError(
                f"FACTOR_SECRET is shorter than {SECRET_CHARACTERS_MIN} characters; `deploy/init` makes one"
            )
        return self
