"""``python -m infra.codes``: write docs/codes.md, every code of the interface in words.

The words are those of ``functions.drimbox.wording``. The status of a problem document and the
acknowledgement of a fault are read from the sources that raise them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

import infra.node  # noqa: F401  # before aws_cdk: gives it the pinned Node.js
from functions.aws.entry import InternalError
from functions.drimbox.errors import ConfigurationError, DrimboxError, RequestError, Transient
from functions.drimbox.report.conditions import APPLICATION_TEXT, CONDITION_TEXT
from functions.drimbox.wording.accepted_values import ACCEPTED
from functions.drimbox.wording.agent import CLOUD
from functions.drimbox.wording.agent import PROBLEMS as PROBLEMS_OF_AGENT
from functions.drimbox.wording.agent_check import WRONG
from functions.drimbox.wording.call_faults import CALL_ACCEPTED, CALL_FAULTS
from functions.drimbox.wording.certificates import FAULTS
from functions.drimbox.wording.differences import DIFFERENCES, NOT_REPAIRED
from functions.drimbox.wording.held import HELD_REASONS
from functions.drimbox.wording.message_faults import MESSAGE_FAULTS, UNPUBLISHED, remedy
from functions.drimbox.wording.refusals import PROBLEMS
from functions.drimbox.wording.text import Text
from functions.drimbox.wording.white_list import FAULTS as WHITE_LIST
from infra.shared.refusals import REFUSALS

PAGE: Final = Path(__file__).parents[1] / "docs/codes.md"
# Where codes are raised: in the cloud, and by the agent at the site.
_SOURCES: Final = tuple(Path(__file__).parents[1] / name for name in ("functions", "agent"))
# A step of the workflow raises these; no caller sees them.
_OF_STEPS: Final = frozenset({"identity_refused"})
# The faults after which the same bytes are worth another send; after any other one they are not.
_SAME_AGAIN: Final = {
    "storage_unavailable": "yes, later",
    "undeclared_sender": "yes, once the site has declared the sender",
    "agent_undeclared_sender": "yes, once the site has declared the sender in the agent",
    "agent_no_room": "yes, later",
    "agent_gateway_away": "yes, later",
    "agent_not_admitted": "yes, later",
    "agent_fault": "yes, later",
}
_HEAD: Final = """# Codes

`python -m infra.codes` writes this page from `functions/drimbox/wording`; a test compares the two.
Do not edit it by hand. A code is stable: it is a part of the interface. Its words may change.
"""


def problems() -> dict[str, set[str]]:
    """Every code of a problem document, and the statuses that it comes with."""
    found: dict[str, set[str]] = {ConfigurationError.code: {str(InternalError.status)}}
    status_of: dict[str, str] = {}
    transients: tuple[type[DrimboxError], ...] = (Transient, *_below(Transient))
    for error in transients:
        status_of[error.__name__] = "503"
        found.setdefault(error.code, set()).add("503")
    for error in _below(RequestError):
        status = str(getattr(error, "status", ""))
        status_of[error.__name__] = status
        found.setdefault(error.code, set()).add(status)
    for name, call, constants in _calls(status_of):
        for keyword in call.keywords:
            if keyword.arg == "code" and (code := _constant(keyword.value, constants)):
                found.setdefault(code, set()).add(status_of[name])
    for _, call, constants in _calls(["problem"]):
        status, code = (_constant(one, constants) for one in call.args[:2])
        if status and code:
            found.setdefault(code, set()).add(status)
    for refusal in REFUSALS:
        found.setdefault(refusal.code, set()).add(str(refusal.status or ""))
    return {code: statuses - {""} for code, statuses in found.items() if code not in _OF_STEPS}


def acknowledgements() -> dict[str, str]:
    """Every code of a message's fault, and its acknowledgement: AE, AR, or none (HTTP 400)."""
    refused = {_constant(call.args[0], constants) for _, call, constants in _calls(["Refusal"])}
    found = {code: "AR" if code in refused else "AE" for code in MESSAGE_FAULTS}
    return {**found, "not_hl7": "none: HTTP 400"}


def _below(kind: type[DrimboxError]) -> Iterator[type[DrimboxError]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def _calls(names: Iterable[str]) -> Iterator[tuple[str, ast.Call, Mapping[str, ast.expr]]]:
    """Each call of one of ``names`` in the sources, with the constants of its module."""
    wanted = set(names)
    for tree, constants in _modules():
        for node in ast.walk(tree):
            name = _name(node)
            if isinstance(node, ast.Call) and name in wanted:
                yield name, node, constants


@lru_cache(1)
def _modules() -> tuple[tuple[ast.Module, Mapping[str, ast.expr]], ...]:
    """The sources' modules, each with its constants by name."""
    trees = [
        ast.parse(path.read_text(encoding="utf-8"))
        for folder in _SOURCES
        for path in sorted(folder.rglob("*.py"))
    ]
    return tuple((tree, dict(_constants(tree))) for tree in trees)


def _constants(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield node.target.id, node.value


def _name(node: ast.AST) -> str:
    function = node.func if isinstance(node, ast.Call) else None
    return str(getattr(function, "id", getattr(function, "attr", "")))


def _constant(node: ast.expr, constants: Mapping[str, ast.expr]) -> str:
    """The text of a constant, or of the module's constant that is named; "" for anything else."""
    value = constants.get(node.id) if isinstance(node, ast.Name) else node
    return str(value.value) if isinstance(value, ast.Constant) else ""


def page() -> str:
    """The page, in Markdown."""
    return "\n".join((_HEAD, *_messages(), *_publications(), *_requests(), *_others()))


def _messages() -> Iterator[str]:
    yield "## Acknowledgements of a message\n"
    yield "MSA-1 is AA (accepted), AE (the message is wrong) or AR (circumstances forbid it now)."
    yield "ERR-7 holds the code. *The same again*: whether the same bytes are worth another send."
    yield "*Accepted*: the values that may stand at the fault's place; the check (`hl7v2/check`)"
    yield "tells those of the message at hand, beside the value that it read."
    yield ""
    acks = acknowledgements()
    yield from _table(
        ("code", "ACK", "the same again", "accepted"),
        (
            (
                (code, acks[code], _SAME_AGAIN.get(code, "no"), _both(ACCEPTED.get(code))),
                text,
                remedy(code),
            )
            for code, text in MESSAGE_FAULTS.items()
        ),
    )
    yield "ERR-3 holds a condition of HL7 table 0357, ERR-5 a code of table 0533 of the volet"
    yield "CISIS_CDA_HL7_V2:\n"
    yield from _rows(("field", "value", "text"), _conditions())


def _conditions() -> Iterator[tuple[str, ...]]:
    yield from (("ERR-3", str(int(code)), text) for code, text in CONDITION_TEXT.items())
    yield from (("ERR-5", code, text) for code, text in APPLICATION_TEXT.items())


def _publications() -> Iterator[str]:
    yield "## Messages without a publication\n"
    yield "The feed check and the queue give these codes. All but `not_accepted` are of a message"
    yield "that the gateway acknowledges with AA.\n"
    yield from _table(("code",), (((code,), text, None) for code, text in UNPUBLISHED.items()))
    yield "## Held publications\n"
    yield "The gateway holds the publication; an operator sees the reason and the remedy. *Replay*:"
    yield "when another try of the same message may end otherwise.\n"
    yield from _table(
        ("code", "replay"),
        (((code, str(one.replay)), one, one.todo) for code, one in HELD_REASONS.items()),
    )


def _requests() -> Iterator[str]:
    yield "## Refused HTTP requests\n"
    yield "The answer is a problem document (RFC 9457); its `code` is one of these. API Gateway may"
    yield "choose another 4xx or 5xx status for `bad_request` and `internal_error`.\n"
    statuses = {code: ", ".join(sorted(found)) for code, found in problems().items()}
    yield from _table(
        ("code", "status"),
        (
            ((code, statuses[code]), PROBLEMS[code], PROBLEMS[code].todo)
            for code in sorted(PROBLEMS, key=lambda code: (statuses[code], code))
        ),
    )


def _others() -> Iterator[str]:
    yield "## Faults of a contextual call\n"
    yield "The page of a refused call and the check of a call tell them, with the parameter and the"
    yield "values that it may have.\n"
    yield from _table(
        ("code", "accepted"),
        (
            ((code, _both(CALL_ACCEPTED[code]).replace("{}", "…")), text, None)
            for code, text in CALL_FAULTS.items()
        ),
    )
    yield "## Certificates of a structure\n"
    yield "The feed check gives the `fault` of a certificate.\n"
    yield from _table(("code",), (((code,), one, one.todo) for code, one in FAULTS.items()))
    yield "## The site's agent\n"
    yield "Its status page tells them; `gateway_` stands before the cause for which no message"
    yield "reaches the gateway.\n"
    faults = {**{f"gateway_{cause}": one for cause, one in CLOUD.items()}, **PROBLEMS_OF_AGENT}
    yield from _table(("code",), (((code,), one, one.todo) for code, one in faults.items()))
    yield "`drimbox-agent check` prints these, each with the words of the hospital's part.\n"
    yield from _table(("code",), (((code,), one, one.todo) for code, one in WRONG.items()))
    yield "## National white list of DRIMboxes\n"
    yield "The log of `refresh_white_list` gives the code; the alarm `WhiteListRefused` calls the"
    yield "hosting company's staff.\n"
    yield from _table(
        ("code",),
        (((f"white_list_{code}",), one, one.todo) for code, one in WHITE_LIST.items()),
    )
    yield "## Differences that a reconciliation finds\n"
    yield from _table(("cause",), (((code,), text, None) for code, text in DIFFERENCES.items()))
    yield "A run leaves a difference to a human for one of these reasons:\n"
    yield from _table(("reason",), (((code,), text, None) for code, text in NOT_REPAIRED.items()))


_Row = tuple[tuple[str, ...], Text, Text | None]


def _table(names: tuple[str, ...], rows: Iterable[_Row]) -> Iterator[str]:
    """A table of codes; the columns of remedy and clause stand where a row has them."""
    kept = list(rows)
    remedies = any(todo for _, _, todo in kept)
    clauses = any(text.clause for _, text, _ in kept)
    heads = (*names, "French", "English")
    yield from _rows(
        (*heads, *(("remedy",) if remedies else ()), *(("clause",) if clauses else ())),
        (
            (
                f"`{facts[0]}`",
                *facts[1:],
                text.fr,
                text.en,
                *((_both(todo),) if remedies else ()),
                *((text.clause,) if clauses else ()),
            )
            for facts, text, todo in kept
        ),
    )


def _both(text: Text | None) -> str:
    if text is None:
        return ""
    return text.fr if text.fr == text.en else f"{text.fr} / {text.en}"


def _rows(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = tuple(heads)
    yield f"| {' | '.join(names)} |"
    yield "|" + "---|" * len(names)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
