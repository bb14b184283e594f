"""The address by which an exam opens in the site's own viewer (IHE RAD-106, Invoke Image Display).

The site's file declares it, with one placeholder: the study's UID. No address that we make names a
patient, an INS or an accession number, so no other placeholder is read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from functions.drimbox.tenants.address import read_pacs

if TYPE_CHECKING:
    from functions.drimbox.oid import Uid

STUDY: Final = "{study_instance_uid}"
# Scheme and host, without a placeholder; a path without one; a query.
_FORM: Final = re.compile(r"(?P<host>https?://[^/?{}]+)(?P<path>/[^?]*)?(?:\?(?P<query>.*))?")
_QUERY: Final = re.compile(r"(?:[A-Za-z0-9._~=&-]|%[0-9A-F]{2})+")
_SAMPLE: Final = "1.2.3"


def read_viewer(text: str) -> str:
    """An address with the placeholder once, in its path or query: https; http with a port on
    127.0.0.1 alone, as of a program on the professional's own machine.

    Raises ValueError for any other: another placeholder, a script, a user, a fragment.
    """
    found = _FORM.fullmatch(text)
    if found is None or text.count(STUDY) != 1:
        raise ValueError("not an address with the study's place")
    read_pacs(f"{found['host']}{(found['path'] or '').replace(STUDY, _SAMPLE)}")
    query = found["query"]
    if query is not None and not _QUERY.fullmatch(query.replace(STUDY, _SAMPLE)):
        raise ValueError("not a plain query")
    return text


def viewer_link(template: str, study_instance_uid: Uid) -> str:
    """The address of this study in the viewer of ``template``, which :func:`read_viewer` read."""
    return template.replace(STUDY, quote(study_instance_uid, safe=""))
