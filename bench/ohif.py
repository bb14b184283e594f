"""The peer: OHIF, as npm has it, over the DICOMweb service of Orthanc.

OHIF is no dependency of the product: a measurement downloads it once into ``.local/ohif``. Its
service worker, its source maps and its models of a neural network are left out, which makes it
lighter. Its scripts are as npm has them, not minified, in brotli.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from bench.figures import NotMeasured
from infra import node
from infra.web import npm
from simulators.pacs.load import load
from simulators.pacs.orthanc import OrthancProcess, find_dicomweb_plugin, find_orthanc, free_port

VERSION: Final = "3.13.2"
INTEGRITY: Final = (
    "WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA=="
)
_LEFT_OUT: Final = ("ort/", "dicom-microscopy-viewer/", "sw.js", "init-service-worker.js")
_COMPRESSED: Final = {".js", ".css", ".wasm", ".json", ".svg"}
# The settings that OHIF documents for Orthanc; its guided tour would cover the first image.
_CONFIG: Final[dict[str, Any]] = {
    "routerBasename": None,
    "extensions": [],
    "modes": [],
    "customizationService": [{"ohif.tours": {"$set": []}}],
    "showStudyList": True,
    "maxNumberOfWebWorkers": 3,
    "showWarningMessageForCrossOrigin": False,
    "showCPUFallbackMessage": False,
    "showLoadingIndicator": True,
    "strictZSpacingForVolumeViewport": True,
    "groupEnabledModesFirst": True,
    "maxNumRequests": {"interaction": 100, "thumbnail": 5, "prefetch": 25},
    "defaultDataSourceName": "dicomweb",
    "dataSources": [
        {
            "namespace": "@ohif/extension-default.dataSourcesModule.dicomweb",
            "sourceName": "dicomweb",
            "configuration": {
                "friendlyName": "Orthanc",
                "name": "orthanc",
                "wadoUriRoot": "/dicom-web",
                "qidoRoot": "/dicom-web",
                "wadoRoot": "/dicom-web",
                "qidoSupportsIncludeField": False,
                "supportsReject": False,
                "imageRendering": "wadors",
                "thumbnailRendering": "wadors",
                "enableStudyLazyLoad": True,
                "supportsFuzzyMatching": False,
                "supportsWildcard": True,
                "omitQuotationForMultipartRequest": True,
                "bulkDataURI": {"enabled": True},
            },
        }
    ],
}
_COMPRESS: Final = """
const { readFileSync, writeFileSync } = require("node:fs");
const { brotliCompressSync, constants } = require("node:zlib");
for (const path of process.argv.slice(1)) {
  const plain = readFileSync(path);
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: plain.length > 4e6 ? 9 : 11,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
  };
  writeFileSync(`${path}.br`, brotliCompressSync(plain, { params }));
}
"""


def files(home: Path) -> Path:
    """The folder of OHIF's files, each that is worth it in brotli too. NotMeasured without it."""
    folder = home / VERSION
    whole = folder / "whole"
    if not whole.is_file():
        shutil.rmtree(folder, ignore_errors=True)
        _unpack(_downloaded(home), folder)
        config = f"window.config = {json.dumps(_CONFIG)};\n"
        (folder / "app-config.js").write_text(config)
        paths = [str(path) for path in folder.rglob("*") if path.suffix in _COMPRESSED]
        subprocess.run([str(node.folder() / "node"), "-e", _COMPRESS, *paths], check=True)
        whole.touch()
    return folder


def _downloaded(home: Path) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    archive = home / f"ohif-app-{VERSION}.tgz"
    if not archive.is_file():
        command = [str(node.folder() / "node"), npm(), "pack", "--silent", f"@ohif/app@{VERSION}"]
        try:
            subprocess.run(command, cwd=home, check=True, capture_output=True, timeout=180)
        except (subprocess.SubprocessError, OSError) as error:
            raise NotMeasured(f"OHIF {VERSION} cannot be downloaded") from error
    if digest_of(archive) != INTEGRITY:
        raise NotMeasured(f"{archive} is not the OHIF that is meant")
    return archive


def digest_of(archive: Path) -> str:
    """The SHA-512 as npm writes it."""
    return base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()


def _unpack(archive: Path, folder: Path) -> None:
    top = "package/dist/"
    with tarfile.open(archive) as packed:
        for member in packed:
            name = member.name.removeprefix(top)
            if not member.isfile() or name == member.name or ".." in name:
                continue
            if name.startswith(_LEFT_OUT) or name.endswith(".map"):
                continue
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            content = packed.extractfile(member)
            assert content is not None  # noqa: S101  # it is a file
            path.write_bytes(content.read())


@dataclass(frozen=True, slots=True)
class Archive:
    """Orthanc with the exam: where it listens, and its Authorization header."""

    at: str
    authorization: str


@contextmanager
def orthanc(home: Path, stored: list[Path]) -> Iterator[Archive]:
    """Orthanc with these files. NotMeasured when it is not installed."""
    executable, plugin = find_orthanc(), find_dicomweb_plugin()
    if executable is None or plugin is None:
        raise NotMeasured("Orthanc is not installed (Debian: orthanc orthanc-dicomweb)")
    shutil.rmtree(home, ignore_errors=True)
    process = OrthancProcess(executable, plugin, home, free_port())
    process.start()
    try:
        header = {"Authorization": process.authorization}
        client = httpx.Client(headers=header, timeout=120, trust_env=False)
        load(stored, f"{process.url}/dicom-web", client=client)
        yield Archive(f"127.0.0.1:{process.port}", process.authorization)
    finally:
        process.stop()
