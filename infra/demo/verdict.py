"""``python -m infra.demo.verdict FILE``: the answer of ``…/hl7v2/check`` in a few lines."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# By the action that the message asks for; a change of an order, or a message with faults, has none.
_WOULD: Final = {
    "publish": "It would be published.",
    "replace": "It would replace the former version.",
    "withdraw": "It would withdraw the publication.",
    None: "The gateway would look at its studies again.",
}


def lines(facts: Mapping[str, Any]) -> Iterator[str]:
    """The acknowledgement and the publication first, then each fault, and each study that would be
    held. A problem document, which has no ``answer``, is told by its code, title and detail.
    """
    if "answer" not in facts:
        told = (facts.get(name) for name in ("status", "code", "title", "detail"))
        yield "refused: " + ", ".join(str(one) for one in told if one)
        return
    answer, publication = facts["answer"], facts["publication"]
    held = [study for study in publication["studies"] if study["hold"]]
    would = "It would be held." if held else _WOULD[facts["read"]["action"]]
    if publication["words"]:
        would = publication["words"]["en"]
    yield f"{answer['code'] or answer['status']}: {would}"
    for fault in facts["faults"]:
        yield f"  {fault['location'] or '(no place)'} {fault['code']}: {fault['words']['en']}"
        if fault["value"] is not None:
            yield f"    read: {fault['value'] or '(nothing)'}"
        if fault["accepted"]:
            yield f"    expected: {fault['accepted']['en']}"
        yield f"    {fault['todo']['en']}"
        if fault["clause"]:
            yield f"    {fault['clause']}"
    for study in held:
        yield f"  {study['study_instance_uid']} {study['hold']['reason']}:"
        yield f"    {study['hold']['words']['en']} {study['hold']['todo']['en']}"


if __name__ == "__main__":
    given = Path(sys.argv[1])
    told = lines(json.loads(given.read_text("utf-8")))
    print(*told, "  neither the PACS nor the DMP was asked", f"  all facts: {given}", sep="\n")
