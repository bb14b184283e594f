"""WADO-RS retrieve of ``db`` (PS3.18 10.4): a small body, or a 307 to the URL of a large one."""

from __future__ import annotations

from typing import Final

from functions.aws import entry
from functions.retrieve_study import answers

_STUDY: Final = "/tenants/{tenant}/dicomweb/studies/{study}"
_SERIES: Final = f"{_STUDY}/series/{{series}}"
_INSTANCE: Final = f"{_SERIES}/instances/{{instance}}"
_FORMS: Final = {
    **dict.fromkeys((_STUDY, _SERIES, _INSTANCE), answers.images),
    **{f"{path}/metadata": answers.metadata for path in (_STUDY, _SERIES, _INSTANCE)},
    f"{_INSTANCE}/frames/{{frames}}": answers.frames,
}
ROUTES: Final[entry.Routes] = {
    (method, path): answer for path, answer in _FORMS.items() for method in ("GET", "HEAD")
}
handler = entry.http(entry.routes(ROUTES))
