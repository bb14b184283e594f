"""The histories' exams as their sites really have them: images made, stored, and published.

The exams of the two tenants go the way of every report: images into the site's PACS, then the
report from its RIS. Their manifests in the DMP, which a history gives at once, go when the tenant's
own are sent. The other sites' images are files that the simulator of other sites serves.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from infra.demo.layout import SECOND, SECOND_SENDER, SENDER, TENANT, Layout
from infra.demo.ris import NotAcknowledged, client, post, send
from simulators.history import report
from simulators.history.history import History
from simulators.history.plan import INVISIBLE, MASKED, Report
from simulators.pacs.exams.objects import write_exam
from simulators.pacs.load import load
from simulators.ris.cases import Flags
from simulators.ris.messages import message

# Seconds: a publication takes three or four, on a busy machine more.
PATIENCE: Final = 180.0
_STUDY: Final = "^^^^urn:ihe:iti:xds:2016:studyInstanceUID"


class NotPublished(Exception):
    """A site's exam is not in the DMP; the message says which and why."""


@dataclass(frozen=True, slots=True)
class _Publisher:
    """``pacs`` is the part of the stack."""

    tenant: str
    sender: tuple[str, str]
    pacs: str


_PUBLISHERS: Final = {
    "ambroise": _Publisher(TENANT, SENDER, "pacs"),
    SECOND: _Publisher(SECOND, SECOND_SENDER, "peer_pacs"),
}


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The loading of a history's exams.

    ``validated``: the time at which the RIS of a site validates the reports that it sends, the same
    for each try of one report.
    """

    layout: Layout
    validated: datetime = field(default_factory=lambda: datetime.now(UTC))

    def published(self, made: History) -> set[str]:
        """The studies whose manifest in the DMP is a site's own, not the history's."""
        own = {one.entry.partition('id="')[2].partition('"')[0] for one in made.documents}
        return {
            value.removesuffix(_STUDY)
            for document in self._documents(made)
            if document["type_code"] == "IMG-KOS" and document["entry_uuid"] not in own
            for value in document["reference_ids"]
            if value.endswith(_STUDY)
        }

    def write(self, made: History, numbers: Collection[int] = ()) -> None:
        """Make the images of these exams (all without numbers)."""
        for exam in made.plan.exams:
            if exam.versions and (not numbers or exam.number in numbers):
                write_exam(exam, made.patient, self.layout.exams)

    def publish(self, made: History, about: Report) -> None:
        """Store and publish the exams of one report, as its site does; again changes nothing.

        Raises NotPublished. A report of a site that is no tenant here is left alone.
        """
        publisher = _PUBLISHERS.get(about.exams[0].site.key)
        studies = {exam.study for exam in about.exams}
        if publisher is None or studies <= self.published(made):
            return
        for exam in about.exams:
            load(write_exam(exam, made.patient, self.layout.exams), self.layout.url(publisher.pacs))
        self._forget(made, about)
        self._send(made, about, publisher)
        self._await(made, studies)

    def reports(self, made: History) -> Iterator[Report]:
        """The reports of the two tenants, latest first."""
        for about in made.plan.reports:
            if about.exams[0].site.key in _PUBLISHERS:
                yield about

    def _documents(self, made: History) -> list[dict[str, Any]]:
        with client(self.layout.endpoints()) as http:
            answer = http.get(f"{self.layout.url('dmp')}/_sim/state")
        return [one for one in answer.json()["documents"] if made.patient.ins in one["patient_id"]]

    def _forget(self, made: History, about: Report) -> None:
        """Take the history's manifests of the report's exams out of the DMP; the report itself
        stays: its RIS publishes it, and we do not."""
        studies = {f"{exam.study}{_STUDY}" for exam in about.exams}
        gone = [
            one["entry_uuid"]
            for one in self._documents(made)
            if one["type_code"] == "IMG-KOS"
            and one["availability_status"] == "Approved"
            and studies & set(one["reference_ids"])
        ]
        with client(self.layout.endpoints()) as http:
            for entry_uuid in gone:
                http.delete(f"{self.layout.url('dmp')}/_sim/documents/{entry_uuid}")

    def _send(self, made: History, about: Report, publisher: _Publisher) -> None:
        exam = about.exams[0]
        whose, site = made.patient, exam.site
        case = replace(
            whose.case(),
            flags=Flags(
                masque_ps=MASKED in about.masking, invisible_patient=INVISIBLE in about.masking
            ),
            ipp_root=site.patient_issuer,
        )
        document = report.clinical_document(
            *(about, whose.ins, whose.ins_oid, whose.ipp, whose.traits),
            uid=f"2.25.{int(exam.study[5:]) ^ 5}",
            version=1,
            validated=self.validated,
        )
        body = message(
            case,
            control_id=uuid4().hex[:20],
            at=datetime.now(UTC),
            sender=publisher.sender,
            document=document,
            structure=(site.structure[1:], site.name),
        )
        try:
            self._sent(publisher.tenant, body)
        except NotAcknowledged as error:
            raise NotPublished(f"{site.name}: {error}") from error

    def _sent(self, tenant: str, body: bytes) -> str:
        """The first tenant's RIS sends as its site is linked, the second one's over HTTPS."""
        endpoints, pki = self.layout.endpoints(), self.layout.pki
        if tenant == TENANT:
            return send(endpoints, body)
        identity = f"ris-{tenant}"
        for kind, suffix in (("cert", "pem"), ("key", "key")):
            endpoints[f"{identity}_{kind}"] = str(pki / f"{identity}.{suffix}")
        return post(endpoints, tenant, body, identity=identity)

    def _await(self, made: History, studies: set[str]) -> None:
        end = time.monotonic() + PATIENCE
        while not studies <= self.published(made):
            if time.monotonic() > end:
                raise NotPublished(f"the DMP does not list {sorted(studies)}; see .local/logs")
            time.sleep(1)
