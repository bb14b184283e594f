"""The reasons why an exam is not imported; ``wording.imports`` has their words."""

from __future__ import annotations

from enum import StrEnum


class Obstacle(StrEnum):
    """The value is a stable code.

    ``OFF``: the tenant's file does not ask for imports. ``NO_LOCAL_ID``: the call names no local
    patient that an image can carry. ``OWN``: it is of this site. ``MANIFEST``, ``IMAGES``: a strict
    trait differs from the call's. ``UNREADABLE``: an image whose head cannot be read without doubt.
    ``NOT_WHOLE``: the site did not give all images. ``ELSEWHERE``: the PACS holds the study under
    another patient. ``WITHDRAWN``: the DMP does not hold the manifest any more. ``REFUSED``: the
    PACS denies the access. ``ADDRESS``: its declared name leads to an address that the site's link
    does not reach. ``ACCESS``: our access to it is not in place. ``FILE``: a file gave it, and the
    DMP does not vouch for it. ``VIEWING``: its site was asked for images to be looked at, not for
    those without loss. ``AGENT``: the site's agent could not do its part. ``OUTDATED``: its version
    knows no imports.
    """

    OFF = "import_off"
    NO_LOCAL_ID = "import_no_local_id"
    OWN = "import_own_exam"
    MANIFEST = "import_manifest_differs"
    IMAGES = "import_images_differ"
    UNREADABLE = "import_unreadable"
    NOT_WHOLE = "import_not_whole"
    ELSEWHERE = "import_other_patient"
    WITHDRAWN = "import_withdrawn"
    REFUSED = "import_pacs_refused"
    ADDRESS = "import_pacs_address"
    ACCESS = "import_pacs_access"
    FILE = "import_from_file"
    VIEWING = "import_viewing_quality"
    AGENT = "import_agent_failed"
    OUTDATED = "import_agent_outdated"
