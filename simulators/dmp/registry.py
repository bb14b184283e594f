"""The DMP without a socket: a request's bytes in, an answer's bytes out (ITI-41, ITI-18, ITI-43,
ITI-57, TD0.2, TD0.3)."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from lxml import etree

from simulators.dmp import existence, habilitations, lifecycle, queries, retrieval
from simulators.dmp import submission as xds
from simulators.dmp.certificates import Authorities, Untrusted, read_der
from simulators.dmp.contents import integrity_errors, manifest_errors, read_documents
from simulators.dmp.demands import check_demands
from simulators.dmp.dsg import Signed, check_signature_document
from simulators.dmp.ebrim import (
    Association,
    RegistryObject,
    in_order,
    read_object,
    structure_errors,
)
from simulators.dmp.errors import (
    RegistryError,
    query_response,
    registry_response,
    with_objects,
)
from simulators.dmp.identifiers import PatientId, read_patient_id
from simulators.dmp.loaded import read_loaded
from simulators.dmp.markup import children, name, parse, text
from simulators.dmp.masking import may_see
from simulators.dmp.mtom import BadPackage, Package, read_package, write_package
from simulators.dmp.patients import Patient, refusal_of_access
from simulators.dmp.schemas import Schemas
from simulators.dmp.signatures import BadSignature, sha1
from simulators.dmp.soap import (
    FAULT_ACTION,
    Request,
    SoapFault,
    action_of,
    fault_element,
    read_envelope,
    write_envelope,
)
from simulators.dmp.statuses import APPROVED, DELETED, DEPRECATED, with_status
from simulators.dmp.store import Store, StoredDocument
from simulators.dmp.vihf import AIR, LIFE, Vihf, VihfRules

REPOSITORY_ID: Final = "1.2.250.1.213.4.1.1.1"
_SOAP: Final = "application/soap+xml"


class Transaction(NamedTuple):
    """An ITI transaction: its WS-Addressing actions, and whether its answer is MTOM."""

    request: str
    answer: str
    mtom: bool


TRANSACTIONS: Final[Mapping[str, Transaction]] = {
    "iti-41": Transaction(
        "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b",
        "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-bResponse",
        True,
    ),
    "iti-18": Transaction(
        "urn:ihe:iti:2007:RegistryStoredQuery",
        "urn:ihe:iti:2007:RegistryStoredQueryResponse",
        False,
    ),
    "iti-43": Transaction(
        "urn:ihe:iti:2007:RetrieveDocumentSet",
        "urn:ihe:iti:2007:RetrieveDocumentSetResponse",
        True,
    ),
    "iti-57": Transaction(
        "urn:ihe:iti:2010:UpdateDocumentSet",
        "urn:ihe:iti:2010:UpdateDocumentSetResponse",
        False,
    ),
    "td0.2": Transaction(
        "urn:hl7-org:v3:PRPA_IN201307UV02", "urn:hl7-org:v3:PRPA_IN201308UV02", False
    ),
    "td0.3": Transaction(
        "urn:si-dmp-habilitations:HabilitationsEndPoint:setAuthorization",
        "urn:si-dmp-habilitations:HabilitationsEndPoint:setAuthorizationResponse",
        False,
    ),
}
# The services, by the end of their path, each with its purpose.
SERVICES: Final[Mapping[str, tuple[str, ...]]] = {
    "repository": ("iti-41", "iti-43"),
    "registry": ("iti-18", "iti-57"),
    "patients": ("td0.2",),
    "habilitations": ("td0.3",),
}


class Answer(NamedTuple):
    """An HTTP answer."""

    status: int
    content_type: str
    body: bytes


class Registry:
    """Repository and registry in one. Every public method may be called from any thread."""

    def __init__(
        self,
        store: Store,
        authorities: Authorities,
        *,
        clock: Callable[[], datetime],
        new_uuid: Callable[[], uuid.UUID] = uuid.uuid4,
        lenient: bool = False,
        schemas: Schemas | None = None,
        establishments: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        """``clock`` gives aware times. ``lenient`` turns the VIHF, signature and structure checks
        off, for the official samples. ``establishments``: see :class:`VihfRules`."""
        self._store = store
        self._rules = VihfRules(authorities, establishments or {})
        self._clock = clock
        self._new_uuid = new_uuid
        self._lenient = lenient
        self._schemas = schemas
        self._lock = threading.Lock()

    def transaction_of(self, service: str, raw_http_body: bytes, content_type: str) -> str:
        """Which transaction of :data:`SERVICES` a request is, by its WS-Addressing Action.

        The first of the service when that cannot be told: it then answers with the fault.
        """
        first, *others = SERVICES[service]
        if not others:
            return first
        try:
            package = read_package(raw_http_body, content_type, lenient=self._lenient)
        except BadPackage:
            return first
        action = action_of(package.root)
        return next((other for other in others if TRANSACTIONS[other].request == action), first)

    def execute(
        self,
        transaction: str,
        raw_http_body: bytes,
        content_type: str,
        peer_certificate_der: bytes | None,
        *,
        received_at: datetime | None = None,
    ) -> Answer:
        """One of :data:`TRANSACTIONS`: ``iti-41`` is :meth:`submit`, ``iti-18`` :meth:`query`,
        ``iti-57`` :meth:`update`.

        ``td0.2`` tells a patient's DMP and the authorisation, ``td0.3`` adds that authorisation.
        Where it is missing, a consultation (AIR) by ``iti-18`` is refused.
        """
        at = received_at or self._clock()
        with self._lock:
            return self._answer(transaction, raw_http_body, content_type, peer_certificate_der, at)

    def submit(
        self,
        raw_http_body: bytes,
        content_type: str,
        peer_certificate_der: bytes | None,
        *,
        received_at: datetime | None = None,
    ) -> Answer:
        """ITI-41 (TF-2 3.41). ``received_at`` judges a request by the time it came, not by now.

        The answer is a RegistryResponse, Success or Failure with RegistryErrors, or a SOAP fault;
        nothing is kept unless it is Success. An RPLC association makes the entry that it targets
        Deprecated, and that entry's signature stays Approved: it signs a submission set.
        """
        return self.execute(
            "iti-41", raw_http_body, content_type, peer_certificate_der, received_at=received_at
        )

    def query(
        self,
        raw_http_body: bytes,
        content_type: str,
        peer_certificate_der: bytes | None,
        *,
        received_at: datetime | None = None,
    ) -> Answer:
        """ITI-18 (TF-2 3.18): an AdhocQueryResponse or a SOAP fault.

        FindDocuments and FindDocumentsByReferenceId give the entries whose status is asked for in
        ``$XDSDocumentEntryStatus`` (required): a deleted one only when
        ``urn:asip:ci-sis:2010:StatusType:Deleted`` is listed. GetDocuments, which has no status
        to ask for, gives an entry whatever its status; its ``status`` attribute says it.
        """
        return self.execute(
            "iti-18", raw_http_body, content_type, peer_certificate_der, received_at=received_at
        )

    def update(
        self,
        raw_http_body: bytes,
        content_type: str,
        peer_certificate_der: bytes | None,
        *,
        received_at: datetime | None = None,
    ) -> Answer:
        """ITI-57 (TF-2 3.57) as far as the deletion of entries goes (:mod:`lifecycle`).

        The answer is a RegistryResponse, Success or Failure with RegistryErrors, or a SOAP fault;
        nothing is changed unless it is Success. A deleted entry stays, with another status.
        """
        return self.execute(
            "iti-57", raw_http_body, content_type, peer_certificate_der, received_at=received_at
        )

    def refuse(
        self, transaction: str, raw_http_body: bytes, content_type: str, error: RegistryError
    ) -> Answer:
        """A Failure caused by the state of the DMP, not by the request. Only the parts that the
        answer needs are checked, and nothing is kept.
        """
        try:
            _, request = self._receive(transaction, raw_http_body, content_type)
            payload = self._failure(transaction, request, [error])
        except SoapFault as fault:
            return self._fault(fault)
        return self._reply(transaction, request, payload)

    def state(self) -> list[dict[str, Any]]:
        """Every document entry, signatures and duplicates too, oldest first."""
        with self._lock:
            return [_describe(document) for document in self._store.all()]

    def content(self, entry_uuid: str) -> tuple[str, bytes] | None:
        """The (mimeType, bytes) of a document, None when there is no such entry."""
        with self._lock:
            document = self._store.of_entry_uuid(entry_uuid)
        if document is None:
            return None
        return read_object(parse(document.entry)).mime_type, document.content

    def load(self, documents: Sequence[Mapping[str, Any]]) -> int:
        """Keep documents as if they had been published long ago, in one transaction; how many.

        Each is an ``entry`` (rim:ExtrinsicObject as XML) and its ``content`` (base64). The entry
        keeps its entryUUID, lid, version and status, also where it breaks a rule of a publication:
        two versions of the metadata of one document are two of these, of one uniqueId. A document
        whose entryUUID is known takes the place of the former one. Raises BadDocument.
        """
        at = self._clock()
        made = [read_loaded(one) for one in documents]
        # A moment for each: they are no one submission, and one can be forgotten alone.
        moments = [at + timedelta(microseconds=number) for number in range(len(made))]
        with self._lock:
            self._store.keep(
                [
                    self._kept(entry, content, moment)
                    for (entry, content), moment in zip(made, moments, strict=True)
                ]
            )
        return len(made)

    def forget(self, entry_uuid: str) -> bool:
        """Lose a document with all of its submission; False when there is none."""
        with self._lock:
            return self._store.forget(entry_uuid)

    def clear(self) -> None:
        """Forget every document."""
        with self._lock:
            self._store.clear()

    def patients(self) -> dict[str, dict[str, Any]]:
        """Each patient of whom something is kept, by identity."""
        with self._lock:
            return {who: json.loads(facts) for who, facts in self._store.patients()}

    def describe_patient(self, who: PatientId, patient: Patient) -> None:
        """The DMP of that patient is so from now on."""
        with self._lock:
            self._store.keep_patient(str(who), json.dumps(patient.describe()))

    def forget_patients(self) -> None:
        """Every patient has an open DMP again, and its consultation is authorised."""
        with self._lock:
            self._store.forget_patients()

    def _answer(
        self, transaction: str, body: bytes, content_type: str, peer: bytes | None, at: datetime
    ) -> Answer:
        try:
            package, request = self._receive(transaction, body, content_type)
        except SoapFault as fault:
            return self._fault(fault)
        parts: Mapping[str, bytes] = {}
        entries: Sequence[bytes] = ()
        try:
            vihf = self._authenticate(request, peer, at)
            if transaction == "iti-43":
                payload, parts = self._retrieve(request, vihf)
            elif transaction == "iti-18":
                payload, entries = self._query(request, vihf)
            else:
                payload = self._payload(transaction, request, package, vihf, at)
        except SoapFault as fault:
            fault.relates_to = request.message_id
            return self._fault(fault)
        return self._reply(transaction, request, payload, parts, entries)

    def _retrieve(
        self, request: Request, vihf: Vihf | None
    ) -> tuple[etree._Element, dict[str, bytes]]:
        """ITI-43: the documents of the VIHF's patient that exist, and an error for each other."""
        refused = self._access_error(vihf)
        if refused is not None:
            return retrieval.response((), [refused])
        found: list[tuple[retrieval.Asked, StoredDocument]] = []
        errors: list[RegistryError] = []
        for asked in retrieval.read_request(request.payload):
            of_patient = [
                document
                for document in self._seen(self._store.of_unique_id(asked.unique_id), vihf)
                if vihf is None or document.patient == str(vihf.patient)
            ]
            if asked.repository_id != REPOSITORY_ID:
                code = "XDSUnknownRepositoryId"
                errors.append(RegistryError(code, "the repository is not this one"))
            elif not of_patient:
                code = "XDSDocumentUniqueIdError"
                errors.append(RegistryError(code, "no such document"))
            else:
                found.append((asked, of_patient[-1]))
        return retrieval.response(found, errors)

    def _payload(
        self,
        transaction: str,
        request: Request,
        package: Package,
        vihf: Vihf | None,
        at: datetime,
    ) -> etree._Element:
        """The body of the answer to an authenticated request."""
        if vihf is not None:
            check_demands(transaction, vihf)
        if transaction == "iti-41":
            return registry_response(self._submit(request, package, vihf, at))
        if transaction == "iti-57":
            return registry_response(self._update(request, vihf, at))
        if transaction == "td0.2":
            return self._tell_existence(request, vihf, at)
        return self._authorize(request, vihf)

    def _tell_existence(self, request: Request, vihf: Vihf | None, at: datetime) -> etree._Element:
        question = existence.read_question(request.payload)
        if vihf is not None:
            _check_patient(vihf, question.patient)
        return existence.answer(question, self._patient(question.patient), at, self._new_uuid)

    def _authorize(self, request: Request, vihf: Vihf | None) -> etree._Element:
        habilitations.check_request(request.payload)
        if vihf is None:
            raise SoapFault("nobody is named without a VIHF")
        status, patient = habilitations.authorize(self._patient(vihf.patient))
        self._store.keep_patient(str(vihf.patient), json.dumps(patient.describe()))
        return habilitations.response(status)

    def _patient(self, patient: PatientId) -> Patient:
        kept = self._store.patient(str(patient))
        return Patient() if kept is None else Patient.stored(json.loads(kept))

    def _access_error(self, vihf: Vihf | None) -> RegistryError | None:
        """Why a consultation is refused; the sender of a report needs no authorisation for it."""
        if vihf is None or vihf.mode != AIR:
            return None
        return refusal_of_access(self._patient(vihf.patient))

    def _failure(
        self, transaction: str, request: Request, errors: list[RegistryError]
    ) -> etree._Element:
        if transaction == "td0.2":
            question = existence.read_question(request.payload)
            return existence.refusal(question, errors, self._clock(), self._new_uuid)
        if transaction == "td0.3":
            return habilitations.response(errors[0].code)
        if transaction == "iti-43":
            return retrieval.response((), errors)[0]
        return query_response([], errors) if transaction == "iti-18" else registry_response(errors)

    def _receive(self, transaction: str, body: bytes, content_type: str) -> tuple[Package, Request]:
        try:
            package = read_package(body, content_type, lenient=self._lenient)
        except BadPackage as error:
            raise SoapFault(f"the request cannot be read: {error}") from error
        return package, read_envelope(package.root, action=TRANSACTIONS[transaction].request)

    def _reply(
        self,
        transaction: str,
        request: Request,
        payload: etree._Element,
        parts: Mapping[str, bytes] | None = None,
        entries: Sequence[bytes] = (),
    ) -> Answer:
        exchange = TRANSACTIONS[transaction]
        envelope = write_envelope(
            payload,
            action=exchange.answer,
            message_id=self._new_uuid().urn,
            relates_to=request.message_id,
        )
        if entries:
            envelope = with_objects(envelope, entries)
        if not exchange.mtom:
            return Answer(200, f'{_SOAP}; charset=UTF-8; action="{exchange.answer}"', envelope)
        return Answer(200, *write_package(envelope, f"uuid:{self._new_uuid()}", parts))

    def _fault(self, fault: SoapFault) -> Answer:
        envelope = write_envelope(
            fault_element(fault),
            action=FAULT_ACTION,
            message_id=self._new_uuid().urn,
            relates_to=fault.relates_to,
        )
        return Answer(fault.status, f'{_SOAP}; charset=UTF-8; action="{FAULT_ACTION}"', envelope)

    def _authenticate(self, request: Request, peer: bytes | None, at: datetime) -> Vihf | None:
        """The VIHF of the request; None in lenient mode, where only the certificate counts."""
        try:
            if peer is None:
                raise Untrusted("no client certificate")
            certificate = read_der(peer)
            self._rules.authorities.check(certificate, at)
        except Untrusted as error:
            raise SoapFault(str(error), "wsse:FailedAuthentication", status=403) from error
        if self._lenient:
            return None
        vihf = self._rules.read(request.security, certificate, at)
        if not self._store.remember_assertion(vihf.assertion_id, at, at - 2 * LIFE):
            raise SoapFault("the assertion was already used", "wsse:FailedAuthentication")
        return vihf

    def _submit(
        self, request: Request, package: Package, vihf: Vihf | None, at: datetime
    ) -> list[RegistryError]:
        """Check and keep a submission; the errors found, none when it is kept."""
        objects = _registry_objects(
            request.payload,
            "xdsb:ProvideAndRegisterDocumentSetRequest",
            "lcm:SubmitObjectsRequest",
        )
        if vihf is not None:
            _check_mode(vihf)
            accepts = self._schemas.accepts_submission if self._schemas else None
            faults = _structure_faults(request.payload, objects, accepts)
            if faults:
                return [RegistryError("XDSRepositoryMetadataError", fault) for fault in faults]
        submission = xds.read_submission(objects)
        errors = list(xds.metadata_errors(submission))
        if errors:
            return errors
        if vihf is not None:
            _check_patient(vihf, submission.patient)
        contents, errors = read_documents(request.payload, package, submission)
        errors = errors or list(self._content_errors(submission, contents, vihf, at))
        errors = errors or list(self._registry_errors(submission, contents))
        if errors:
            return errors
        judge = lifecycle.replacement_error
        replaced, errors = self._targets(submission, submission.replacements, judge, vihf)
        if errors:
            return errors
        documents = [self._registered(e, contents[e.id], at) for e in submission.entries]
        deprecated = {d.entry_uuid: with_status(d.entry, DEPRECATED) for d in replaced}
        self._store.register(submission.set_unique_id, documents, deprecated, at)
        return []

    def _update(self, request: Request, vihf: Vihf | None, at: datetime) -> list[RegistryError]:
        """Check and make the changes of an update; the errors found, none when they are made."""
        objects = _registry_objects(request.payload, "lcm:SubmitObjectsRequest")
        if vihf is not None:
            _check_mode(vihf)
            accepts = self._schemas.accepts_update if self._schemas else None
            faults = _structure_faults(request.payload, objects, accepts)
            if faults:
                return [RegistryError("XDSRegistryMetadataError", fault) for fault in faults]
        submission = xds.read_submission(objects)
        errors = list(lifecycle.update_errors(submission))
        if errors:
            return errors
        if vihf is not None:
            _check_patient(vihf, submission.patient)
        errors = list(self._set_errors(submission))
        if errors:
            return errors
        judge = lifecycle.deletion_error
        deleted, errors = self._targets(submission, submission.associations, judge, vihf)
        if errors:
            return errors
        restated = {d.entry_uuid: with_status(d.entry, DELETED) for d in deleted}
        self._store.register(submission.set_unique_id, [], restated, at)
        return []

    def _targets(
        self,
        submission: xds.Submission,
        associations: Sequence[Association],
        judge: lifecycle.Judge,
        vihf: Vihf | None,
    ) -> tuple[list[StoredDocument], list[RegistryError]]:
        """The registered documents that the associations target, and the faults that ``judge``
        finds.
        """
        structure = None if vihf is None else vihf.structure
        documents: list[StoredDocument] = []
        errors: list[RegistryError] = []
        for association in associations:
            document = self._store.of_entry_uuid(association.target)
            entry = None if document is None else read_object(parse(document.entry))
            error = judge(association, entry, submission.patient, structure)
            errors += [] if error is None else [error]
            documents += [] if document is None else [document]
        return documents, errors

    def _content_errors(
        self,
        submission: xds.Submission,
        contents: Mapping[str, bytes],
        vihf: Vihf | None,
        at: datetime,
    ) -> Iterator[RegistryError]:
        """Each document against its entry, the signature against all of them."""
        signature: RegistryObject | None = None
        signed: dict[str, bytes] = {}
        for entry in submission.entries:
            content = contents[entry.id]
            if xds.kind_of(entry) is xds.SIGNATURE:
                signature = entry
                if vihf is None:
                    continue
            else:
                signed[entry.identifier(xds.ENTRY_UNIQUE_ID)] = content
                yield from manifest_errors(entry, content)
            yield from integrity_errors(entry, content)
            if vihf is not None and vihf.structure not in xds.author_institutions(entry):
                context = "no authorInstitution is the structure of the VIHF"
                yield RegistryError("XDSRepositoryMetadataError", context, entry.id)
        if vihf is None or signature is None:
            return
        covered = Signed(
            submission_set_id=submission.set_unique_id,
            signature_id=signature.identifier(xds.ENTRY_UNIQUE_ID),
            documents=signed,
        )
        try:
            check_signature_document(
                contents[signature.id],
                covered,
                authorities=self._rules.authorities,
                holders=vihf.holders,
                at=at,
            )
        except BadSignature as error:
            yield RegistryError("XDSRepositoryMetadataError", str(error), signature.id)

    def _registry_errors(
        self, submission: xds.Submission, contents: Mapping[str, bytes]
    ) -> Iterator[RegistryError]:
        """TF-3 table 4.2.4.1-2: faults of identifiers that are already registered. A document entry
        may be registered again, as long as its bytes are the same; a submission set may not.
        """
        yield from self._set_errors(submission)
        for entry in submission.entries:
            content = contents[entry.id]
            known = self._store.of_unique_id(entry.identifier(xds.ENTRY_UNIQUE_ID))
            if any(document.sha1 != sha1(content).hex() for document in known):
                context = "the uniqueId is registered with another hash"
                yield RegistryError("XDSNonIdenticalHash", context, entry.id)
            if any(document.size != len(content) for document in known):
                context = "the uniqueId is registered with another size"
                yield RegistryError("XDSNonIdenticalSize", context, entry.id)

    def _set_errors(self, submission: xds.Submission) -> Iterator[RegistryError]:
        """TF-3 table 4.2.4.1-2: a submission set comes once, whatever transaction it comes by."""
        if self._store.knows_submission_set(submission.set_unique_id):
            context = "the submission set's uniqueId is already registered"
            location = submission.submission_set.id
            yield RegistryError("XDSDuplicateUniqueIdInRegistry", context, location)

    def _registered(self, entry: RegistryObject, content: bytes, at: datetime) -> StoredDocument:
        """The entry as the registry keeps and gives it: own identifiers, schema order, Approved
        (TF-3 4.2.3.2, TF-2 3.42.4.1.3)."""
        element = entry.element
        entry_uuid = self._new_uuid().urn
        for part in element.iter(name("rim:Classification"), name("rim:ExternalIdentifier")):
            part.set("id", self._new_uuid().urn)
            owner = "classifiedObject" if "classifiedObject" in part.attrib else "registryObject"
            part.set(owner, entry_uuid)
        element.attrib.update({"id": entry_uuid, "lid": entry_uuid, "status": APPROVED})
        for version in children(element, "rim:VersionInfo"):
            element.remove(version)
        return self._kept(read_object(element), content, at)

    def _kept(self, entry: RegistryObject, content: bytes, at: datetime) -> StoredDocument:
        """The entry with its hash, size and repository from the bytes, in the schema's order."""
        element = entry.element
        digest = sha1(content).hex()
        assigned = {"hash": digest, "size": str(len(content)), "repositoryUniqueId": REPOSITORY_ID}
        for slot in children(element, "rim:Slot"):
            if slot.get("name") in assigned:
                element.remove(slot)
        for slot_name, value in assigned.items():
            slot = etree.SubElement(element, name("rim:Slot"), name=slot_name)
            values = etree.SubElement(slot, name("rim:ValueList"))
            etree.SubElement(values, name("rim:Value")).text = value
        if not list(children(element, "rim:VersionInfo")):
            etree.SubElement(element, name("rim:VersionInfo"), versionName="1")
        in_order(element)
        return StoredDocument(
            entry_uuid=entry.id,
            unique_id=entry.identifier(xds.ENTRY_UNIQUE_ID),
            patient=str(xds.patient_of(entry)),
            sha1=digest,
            size=len(content),
            entry=etree.tostring(element, with_tail=False),
            content=content,
            submitted_at=at.isoformat(),
        )

    def _query(self, request: Request, vihf: Vihf | None) -> tuple[etree._Element, Sequence[bytes]]:
        """The answer, and the entries that come into its list as they are stored."""
        if vihf is not None:
            check_demands("iti-18", vihf)
        refused = self._access_error(vihf)
        if refused is not None:
            return query_response([], [refused]), ()
        try:
            leaf_class, run = self._run(request.payload, vihf)
        except queries.QueryRefused as error:
            return query_response([], [error.error]), ()
        found = self._seen(run, vihf)
        if leaf_class:
            return query_response([], []), [one.entry for one in found]
        named = [etree.Element(name("rim:ObjectRef"), id=one.entry_uuid) for one in found]
        return query_response(named, []), ()

    def _seen(self, found: list[StoredDocument], vihf: Vihf | None) -> list[StoredDocument]:
        """Those that the professional is shown."""
        if vihf is None or vihf.mode != AIR:
            return found
        patient = self._patient(vihf.patient)
        return [one for one in found if may_see(_read_stored(one.entry), vihf, patient)]

    def _run(self, payload: etree._Element, vihf: Vihf | None) -> tuple[bool, list[StoredDocument]]:
        if payload.tag != name("query:AdhocQueryRequest"):
            raise SoapFault("the body is not an AdhocQueryRequest")
        if self._schemas and not self._lenient and not self._schemas.accepts_query(payload):
            raise queries.QueryRefused("XDSRegistryError", "the schema refuses the query")
        leaf_class = _wants_leaf_class(payload)
        asked = children(payload, "rim:AdhocQuery")
        if len(asked) != 1:
            raise queries.QueryRefused("XDSRegistryError", "not exactly one AdhocQuery")
        path = f"{name('rim:ValueList')}/{name('rim:Value')}"
        parameters = queries.read_parameters(
            (slot.get("name", ""), tuple(text(value) for value in slot.iterfind(path)))
            for slot in children(asked[0], "rim:Slot")
        )
        query_id = asked[0].get("id", "")
        if query_id == queries.GET_DOCUMENTS:
            return leaf_class, self._get_documents(parameters, vihf)
        if query_id not in queries.QUERIES:
            raise queries.QueryRefused("XDSUnknownStoredQuery", "the query is not known")
        patient_cx = queries.single(parameters, queries.PATIENT_ID)
        patient = read_patient_id(patient_cx)
        if vihf is not None and patient_cx:
            _check_patient(vihf, patient)
        documents = {d.entry_uuid: d for d in self._store.of_patient(str(patient))}
        entries = (_read_stored(document.entry) for document in documents.values())
        selected = queries.select(query_id, parameters, entries)
        return leaf_class, [documents[entry.id] for entry in selected]

    def _get_documents(
        self, parameters: Mapping[str, queries.Groups], vihf: Vihf | None
    ) -> list[StoredDocument]:
        """TF-2 3.18.4.1.2.3.7.5, for the patient of the VIHF alone."""
        asked = {
            parameter: [value for group in parameters[parameter] for value in group]
            for parameter in (queries.ENTRY_UUID, queries.UNIQUE_ID)
            if any(parameters.get(parameter, ()))
        }
        if len(asked) != 1:
            code = "XDSStoredQueryParamNumber" if asked else "XDSStoredQueryMissingParam"
            context = f"{queries.ENTRY_UUID} or {queries.UNIQUE_ID}, one of them, is required"
            raise queries.QueryRefused(code, context)
        found: list[StoredDocument] = []
        for value in dict.fromkeys(asked.get(queries.UNIQUE_ID, ())):
            found += self._store.of_unique_id(value)
        for value in dict.fromkeys(asked.get(queries.ENTRY_UUID, ())):
            document = self._store.of_entry_uuid(value)
            found += [document] if document else []
        return [d for d in found if vihf is None or d.patient == str(vihf.patient)]


@lru_cache(maxsize=8192)
def _read_stored(entry: bytes) -> RegistryObject:
    """A stored entry; a long history is not read anew by each query. Not to be changed."""
    return read_object(parse(entry))


def _registry_objects(payload: etree._Element, root: str, *inner: str) -> etree._Element:
    """The RegistryObjectList of a request that is a ``root``, below its ``inner`` elements."""
    if payload.tag != name(root):
        raise SoapFault(f"the body is not a {root.partition(':')[2]}")
    found = payload.findall("/".join(name(step) for step in (*inner, "rim:RegistryObjectList")))
    if len(found) != 1:
        raise SoapFault("the body has not exactly one RegistryObjectList")
    return found[0]


def _structure_faults(
    payload: etree._Element,
    objects: etree._Element,
    accepts: Callable[[etree._Element], bool] | None,
) -> list[str]:
    """The faults in the XML of a request; ``accepts`` is the published schema, if any."""
    faults = list(dict.fromkeys(structure_errors(objects)))
    if not faults and accepts is not None and not accepts(payload):
        return ["the schema of XDS.b refuses the request"]
    return faults


def _check_mode(vihf: Vihf) -> None:
    """EX_AIR-010: AIR is a way to consult."""
    if vihf.mode == AIR:
        raise SoapFault("AIR is for queries only", "wsse:FailedAuthentication")


def _check_patient(vihf: Vihf, patient: PatientId | None) -> None:
    if patient != vihf.patient:
        raise SoapFault(
            "resource-id is not the patient of the request", "wsse:FailedAuthentication"
        )


def _wants_leaf_class(payload: etree._Element) -> bool:
    options = children(payload, "query:ResponseOption")
    kind = options[0].get("returnType", "") if len(options) == 1 else ""
    if kind not in {"LeafClass", "ObjectRef"}:
        raise queries.QueryRefused("XDSRegistryError", "returnType is LeafClass or ObjectRef")
    composed = options[0].get("returnComposedObjects", "false") in {"true", "1"}
    if kind == "LeafClass" and not composed:
        raise queries.QueryRefused("XDSRegistryError", "returnComposedObjects must be true")
    return kind == "LeafClass"


def _describe(document: StoredDocument) -> dict[str, Any]:
    return {
        "unique_id": document.unique_id,
        "entry_uuid": document.entry_uuid,
        **_described(document.entry),
        "sha1": document.sha1,
        "submitted_at": document.submitted_at,
    }


# A test that waits for a document asks for all of them several times a second.
@lru_cache(maxsize=8192)
def _described(entry_xml: bytes) -> Mapping[str, Any]:
    entry = read_object(parse(entry_xml))
    return {
        "patient_id": entry.identifier(xds.ENTRY_PATIENT_ID),
        "availability_status": entry.status.rpartition(":")[2],
        "type_code": entry.codes(xds.TYPE_CODE)[0].code,
        "confidentiality_codes": [code.code for code in entry.codes(xds.CONFIDENTIALITY)],
        "event_codes": [code.code for code in entry.codes(xds.EVENT_CODE)],
        "reference_ids": list(entry.slot(xds.REFERENCE_IDS)),
    }
