"""What every section of the settings is made of."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from portero import limits
from portero.config.units import Seconds

Timeout = Annotated[Seconds, Field(gt=0, le=limits.TIMEOUT_SECONDS_MAX)]


class Section(BaseModel):
    """A part of the settings: it cannot change, knows all its keys, and keeps its input quiet."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        coerce_numbers_to_str=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_default(cls, value: Any) -> Any:
        """`key:` with nothing behind it is as if it were not there, for a whole section too."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            return value
        known = cls.model_fields
        return {key: item for key, item in value.items() if item is not None or key not in known}
