"""A small Debian that has Lambda's Python, in a folder, for one architecture."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

# The release of Debian whose Python is Lambda's, and the packages beyond its smallest system.
RELEASE: Final = "trixie"
PACKAGES: Final = ("python3", "ca-certificates")
QEMU: Final = "qemu-aarch64-static"
TOOLS: Final = ("debootstrap", "dpkg-deb", QEMU)
_DONE: Final = "complete"


class Unable(Exception):
    """This machine cannot run Lambda's Python that way; the message says what is missing."""


def mirror() -> str:
    """The Debian mirror of this machine's own apt configuration.

    Raises:
        Unable: apt names none.
    """
    form = "$(ORIGIN) $(CODENAME) $(REPO_URI)"
    try:
        listed = subprocess.run(
            ["apt-get", "indextargets", "--format", form, "Created-By: Packages"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        raise Unable("apt-get, which names the Debian mirror, does not answer") from None
    for line in listed.stdout.splitlines():
        origin, codename, address = line.split(" ", 2)
        if origin == "Debian" and "-security" not in codename:
            return address
    raise Unable("apt is configured with no Debian mirror, or apt-get update never ran")


def native(folder: Path) -> Path:
    """A system of this machine's architecture in ``folder``; made at the first time only."""
    root = folder / "native"
    if not (folder / f"native.{_DONE}").is_file():
        _debootstrap(root, "--variant=minbase")
        (folder / f"native.{_DONE}").touch()
    return root


def arm64(folder: Path) -> Path:
    """An arm64 system in ``folder``, unpacked, and the emulator in it.

    The packages are only unpacked: their set-up would need the kernel to start arm64 programs by
    itself (binfmt_misc), and Python needs none.
    """
    root = folder / "arm64"
    if not (folder / f"arm64.{_DONE}").is_file():
        _debootstrap(root, "--variant=minbase", "--arch=arm64", "--foreign")
        for package in sorted((root / "var/cache/apt/archives").glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", package, root], check=True)
        shutil.copyfile(str(shutil.which(QEMU)), root / "usr/bin" / QEMU)
        (root / "usr/bin" / QEMU).chmod(0o755)
        (folder / f"arm64.{_DONE}").touch()
    return root


def _debootstrap(root: Path, *options: str) -> None:
    shutil.rmtree(root, ignore_errors=True)
    root.parent.mkdir(parents=True, exist_ok=True)
    log = root.parent / f"{root.name}.log"
    print(f"debootstrap {RELEASE} into {root} (log: {log})", flush=True)
    with log.open("wb") as out:
        done = subprocess.run(
            ["debootstrap", *options, f"--include={','.join(PACKAGES)}", RELEASE, root, mirror()],
            stdout=out,
            stderr=out,
            check=False,
        )
    if done.returncode:
        raise Unable(f"debootstrap failed: see {log}")
