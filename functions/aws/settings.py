"""The only reader of the environment: each handler's settings are a frozen type, read once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Final, Self

from functions.drimbox.errors import ConfigurationError

# A type as a class, or as text where annotations are not evaluated.
_KINDS: Final = {"str": str, "int": int, str: str, int: int}


@dataclass(frozen=True, slots=True)
class Environment:
    """Settings of every function; a handler's ``Settings`` adds its own fields.

    A field ``inbox_bucket`` is the variable ``INBOX_BUCKET``. Types are str and int only.
    """

    log_level: str
    powertools_service_name: str
    tenant_parameters: str

    @classmethod
    @cache
    def current(cls) -> Self:
        """This process's settings, read at the first call."""
        return cls.read(os.environ)

    @classmethod
    def names(cls) -> frozenset[str]:
        """The variables that the function reads."""
        return frozenset(field.name.upper() for field in fields(cls))

    @classmethod
    def read(cls, env: Mapping[str, str]) -> Self:
        """Raises ConfigurationError naming every variable that is missing, empty or ill-typed."""
        wrong: list[str] = []
        values: dict[str, str | int] = {}
        for field in fields(cls):
            name = field.name.upper()
            try:
                text = env[name]
                if not text:
                    raise ValueError(name)
                values[field.name] = _KINDS[field.type](text)
            except (KeyError, ValueError):
                wrong.append(name)
        if wrong:
            raise ConfigurationError(f"environment: {', '.join(sorted(wrong))}")
        return cls(**values)  # type: ignore[arg-type]  # checked against the fields just above
