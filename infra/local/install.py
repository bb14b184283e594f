"""One installation's own data: its seed, and the values derived from the seed.

Generated names, key ids, secrets' placeholders and the access key are derived from a random seed,
so that they are the same after every restart and guessable by nobody else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

SEED_BYTES: Final = 32


class InstallError(Exception):
    """The data folder cannot be used as it is: the message says what to do."""


@dataclass(frozen=True, slots=True)
class Install:
    """One data folder and its seed (32 random bytes, in a file that only its owner reads)."""

    folder: Path
    seed: bytes = field(repr=False)

    def derive(self, *purpose: str, length: int = 32) -> bytes:
        """``length`` bytes (at most 64) that only this seed and this purpose give."""
        label = "\x00".join(purpose).encode()
        return hmac.new(self.seed, label, hashlib.sha512).digest()[:length]

    def token(self, *purpose: str, length: int = 12) -> str:
        """``length`` characters of [A-Z2-7], as CloudFormation puts behind a generated name."""
        return base64.b32encode(self.derive(*purpose, length=64)).decode()[:length]

    @property
    def access_key_id(self) -> str:
        """The access key id that every request to the local endpoint is signed with."""
        return "LOCAL" + self.token("access key id", length=15)

    @property
    def secret_access_key(self) -> str:
        """The secret access key that goes with ``access_key_id``."""
        return base64.urlsafe_b64encode(self.derive("secret access key", length=30)).decode()

    @property
    def credentials_file(self) -> Path:
        """An AWS shared credentials file (profile ``default``) for programs of this machine."""
        return self.folder / "credentials"


def write_private(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path``, atomically and durably, readable by its owner only (0600)."""
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename or a creation inside ``folder`` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_install(folder: Path) -> Install:
    """The installation in ``folder``; created with a new random seed when the folder has none.

    Raises:
        InstallError: the seed's file is damaged or readable by others.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "seed"
    if not path.exists():
        write_private(path, secrets.token_bytes(SEED_BYTES))
    if path.stat().st_mode & 0o077:
        raise InstallError(f"{path} is readable by others: chmod 600 it")
    seed = path.read_bytes()
    if len(seed) != SEED_BYTES:
        raise InstallError(f"{path} is damaged: {SEED_BYTES} bytes expected")
    install = Install(folder, seed)
    profile = (
        f"[default]\naws_access_key_id = {install.access_key_id}\n"
        f"aws_secret_access_key = {install.secret_access_key}\n"
    ).encode()
    file = install.credentials_file
    if not file.exists() or file.read_bytes() != profile:
        write_private(file, profile)
    return install
