"""Independent readers of a manifest, and the network's own rules that none of them knows."""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path

import pydicom


def dciodvfy_errors(path: Path) -> list[str]:
    """The ``Error`` lines of dicom3tools' IOD verifier."""
    run = subprocess.run(["dciodvfy", str(path)], capture_output=True, check=False)
    lines = (run.stdout + run.stderr).decode("utf-8", "replace").splitlines()
    return [line for line in lines if line.startswith("Error")]


def dsrdump_text(path: Path) -> str | None:
    """The document as dcmtk reads it (in UTF-8), None when it refuses it."""
    run = subprocess.run(
        ["dsrdump", "+Pl", "+Pc", "+U8", str(path)], capture_output=True, check=False
    )
    return run.stdout.decode("utf-8") if run.returncode == 0 else None


def broken_rules(data: bytes, local_id: str) -> list[str]:
    """The rules of the French profile and of TID 2010 that dciodvfy does not check."""
    root = pydicom.dcmread(BytesIO(data))
    wrong = []
    if data[:128] != bytes(128):
        wrong.append("preamble")
    if local_id.encode() in data:
        wrong.append("local identifier")
    if "AccessionNumber" not in root or root.AccessionNumber:
        wrong.append("accession at the top")
    request = root.get("ReferencedRequestSequence", [])
    if len(request) != 1 or not request[0].AccessionNumber:
        wrong.append("request")
    template = root.get("ContentTemplateSequence", [])
    if [t.TemplateIdentifier for t in template] != ["2010"]:
        wrong.append("template")
    evidence = root.get("CurrentRequestedProcedureEvidenceSequence", [])
    series = [one for item in evidence for one in item.ReferencedSeriesSequence]
    if any(
        not str(one.get("RetrieveURL", "")).endswith(
            f"/studies/{root.StudyInstanceUID}/series/{one.SeriesInstanceUID}"
        )
        for one in series
    ):
        wrong.append("retrieve URL")
    named = {r.ReferencedSOPInstanceUID for one in series for r in one.ReferencedSOPSequence}
    content = root.get("ContentSequence", [])
    shown = {
        r.ReferencedSOPInstanceUID
        for item in content
        for r in item.get("ReferencedSOPSequence", [])
    }
    if named != shown:
        wrong.append("evidence is not the content")
    texts = [
        item.TextValue
        for item in content
        if item.ValueType == "TEXT" and item.ConceptNameCodeSequence[0].CodeValue == "113012"
    ]
    if len(texts) != 1 or texts[0].count("Série-") != len(series):
        wrong.append("description")
    return wrong
