"""Messages for the check of a feed, and the end of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from functions.drimbox.feed_check.check import Check, check_message
from functions.drimbox.tenants.model import Sender, SenderPolicy, Structure, Tenant
from tests.drimbox.report.build import (
    PARTS,
    STUDY,
    Segments,
    cda,
    exam,
    message,
    organisation,
    professional,
)
from tests.fakes.memory import (
    MemoryBlobs,
    MemoryFoundCertificates,
    MemoryRecords,
    VirtualClock,
)
from tests.fakes.world import ISSUER, SUBJECT, TENANT

SITE = replace(TENANT, senders=(Sender("RIS", "SITE", SUBJECT, ISSUER),))


def check(
    raw: bytes,
    *,
    tenant: Tenant = SITE,
    inbox: MemoryBlobs | None = None,
    records: MemoryRecords | None = None,
    subject: str = SUBJECT,
) -> Check:
    return check_message(
        raw,
        subject,
        tenant=tenant,
        inbox=inbox or MemoryBlobs(),
        records=records or MemoryRecords(),
        certificates=MemoryFoundCertificates(),
        clock=VirtualClock(),
    )


def order_change(
    more: Callable[[Segments], object] = lambda _: None, /, **fields: dict[int, str]
) -> bytes:
    """An OMI^O23 on one study; ``more`` changes its segments in place, last."""

    def edit(segments: Segments) -> None:
        segments.append(["IPC", "ACN103", "PACS", STUDY])
        for name, values in fields.items():
            target = next(segment for segment in segments if segment[0] == name)
            for number, value in values.items():
                target[number] = value
        more(segments)

    return message(MSH={9: "OMI^O23^OMI_O23", 12: "2.5.1"}, drop=("OBX", "PRT"), edit=edit)


def person(structure: str) -> str:
    return (
        "<legalAuthenticator><assignedEntity>"
        + professional(structure=structure)
        + "</assignedEntity></legalAuthenticator>"
    )


HOLDS: dict[str, tuple[bytes, Tenant, str]] = {
    "an undeclared structure": (
        message(
            document=cda(legal_authenticator=person(organisation(number="1750803448"))),
            drop=("PRT",),
        ),
        SITE,
        "no_certificate_for_structure",
    ),
    "PRT-8 of another structure": (
        message(document=cda(legal_authenticator=person(organisation(number="1750803448")))),
        replace(SITE, structures=(Structure("1750803448", "X", "SA08"),)),
        "structure_mismatch",
    ),
    "no start": (
        message(document=cda(exams=exam(period="<effectiveTime/>"))),
        SITE,
        "incomplete_report",
    ),
    "no practice setting": (
        message(document=cda(exams=exam(performer=""))),
        SITE,
        "incomplete_report",
    ),
    "no specialty": (
        message(
            document=cda(
                legal_authenticator="<legalAuthenticator><assignedEntity>"
                + professional(code="G15_10")
                + "</assignedEntity></legalAuthenticator>"
            )
        ),
        SITE,
        "incomplete_report",
    ),
    "a cumulation that the DMP refuses": (
        message(flags={"MASQUE_PS": "Y", "INVISIBLE_PATIENT": "Y"}),
        replace(SITE, masking_cumulation=False),
        "masking_conflict",
    ),
}

UNPUBLISHED: dict[str, tuple[bytes, Tenant, str]] = {
    "not for the DMP": (message(flags={"DESTDMP": "N"}), SITE, "not_for_dmp"),
    "restricted": (
        message(document=cda(confidentiality=PARTS["confidentiality"].replace('"N"', '"R"'))),
        SITE,
        "restricted_document",
    ),
    "a sender left out": (
        message(),
        replace(SITE, senders=(Sender("RIS", "SITE", SUBJECT, ISSUER, SenderPolicy.IGNORE),)),
        "ignored_sender",
    ),
}
