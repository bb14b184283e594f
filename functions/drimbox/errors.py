"""The one tree of errors; ``wording`` says each code in words, docs/codes.md lists them all.

::

    DrimboxError
    ├── ConfigurationError          a tenant, secret or setting is missing or wrong
    ├── NotHl7                      no MSH can be read: HTTP 400, never an HL7 ACK
    ├── MessageError                the message itself is wrong: ACK AE, do not send again
    ├── Refusal                     the circumstance is wrong: ACK AR, may be sent again
    ├── Held                        one publication needs a human: reason code, replayable
    │   └── ObjectUnservable        the source gives objects that can never be served
    ├── Transient                   the same call may succeed later; always retried with bounds
    │   ├── StudyNotFoundYet        the PACS answers, the study is not there (yet)
    │   ├── StudyBusy               another change of the same study is in progress
    │   ├── SeriesNotReady          a series is on its way into the cache
    │   ├── PacsUnavailable         no usable answer from the PACS
    │   │   ├── PacsAnswerUnusable  it answers, and the answer on this study is not usable
    │   │   ├── AgentAway           no agent of the site, or none whose PACS answers, was seen
    │   │   └── AnswerAwaited       the site's agent was asked, and has not answered yet
    │   ├── DmpUnavailable          the DMP did not take the request: nothing was committed
    │   ├── DmpOutcomeUnknown       the request left, its answer did not come: committed or not
    │   ├── IdentityUnavailable     Pro Santé Connect gives no usable answer
    │   └── StorageUnavailable      our own storage gives no usable answer
    ├── StartRefused                the platform will never take this execution
    ├── NotTold                     the site's own address has not taken the news of a message
    ├── WhiteListUnusable           no national white list to trust: a download, or the kept one
    ├── DocumentUnusable            a document of the DMP that nobody may be shown as it came
    ├── DmpRefused                  the DMP answered, and refused: never retried by itself
    │   └── IdentityRefused         it refused the caller, before it looked at the request
    └── RequestError                an HTTP request of the image or query interface is refused
        ├── BadRequest        400    names the field
        ├── FileRefused       400    a file that a professional gave, as a whole
        ├── NotAuthenticated  401
        ├── Forbidden         403
        ├── Absent            404    also what belongs to another tenant
        ├── NotAcceptable     406
        ├── Conflict          409
        ├── TooLarge          413
        ├── UnsupportedMedia  415
        ├── AgentOutdated     426
        ├── TooManyTries      429    our own count, not the gateway's
        └── NotReady          503    with Retry-After, in seconds

``code`` is stable and part of the interface. ``detail`` is for operators; neither ever holds
patient data, a token or a value read from a message: a field is named, its value is not.
The class names are also the error names that the state machines retry and catch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


class DrimboxError(Exception):
    """Base of every error that we raise on purpose."""

    code: str = "internal_error"

    def __init__(self, detail: str = "", *, code: str | None = None) -> None:
        super().__init__(detail or code or self.code)
        self.detail = detail
        if code is not None:
            self.code = code


class ConfigurationError(DrimboxError):
    """A tenant, secret or setting is missing or wrong."""

    code = "configuration_error"


class NotHl7(DrimboxError):
    """The body has no readable MSH segment."""

    code = "not_hl7"


class MessageError(DrimboxError):
    """The message is wrong; the sender must correct it (HL7 ACK ``AE``).

    ``location`` is ERR-2 (``PID^1^3``, HL7 2.5 2.15.4.2), ``condition`` is ERR-3 (table 0357),
    ``application_code`` is ERR-5 (table 0533 of CISIS_CDA_HL7_V2) or empty.
    """

    code = "message_error"

    def __init__(
        self,
        code: str,
        *,
        location: str,
        condition: int,
        application_code: str = "",
        detail: str = "",
    ) -> None:
        super().__init__(detail, code=code)
        self.location = location
        self.condition = condition
        self.application_code = application_code


class Refusal(MessageError):
    """The circumstance forbids it now, and is none of the message's: the sender may send the same
    message again (HL7 ACK ``AR``)."""

    code = "refused"


class Held(DrimboxError):
    """This publication stops until a human decides; ``code`` is the reason.

    Its message is the code alone: that is all that a workflow's history may keep.
    """

    code = "held"

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail, code=code)
        self.args = (code,)


class ObjectUnservable(Held):
    """The source gives these objects, and as they are they can never be served: cut, unreadable,
    or filed under another study. Another try gives the same until somebody corrects them.

    ``objects`` are their SOP Instance UIDs, as text.
    """

    code = "object_unservable"

    def __init__(self, objects: tuple[str, ...]) -> None:
        super().__init__(self.code)
        self.objects = objects


class Transient(DrimboxError):
    """The same call may succeed later.

    ``retry_after``: each Retry-After that the service sent with its refusal, as it wrote it
    (:mod:`functions.drimbox.retry_after` reads them). ``alone``: the request arrived, and the
    service may fail for this one alone; the client of the DMP says so. ``circuit``: the circuit
    that gave no permission to call, "" when somebody was called. ``until``: when the wait for it is
    over (aware), None where nobody limits it.
    """

    code = "unavailable"

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        retry_after: tuple[str, ...] = (),
        alone: bool = False,
        circuit: str = "",
    ) -> None:
        super().__init__(detail, code=code)
        self.retry_after = retry_after
        self.alone = alone
        self.circuit = circuit
        self.until: datetime | None = None


class StudyNotFoundYet(Transient):
    """The PACS answers but does not know the study (yet)."""

    code = "study_not_found"


class StudyBusy(Transient):
    """Another change of the same study is in progress."""

    code = "study_busy"


class SeriesNotReady(Transient):
    """A series of the manifest that is about to be published is on its way into the cache."""

    code = "series_not_ready"


class PacsUnavailable(Transient):
    """The PACS gives no usable answer."""

    code = "pacs_unavailable"


class PacsAnswerUnusable(PacsUnavailable):
    """The PACS answers, but its statements on this one study are not whole, or contradict each
    other. The study waits; the answer says nothing of an outage.

    ``failed``: it gave no answer about this study, and answers a question about no study.
    """

    code = "pacs_answer_unusable"

    def __init__(self, detail: str = "", *, failed: bool = False) -> None:
        super().__init__(detail)
        self.failed = failed


class AgentAway(PacsUnavailable):
    """No agent of the site was seen of late, or its PACS does not answer it: nobody is asked.

    ``has_come`` says whether one is there now: a change that begins to wait looks once more.
    """

    code = "agent_away"

    def __init__(self, has_come: Callable[[], bool]) -> None:
        super().__init__()
        self.has_come = has_come


class AnswerAwaited(PacsUnavailable):
    """The site's agent has been asked for ``job``; ``has_come``: its answer is there, likewise."""

    code = "answer_awaited"

    def __init__(self, job: str, has_come: Callable[[], bool]) -> None:
        super().__init__()
        self.job = job
        self.has_come = has_come


class DmpUnavailable(Transient):
    """The DMP did not take the request; nothing can have been committed."""

    code = "dmp_unavailable"


class DmpOutcomeUnknown(Transient):
    """The request left and no usable answer came: it may be committed or not."""

    code = "dmp_outcome_unknown"


class IdentityUnavailable(Transient):
    """Pro Santé Connect gives no usable answer; access stays closed."""

    code = "identity_unavailable"


class StorageUnavailable(Transient):
    """Our own storage gives no usable answer."""

    code = "storage_unavailable"


class StartRefused(DrimboxError):
    """The platform takes other executions, and will never take this one: its input or its name."""

    code = "start_refused"


class NotTold(DrimboxError):
    """An event has not reached the site's own address: it is tried again later."""

    code = "not_told"


class WhiteListUnusable(DrimboxError):
    """A downloaded white list is not taken, or the kept one is not trusted any more.

    ``fault`` is one of ``peers.faults.Fault``.
    """

    code = "white_list_unusable"

    def __init__(self, fault: str, detail: str = "") -> None:
        super().__init__(detail, code=f"white_list_{fault}")
        self.fault = fault


class DocumentUnusable(DrimboxError):
    """A document of the DMP is not the one that its entry promises, or cannot be read."""

    code = "document_unusable"


class DmpRefused(DrimboxError):
    """The DMP answered and refused; ``registry_codes`` are its own codes, in its order."""

    code = "dmp_refused"

    def __init__(self, registry_codes: tuple[str, ...], detail: str = "") -> None:
        super().__init__(detail or ", ".join(registry_codes))
        self.registry_codes = registry_codes


class IdentityRefused(DmpRefused):
    """The DMP refused the structure's certificate or assertion: nothing was processed."""


class RequestError(DrimboxError):
    """An HTTP request is refused; ``status`` is the answer's status code."""

    status: int = 400


class BadRequest(RequestError):
    """``field`` names the part of the request that is wrong, never its value: a JSON pointer into
    the body (RFC 6901: ``/studies``), the name of a parameter or of a header, ``query`` for all
    parameters together, or ``body`` for the body as a whole.
    """

    code, status = "bad_request", 400

    def __init__(self, field: str, *, code: str | None = None) -> None:
        super().__init__(field, code=code)
        self.field = field


class FileRefused(RequestError):
    """A file that a professional gave is none that we read."""

    code, status = "file_unreadable", 400


class NotAuthenticated(RequestError):
    code, status = "not_authenticated", 401


class Forbidden(RequestError):
    code, status = "forbidden", 403


class Absent(RequestError):
    code, status = "absent", 404


class NotAcceptable(RequestError):
    code, status = "not_acceptable", 406


class Conflict(RequestError):
    code, status = "conflict", 409


class TooLarge(RequestError):
    code, status = "too_large", 413


class UnsupportedMedia(RequestError):
    code, status = "unsupported_media", 415


class AgentOutdated(RequestError):
    """The site's agent speaks no protocol that is served."""

    code, status = "agent_outdated", 426


class TooManyTries(RequestError):
    """One address, or one agent, has asked too often of late."""

    code, status = "too_many_tries", 429


class NotReady(RequestError):
    """``retry_after`` is in seconds."""

    code, status = "not_ready", 503

    def __init__(self, detail: str = "", *, retry_after: int, code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.retry_after = retry_after
