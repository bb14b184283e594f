"""Pure functions answer from memory, for tests that play the same story a hundred times."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import Any, Final
from unittest import mock

from functions.aws.secrets import open_signer
from functions.drimbox.dmp import metadata, signature
from functions.drimbox.identity import distinguished_name
from functions.drimbox.manifest import build as manifest
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
    metadata.build,
    signature.sign,
    certificates.read_der,
    certificates._issued,
)


@contextmanager
def kept() -> Iterator[None]:
    """Pure functions answer from memory while this lasts, wherever they are called from."""
    ours = [module for name, module in sorted(sys.modules.items()) if name.startswith(_LIBRARY)]
    with ExitStack() as stack:
        for function in _PURE:
            once = lru_cache(4096)(function)
            for module in ours:
                for name in [n for n, found in vars(module).items() if found is function]:
                    stack.enter_context(mock.patch.object(module, name, once))
        stack.enter_context(mock.patch.object(fake, "open_signer", return_value=signer()))
        yield


_LIBRARY: Final = ("functions.drimbox.", "simulators.dmp.")
