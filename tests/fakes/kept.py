"""Pure functions answer from memory, for tests that play the same story a hundred times."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, Final
from unittest import mock

from functions.aws.secrets import open_signer
from functions.drimbox.dmp import metadata, signature
from functions.drimbox.identity import distinguished_name
from functions.drimbox.images import part10, series_metadata
from functions.drimbox.manifest import build as manifest
from functions.drimbox.manifest import read as manifest_reading
from functions.drimbox.ports import Signer
from functions.drimbox.report import header, reading
from simulators.dmp import certificates
from tests.fakes import world as fake


class _Signer:
    """RSASSA-PKCS1-v1_5 is deterministic: the same bytes are signed once."""

    def __init__(self) -> None:
        inner = open_signer(fake.keys().sign.certificate_pem, fake.keys().sign.key_pem)
        self.certificate = inner.certificate
        self.sign = lru_cache(20_000)(inner.sign)


@lru_cache(1)
def signer() -> Signer:
    return _Signer()


# Pure functions: the reading of a message, the building of a document, a signature. Each result is
# computed once while they are kept.
_PURE: Final[tuple[Callable[..., Any], ...]] = (
    reading.read_report,
    header.read_header,
    distinguished_name.canonical_name,
    manifest.build,
    manifest_reading.read,
    metadata.build,
    signature.sign,
    certificates.read_der,
    certificates._issued,
)
# Pure functions of the content of a file, which they do not change.
_OF_FILES: Final[tuple[Callable[..., Any], ...]] = (
    part10.read_facts,
    part10.extent_of,
    series_metadata.instance_json,
)
_MOST: Final = 4096


def _by_content(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function`` from memory: a file is known by its bytes, wherever it stands."""
    known: dict[tuple[Any, ...], Any] = {}

    @wraps(function)
    def once(*args: Any) -> Any:
        key = tuple(one.read_bytes() if isinstance(one, Path) else one for one in args)
        if key not in known:
            if len(known) >= _MOST:
                known.clear()
            known[key] = function(*args)
        return known[key]

    return once


@contextmanager
def kept() -> Iterator[None]:
    """Pure functions answer from memory while this lasts, wherever they are called from."""
    ours = [module for name, module in sorted(sys.modules.items()) if name.startswith(_LIBRARY)]
    with ExitStack() as stack:
        once: dict[int, Callable[..., Any]] = {
            **{id(function): lru_cache(_MOST)(function) for function in _PURE},
            **{id(function): _by_content(function) for function in _OF_FILES},
        }
        for module in ours:
            for name, found in list(vars(module).items()):
                if id(found) in once:
                    stack.enter_context(mock.patch.object(module, name, once[id(found)]))
        stack.enter_context(mock.patch.object(fake, "open_signer", return_value=signer()))
        yield


_LIBRARY: Final = ("functions.drimbox.", "simulators.dmp.")
