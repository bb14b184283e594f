"""``python -m infra.demo.verdict FILE``: the answer of a check, of a message or of a contextual
call, in a few lines.
"""

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
    """The verdict on a message, or on a contextual call; a problem document, which is neither, is
    told by its code, title and detail.
    """
    if "answer" in facts:
        yield from _message(facts)
        yield "  neither the PACS nor the DMP was asked"
    elif "lines" in facts:
        yield from _call(facts)
    else:
        told = (facts.get(name) for name in ("status", "code", "title", "detail"))
        yield "refused: " + ", ".join(str(one) for one in told if one)


def _call(facts: Mapping[str, Any]) -> Iterator[str]:
    """The status, then each fault."""
    opens = "It would open the patient's page." if facts["status"] == 303 else "It is refused."
    yield f"{facts['status']}: {opens}"
    for fault in facts["faults"]:
        yield f"  {fault['parameter'] or '(no parameter)'} {fault['code']}: {fault['words']['en']}"
        yield from _values(fault)
        if fault["clause"]:
            yield f"    {fault['clause']}"


def _message(facts: Mapping[str, Any]) -> Iterator[str]:
    """The acknowledgement and the publication first, then each fault, each reason of a hold."""
    answer, publication = facts["answer"], facts["publication"]
    held = [study for study in publication["studies"] if study["hold"]]
    would = "It would be held." if held else _WOULD[facts["read"]["action"]]
    if publication["words"]:
        would = publication["words"]["en"]
    yield f"{answer['code'] or answer['status']}: {would}"
    for fault in facts["faults"]:
        yield f"  {fault['location'] or '(no place)'} {fault['code']}: {fault['words']['en']}"
        yield from _values(fault)
        yield f"    {fault['todo']['en']}"
        if fault["clause"]:
            yield f"    {fault['clause']}"
    for hold in publication["holds"]:
        detail = f" ({hold['detail']})" if hold["detail"] else ""
        yield f"  hold {hold['reason']}: {hold['words']['en']}{detail}"
        if hold["location"]:
            yield f"    at: {hold['location']}"
        yield from _values(hold)
        yield f"    {hold['todo']['en']}"
    foreseen = {hold["reason"] for hold in publication["holds"]}
    for study in held:
        if (hold := study["hold"])["reason"] not in foreseen:
            yield f"  {study['study_instance_uid']} {hold['reason']}: {hold['words']['en']}"
            yield f"    {hold['todo']['en']}"


def _values(told: Mapping[str, Any]) -> Iterator[str]:
    """The value that was read, and those that may stand there."""
    if told["value"] is not None:
        yield f"    read: {told['value'] or '(nothing)'}"
    if told["accepted"]:
        yield f"    expected: {told['accepted']['en']}"


if __name__ == "__main__":
    given = Path(sys.argv[1])
    told = lines(json.loads(given.read_text("utf-8")))
    print(*told, f"  all facts: {given}", sep="\n")
