"""An export: the bytes of a publication, and the names of its archived files."""

from __future__ import annotations

import base64

from functions.drimbox.operations.exporting import export
from tests.drimbox.operations.conftest import Reported
from tests.fakes.world import OPERATOR


def test_an_export_holds_the_bytes_and_names_what_is_archived(published: Reported) -> None:
    world = published.world
    given = export(world.at_rest, world.archive, OPERATOR, published.id)
    raw = world.inbox.objects[f"messages/{published.id}.hl7"]
    assert base64.b64decode(given["message"]) == raw
    assert b"MSA|AA" in base64.b64decode(given["acknowledgement"])
    names = {one["name"].rsplit("/", 1)[-1]: one["bytes"] for one in given["archived"]}
    assert {"manifest.dcm", "metadata.xml", "message.hl7", "settled.json"} <= set(names)
    assert names["message.hl7"] == len(raw)
    assert [one["outcome"] for one in given["history"]] == ["in_progress", "published"]
    assert ("publication.exported", "given") in world.audit.events()
