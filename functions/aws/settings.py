"""The only reader of the environment: each handler's settings are a frozen type, read once."""

from __future__ import annotations

import os
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Final, Self

from functions.drimbox.errors import ConfigurationError
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

# A type as a class, or as text where annotations are not evaluated.
_KINDS: Final = {"str": str, "int": int, str: str, int: int}


@frozen
class PlatformEnvironment:
    """Settings of every function; the ``Settings`` of one that opens no tenant's file adds its own.

    A field ``inbox_bucket`` is the variable ``INBOX_BUCKET``. Types are str and int only.
    """

    log_level: str
    powertools_service_name: str

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


@frozen
class Environment(PlatformEnvironment):
    """Settings of a function that opens tenants' files; its ``Settings`` adds its own fields."""

    tenants_table: str


@frozen
class ReaderEnvironment(Environment):
    """Settings of a function of the professionals' pages: Pro Santé Connect and the sessions."""

    audit_bucket: str
    sessions_table: str
    session_secrets: str
    vi_url: str
    psc_issuer: str
    psc_introspection_url: str
    psc_userinfo_url: str
    psc_client_id: str
    psc_client_secret: str
    trust_anchors_secret: str


@frozen
class DmpReaderEnvironment(ReaderEnvironment):
    """Settings of one that asks the DMP in a professional's name."""

    dmp_url: str
    lps_secret: str
    structure_secrets: str
    dmp_algorithms: str
