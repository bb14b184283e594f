"""The files of a built program: a closed list, each compressed once and for all.

The build (``web/viewer/manifest.mjs``) writes ``<name>.br``, ``<name>.gz`` and ``manifest.json``.
"""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Final, Self

from functions.drimbox.accept import prefer_encoding
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MANIFEST: Final = "manifest.json"
_SUFFIXES: Final = {"br": ".br", "gzip": ".gz"}
# A worker's script has the policy of its own answer: it compiles its codecs and asks this host.
HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Accept-Encoding",
}


@frozen
class BuiltFile:
    """One form of a file: its bytes, its media type, its content coding ("" for none)."""

    body: bytes
    content_type: str
    coding: str


@frozen
class BuiltFiles:
    """The listed files of ``folder``, by name to media type; ``script`` and ``sheet`` are the names
    that a page loads, "" while nothing is built."""

    folder: Path
    types: Mapping[str, str]
    script: str
    sheet: str

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The files of a build; none where there is no build."""
        listed = folder / MANIFEST
        if not listed.is_file():
            return cls(folder, {}, "", "")
        manifest = json.loads(listed.read_bytes())
        types = {name: str(one["type"]) for name, one in manifest["files"].items()}
        return cls(folder, types, str(manifest["script"]), str(manifest["sheet"]))

    def find(self, name: str, accept_encoding: Sequence[str]) -> BuiltFile | None:
        """The file in the form that the header's lines like most; None for another name."""
        content_type = self.types.get(name)
        if content_type is None:
            return None
        coding = prefer_encoding(accept_encoding, ("br", "gzip"))
        if coding is None:
            plain = gzip.decompress((self.folder / f"{name}.gz").read_bytes())
            return BuiltFile(plain, content_type, "")
        body = (self.folder / (name + _SUFFIXES[coding])).read_bytes()
        return BuiltFile(body, content_type, coding)
