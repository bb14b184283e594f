"""Every code that a message can be refused with has its words, in two languages."""

from __future__ import annotations

import ast
from pathlib import Path

from functions.drimbox.publication import receive, site_accepted
from functions.drimbox.report import masking, reading
from functions.drimbox.wording.message_faults import MESSAGE_FAULTS, UNPUBLISHED

# Where the code stands in the calls that make a fault.
MAKERS = {"MessageError": 0, "Refusal": 0, "_Fault": 0, "error": 0, "required": 1}
NAMED_BY_FORM = {
    "segment_missing",
    "segment_repeated",
    "cda_element_missing",
    "control_id_reused",
    "undeclared_sender",
}


def codes_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        arguments = node.args[MAKERS[name] :] if name in MAKERS else []
        if arguments and isinstance(arguments[0], ast.Constant):
            found.add(str(arguments[0].value))
    return found


def test_every_code_of_the_reader_and_the_receiver_has_words() -> None:
    receivers = (Path(str(module.__file__)) for module in (receive, site_accepted))
    files = [*Path(str(reading.__file__)).parent.glob("*.py"), *receivers]
    found = set().union(*map(codes_of, files))
    assert {"ins_missing", "flag_value", "action_missing"} <= found
    assert found | NAMED_BY_FORM <= set(MESSAGE_FAULTS)


def test_every_reason_of_not_sharing_has_words() -> None:
    tree = ast.parse(Path(str(masking.__file__)).read_text())
    found = {
        str(node.args[1].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "Sharing"
        and len(node.args) > 1
        and isinstance(node.args[1], ast.Constant)
    }
    assert found == {"not_for_dmp", "restricted_document"}
    assert found <= set(UNPUBLISHED)
