"""Reading a contextual call: every fault at once, and a context only where there is none.

Nothing of a call is left aside: a name that is not known, in another case or given twice refuses
it, as does an empty or an ill-formed value, even of an optional parameter. A criterion that was
dropped would show more exams than were asked for, and a second value another patient's.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.consultation.call_form import Pairs, UnreadableCall, read_form, require_form
from functions.drimbox.consultation.call_parameters import BY_NAME, PARAMETERS, Parameter
from functions.drimbox.consultation.context import CallContext, WantedExams
from functions.drimbox.identity.ins import Ins
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Control, format (bidirectional ones too), private, surrogate and unassigned characters, separators
# of lines: a name that holds one looks like another.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_BY_LETTERS: Final = {name.casefold(): name for name in BY_NAME}


@frozen
class Fault:
    """A fault of a call. ``parameter`` is a name of the specification, "" for none of them.

    ``value``: the call's own, or the name where that is at fault; None where nothing stands. It is
    for the check alone, which answers the caller of the check.
    """

    code: str
    parameter: str = ""
    value: str | None = None

    def __repr__(self) -> str:
        return f"Fault({self.code!r}, {self.parameter!r})"


@frozen
class Line:
    """One pair as it was sent, the value as it was read (None where it was not), its fault."""

    name: str
    value: str
    read: Any
    fault: Fault | None

    def __repr__(self) -> str:
        return "Line(…)"


@frozen
class Call:
    """A call as it was read: ``context`` is None if and only if there is a fault."""

    context: CallContext | None
    faults: tuple[Fault, ...]
    lines: tuple[Line, ...] = ()

    @property
    def result(self) -> str:
        """``succes`` or ``erreur``: Statut_Appel of the national model of statistics."""
        return "succes" if self.context is not None else "erreur"


def read_call(content_types: Sequence[str], query: Sequence[str], body: bytes) -> Call:
    """The call of one request; ``query`` are the names in its address: none belongs there, since
    addresses stand in histories and logs.
    """
    if query:
        return _unreadable("call_in_query", ", ".join(query))
    try:
        require_form(content_types)
    except UnreadableCall as error:
        return _unreadable(error.code, ", ".join(content_types))
    try:
        return read_pairs(read_form(body))
    except UnreadableCall as error:
        return _unreadable(error.code, None)


def read_pairs(pairs: Pairs) -> Call:
    """The call of these pairs, in order."""
    stated: set[str] = set()
    lines = tuple(_line(name, value, stated) for name, value in pairs)
    values = {BY_NAME[line.name].field: line.read for line in lines if line.fault is None}
    faults = [line.fault for line in lines if line.fault is not None]
    faults += _missing(stated)
    if "accession_issuer" in values and "accession" not in stated:
        issuer = next(one.value for one in lines if one.name == "AccessionNumberIssuer")
        faults.append(Fault("call_issuer_alone", "AccessionNumberIssuer", issuer))
    return Call(None if faults else _context(values), tuple(faults), lines)


def _unreadable(code: str, value: str | None) -> Call:
    return Call(None, (Fault(code, value=value),))


def _line(name: str, value: str, stated: set[str]) -> Line:
    """One pair; ``stated`` gathers the facts that some pair was about."""
    parameter = BY_NAME.get(name)
    if parameter is None:
        return _unknown(name, value, stated)
    if parameter.field in stated:
        return Line(name, value, None, Fault("call_name_repeated", name, value))
    stated.add(parameter.field)
    trimmed = value.strip(" ")
    code = _unfit(trimmed, parameter)
    if code:
        return Line(name, value, None, Fault(code, name, value))
    try:
        return Line(name, value, parameter.read(trimmed), None)
    except (ValueError, KeyError):
        return Line(name, value, None, Fault(parameter.fault, name, value))


def _unknown(name: str, value: str, stated: set[str]) -> Line:
    """A name that differs by its case alone is told from one that nobody knows."""
    meant = _BY_LETTERS.get(name.casefold())
    if meant is None:
        return Line(name, value, None, Fault("call_name_unknown", value=name))
    stated.add(BY_NAME[meant].field)
    return Line(name, value, None, Fault("call_name_case", meant, name))


def _unfit(value: str, parameter: Parameter) -> str:
    """The code of a fault that a value of any parameter may have, "" for none."""
    if not value:
        return "call_value_empty"
    if len(value) > parameter.longest:
        return "call_value_long"
    if any(unicodedata.category(char) in _HIDDEN for char in value):
        return "call_value_hidden"
    return ""


def _missing(stated: set[str]) -> list[Fault]:
    """One fault for each mandatory fact that nothing states, under the newest of its names."""
    names = {one.field: one.name for one in reversed(PARAMETERS) if one.mandatory}
    return [
        Fault("call_name_missing", names[field]) for field in reversed(names) if field not in stated
    ]


def _context(values: Mapping[str, Any]) -> CallContext:
    study_from, study_to = values.get("days", (None, None))
    return CallContext(
        ins=Ins(values["matricule"], values["kind"]),
        birth_family=values["birth_family"],
        birth_given=values["birth_given"],
        birth_date=values["birth_date"],
        sex=values["sex"],
        birth_place=values["birth_place"],
        consent=values["consent"],
        situation=values.get("situation", ""),
        wanted=WantedExams(
            study=values.get("study"),
            modality=values.get("modality", ""),
            region=values.get("region", ""),
            accession=values.get("accession", ""),
            accession_issuer=values.get("accession_issuer", ""),
            study_from=study_from,
            study_to=study_to,
        ),
        local_id=values["local_id"],
        local_issuer=values["local_issuer"],
    )
