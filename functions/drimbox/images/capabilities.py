"""The capabilities of a tenant's DICOMweb service, as WADL (PS3.18 8.9, annex H)."""

from __future__ import annotations

from typing import Final

from functions.drimbox.values import frozen

WADL: Final = "application/vnd.sun.wadl+xml"
JSON: Final = "application/json"
_DICOM: Final = "application/dicom"
_DICOM_JSON: Final = "application/dicom+json"
_MULTIPART: Final = 'multipart/related; type="application/dicom"'
_NAMESPACE: Final = "http://wadl.dev.java.net/2009/02"


@frozen
class Method:
    """A method of a resource: its identifier in the document, the media types of its answer, and
    of its body ("": it has none)."""

    name: str
    identifier: str
    answered: tuple[str, ...]
    sent: str = ""


def _read(identifier: str, *answered: str) -> tuple[Method, ...]:
    """A GET, and its HEAD."""
    return Method("GET", identifier, answered), Method("HEAD", f"{identifier}Headers", answered)


_CAPABILITIES: Final = (WADL, JSON)
_IMAGES: Final = (_MULTIPART, _DICOM)
_METADATA: Final = (_DICOM_JSON, JSON)
_FRAMES: Final = (
    'multipart/related; type="application/octet-stream"',
    "application/octet-stream",
)
_STORED: Final = (_DICOM_JSON, "application/dicom+xml")
_STUDY: Final = "studies/{study}"
_SERIES: Final = f"{_STUDY}/series/{{series}}"
_INSTANCE: Final = f"{_SERIES}/instances/{{instance}}"
# Path below the service's base -> its methods.
RESOURCES: Final[dict[str, tuple[Method, ...]]] = {
    "": (*_read("Health", JSON), Method("OPTIONS", "RetrieveCapabilities", _CAPABILITIES)),
    "studies": (
        *_read("SearchForStudies", *_METADATA),
        Method("POST", "StoreRejectionNotes", _STORED, sent=_MULTIPART),
        Method("OPTIONS", "RetrieveStudiesCapabilities", _CAPABILITIES),
    ),
    _STUDY: (
        *_read("RetrieveStudy", *_IMAGES),
        Method("POST", "StoreStudyRejectionNotes", _STORED, sent=_MULTIPART),
    ),
    f"{_STUDY}/metadata": _read("RetrieveStudyMetadata", *_METADATA),
    f"{_STUDY}/series": _read("SearchForStudySeries", *_METADATA),
    f"{_STUDY}/instances": _read("SearchForStudyInstances", *_METADATA),
    _SERIES: _read("RetrieveSeries", *_IMAGES),
    f"{_SERIES}/metadata": _read("RetrieveSeriesMetadata", *_METADATA),
    f"{_SERIES}/instances": _read("SearchForStudySeriesInstances", *_METADATA),
    _INSTANCE: _read("RetrieveInstance", *_IMAGES),
    f"{_INSTANCE}/metadata": _read("RetrieveInstanceMetadata", *_METADATA),
    f"{_INSTANCE}/frames/{{frames}}": _read("RetrieveFrames", *_FRAMES),
}


def capabilities(base: str) -> bytes:
    """The document, UTF-8. ``base``: the service's path, of plain characters, which ends with "/":
    it tells no host, since a caller chooses the one that it names."""
    resources = "".join(
        f'<resource path="{path}">{"".join(map(_method, methods))}</resource>'
        for path, methods in RESOURCES.items()
    )
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<application xmlns="{_NAMESPACE}">'
        f'<resources base="{base}">{resources}</resources></application>'
    )
    return text.encode()


def _method(one: Method) -> str:
    request = f"<request>{_representation(one.sent)}</request>" if one.sent else ""
    answered = "".join(map(_representation, one.answered))
    return (
        f'<method name="{one.name}" id="{one.identifier}">{request}'
        f'<response status="200">{answered}</response></method>'
    )


def _representation(media_type: str) -> str:
    quoted = media_type.replace('"', "&quot;")
    return f'<representation mediaType="{quoted}"/>'
