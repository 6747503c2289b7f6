"""Names that appear in topics and files."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

NAME_PATTERN = r"^[a-z0-9-]{1,64}$"

LANGUAGE_PATTERN = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
"""A language tag (BCP 47) without extensions: ``de``, ``de-AT``."""

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
"""Lower-case letters, digits and hyphens, 1 to 64: safe in a topic, a file name and an SQL row."""


class Message(BaseModel):
    """Base of everything that crosses a border: frozen, and unknown fields are ignored (a newer peer may add some)."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class UserFile(BaseModel):
    """Base of everything a person writes: frozen, and an unknown field is a mistake to be shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")
