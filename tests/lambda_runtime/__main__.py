"""``python -m tests.lambda_runtime``: two proofs on Lambda's Python; see CONTRIBUTING.

The first runs the tests of library, adapters and handlers in a Debian that has this Python. The
second imports every handler from the built layer and the compiled code on an arm64 Python, under
qemu. Both systems are kept in ``.local/lambda-runtime``.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from infra import layers
from simulators.psc import __main__ as psc
from tests.lambda_runtime import rootfs
from tests.lambda_runtime.rootfs import Unable

ROOT: Final = layers.ROOT
FOLDER: Final = ROOT / ".local" / "lambda-runtime"
# The folder of the project in the system that runs the tests.
PROJECT: Final = "project"
TESTS: Final = ("tests/drimbox", "tests/aws", "tests/handlers")
PYTEST: Final = (
    *("-q", "-n", "2", "--dist", "loadfile", "-p", "no:cacheprovider"),
    *("-m", "not stack and not judge"),
)
_IMPORT: Final = """
import importlib, pathlib, platform, sys
code = pathlib.Path("/var/task/functions")
names = sorted(path.parent.name for path in code.glob("*/handler.py"))
for name in names:
    module = importlib.import_module(f"functions.{name}.handler")
    assert pathlib.Path(module.__cached__).is_file(), name
assert sys.version_info[:2] == (3, 13) and names
print(f"{len(names)} handlers imported: Python {platform.python_version()}, {platform.machine()}")
"""


def main() -> int:
    """Run both proofs; the process's status."""
    try:
        demand_tools()
        if layers.main(["ensure"]):
            return 1
        failed = run_tests(rootfs.native(FOLDER))
        return failed or import_handlers(rootfs.arm64(FOLDER))
    except Unable as error:
        print(f"make test-lambda cannot run here: {error}", file=sys.stderr)
        return 1


def demand_tools() -> None:
    """Raise Unable without root's rights or one of the tools."""
    if os.geteuid() != 0:
        raise Unable("debootstrap and chroot need root")
    missing = [tool for tool in rootfs.TOOLS if shutil.which(tool) is None]
    if missing:
        raise Unable(
            f"{', '.join(missing)} not found: apt-get install debootstrap qemu-user-static"
        )


def run_tests(root: Path) -> int:
    """Run the tests in ``root`` with the locked wheels for its Python; pytest's status."""
    _install_packages(root)
    _copy_project(root)
    environment = {
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "HYPOTHESIS_PROFILE": os.environ.get("HYPOTHESIS_PROFILE", "full"),
    }
    pytest = ("/usr/bin/python3", "-m", "pytest", *PYTEST, *TESTS)
    return _inside(root, ["/usr/bin/env", "-C", f"/{PROJECT}", *pytest], environment)


def _install_packages(root: Path) -> None:
    """Put the locked wheels where Python looks untold: tests start programs with no path set."""
    requirements = FOLDER / "requirements.txt"
    uv = (sys.executable, "-m", "uv")
    export = ("export", "--quiet", "--frozen", "--no-emit-project", "--group", "test")
    subprocess.run([*uv, *export, "--group", "local", "-o", requirements], cwd=ROOT, check=True)
    packages = root / "usr" / "local" / "lib" / "python3.13" / "dist-packages"
    shutil.rmtree(packages, ignore_errors=True)
    target = f"{platform.machine()}-manylinux_2_40"
    wheels = ("--python-platform", target, "--python-version", "3.13", "--only-binary", ":all:")
    subprocess.run(
        [
            *(*uv, "pip", "install", "--quiet", *wheels, "--require-hashes", "--no-deps"),
            *("--link-mode", "copy", "--target", packages, "--requirements", requirements),
        ],
        cwd=ROOT,
        check=True,
    )


def _copy_project(root: Path) -> None:
    """Copy the versioned files, and the npm packages of the sign-in simulator, into ``root``.

    This machine installs those packages: only its own npm knows the authority of its proxy.
    """
    try:
        psc.install()
    except psc.NotInstalled as error:
        raise Unable(str(error)) from None
    project = root / PROJECT
    shutil.rmtree(project, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, project / name)
    modules = psc.HERE / "node_modules"
    shutil.copytree(modules, project / modules.relative_to(ROOT))


def import_handlers(root: Path) -> int:
    """Import every handler in ``root``, from the layer and the code as Lambda unpacks them."""
    for source, target in (
        (ROOT / "layers" / layers.BUILT / "python", root / "opt" / "python"),
        (ROOT / "layers" / layers.CODE, root / "var" / "task"),
    ):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, copy_function=shutil.copyfile)
    command = [f"/usr/bin/{rootfs.QEMU}", "/usr/bin/python3.13", "-B", "-c", _IMPORT]
    environment = {"PYTHONPATH": "/var/task:/opt/python", "POWERTOOLS_SERVICE_NAME": "drimbox"}
    return _inside(root, command, environment)


# A mount of its own, which ends with the process: TLS identities are read from /proc/self/fd.
_ENTER: Final = 'mount -t proc proc "$1/proc" && exec chroot "$@"'
_PATH: Final = "/usr/sbin:/usr/bin:/sbin:/bin"


def _inside(root: Path, command: list[str], environment: dict[str, str]) -> int:
    """Run ``command`` in ``root`` with ``environment`` alone; its status.

    Nothing else starts there: the kernel runs no other program of an arm64 system than qemu.
    """
    enter = ["unshare", "--mount", "sh", "-c", _ENTER, "sh", str(root), *command]
    return subprocess.run(enter, env={**environment, "PATH": _PATH}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
