"""``GET vi/assets/{file}``: a file of the viewer, its words, or a page's script, for everybody.

Nothing about a patient or a tenant is in it. Its name holds its hash: a browser asks once.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from functions.aws import entry, replies, requests
from functions.drimbox.accept import takes_gzip
from functions.drimbox.errors import Absent
from functions.drimbox.pages.kit import copy_script
from functions.drimbox.pages.kit.built_files import HEADERS, BuiltFiles
from functions.drimbox.pages.reading.viewer_words import CONTENT_TYPE, find_words

# Beside the folder ``functions``, in the repository as in the function's code.
FOLDER: Final = Path(__file__).parents[2] / "web" / "viewer" / "built"


@cache
def _files(folder: Path) -> BuiltFiles:
    return BuiltFiles.read(folder)


def _made(name: str) -> bytes | None:
    """The file of that name that our own code makes, None where it makes none."""
    if name == copy_script.NAME:
        return copy_script.SCRIPT.encode()
    words = find_words(name)
    return None if words is None else words.content


def _file(event: entry.Event) -> replies.Reply:
    """The file in the form that the browser likes most; Absent for a name that is not listed."""
    name, codings = requests.path(event, "file"), requests.headers(event, "Accept-Encoding")
    made = _made(name)
    if made is not None:
        gzip = takes_gzip(codings)
        return replies.compressed(200, made, CONTENT_TYPE, HEADERS, gzip=gzip)
    found = _files(FOLDER).find(name, codings)
    if found is None:
        raise Absent("file")
    coding = {"Content-Encoding": found.coding} if found.coding else {}
    return replies.text(200, found.body, found.content_type, {**HEADERS, **coding})


handler = entry.http(_file)
