"""WADO-RS and QIDO-RS of ``db`` (PS3.18 10.4, 10.6): a small body, or a 307 to the URL of a large
one; searches within the study that a manifest names.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from functions.aws import entry
from functions.retrieve_study import answers

_STUDIES: Final = "/tenants/{tenant}/dicomweb/studies"
_STUDY: Final = f"{_STUDIES}/{{study}}"
_SERIES: Final = f"{_STUDY}/series/{{series}}"
_INSTANCE: Final = f"{_SERIES}/instances/{{instance}}"
_FORMS: Final[dict[str, entry.Answer]] = {
    **dict.fromkeys((_STUDY, _SERIES, _INSTANCE), answers.images),
    **{f"{path}/metadata": answers.metadata for path in (_STUDY, _SERIES, _INSTANCE)},
    f"{_INSTANCE}/frames/{{frames}}": answers.frames,
    _STUDIES: partial(answers.search, levels=("study",)),
    f"{_STUDY}/series": partial(answers.search, levels=("series",)),
    f"{_STUDY}/instances": partial(answers.search, levels=("series", "instance")),
    f"{_SERIES}/instances": partial(answers.search, levels=("instance",)),
}
ROUTES: Final[entry.Routes] = {
    (method, path): answer for path, answer in _FORMS.items() for method in ("GET", "HEAD")
}
handler = entry.http(entry.routes(ROUTES))
