"""One site, asked for objects by WADO-RS in a professional's name (PS3.18 10.4, DRIMbox 2.1).

The token is read at the last moment and goes to a judged address alone, whose certificate must be
the listed host's; the others are tried where one takes no connection. The provider may have ended a
token before its time, and the site know it: 401 is the site's refusal only where the token is new.

No redirect is followed but one: to the cache of this very platform, where the answers of its own
tenants stand. That address is known beforehand, and nothing of the request goes along.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

import httpx

from functions.drimbox.images.multipart import MultipartUnreadable, boundary_of, read_bodies
from functions.drimbox.reading.accept_headers import ANY, LOSSLESS
from functions.drimbox.reading.ended import Ended, SiteFailed
from functions.drimbox.reading.pace import SILENCE, paced
from functions.drimbox.transport import retry_after
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from functions.drimbox.oid import Uid
    from functions.drimbox.reading.asking import Place

# An object of at most so many bytes never touches the disk.
HELD: Final = 4 * 1024 * 1024
# A larger one passes through it; one above this is refused.
MAX_OBJECT: Final = 512 * 1024 * 1024
# Of one answer. A series of 1,300 slices has 0.7 GB uncompressed.
MAX_ANSWER: Final = 8 * 1024**3
# Seconds. A site may have to wake its own archive before the first byte.
TIMEOUT: Final = httpx.Timeout(connect=5.0, read=SILENCE, write=10.0, pool=10.0)
# Nothing of the request has left, nor the token: another address of the host may take it.
_NOT_CONNECTED: Final = (httpx.ConnectError, httpx.ConnectTimeout)
_NOT_TAKEN: Final = 401
_NOT_ACCEPTABLE: Final = 406
_REDIRECT: Final = 307
_ENDS: Final = {
    401: Ended.REFUSED,
    403: Ended.REFUSED,
    404: Ended.STALE,
    408: Ended.AWAY,
    410: Ended.GONE,
    425: Ended.AWAY,
    429: Ended.AWAY,
}


@frozen
class Storage:
    """The cache of this platform: ``origin`` is ``scheme://host:port``; ``client`` shows nobody's
    certificate."""

    origin: str
    client: httpx.Client


class Token(Protocol):
    """The professional's access token."""

    def __call__(self, refused: str = "", /) -> str:
        """One that is good now: the one after ``refused``, if a site refuses that; the same again
        where none comes after it."""
        ...


@frozen
class Peer:
    """The site at ``place``. ``client`` owns TLS, with our certificate. ``manifest`` is the SOP
    Instance UID of the manifest that is used. ``accept``: the forms of images that are asked for.
    """

    client: httpx.Client
    place: Place
    token: Token
    manifest: Uid
    storage: Storage | None = None
    accept: str = LOSSLESS

    def series(self, spool: Path, *, parts: int) -> Generator[bytes | Path, None, None]:
        """Every object that the site gives of the series, ``parts`` at most: each whole, a large
        one as a new file of ``spool``, which the caller removes. Raises SiteFailed, also
        half-way."""
        yield from self._objects(self.place.path, spool, parts)

    def instance(self, sop_instance_uid: Uid, spool: Path) -> Generator[bytes | Path, None, None]:
        """The one object of that UID, likewise."""
        yield from self._objects(self.place.instance(sop_instance_uid), spool, 1)

    def _objects(self, path: str, spool: Path, parts: int) -> Iterator[bytes | Path]:
        try:
            with self._answer(path) as answer:
                boundary = boundary_of(answer.headers.get("content-type", ""))
                body = paced(answer.iter_raw(), MAX_ANSWER)
                yield from read_bodies(
                    body,
                    boundary,
                    spool,
                    held=HELD,
                    max_part_bytes=MAX_OBJECT,
                    max_parts=parts,
                )
        except MultipartUnreadable as error:
            # A body that ends early may be a cut connection: the rest is asked for again.
            ended = Ended.AWAY if error.cut else Ended.ODD
            raise SiteFailed(ended, str(error)) from None
        except httpx.HTTPError as error:
            # The message may quote the address; the kind of failure is enough.
            raise SiteFailed(Ended.AWAY, f"no answer: {type(error).__name__}") from None

    @contextmanager
    def _answer(self, path: str) -> Iterator[httpx.Response]:
        """The site's answer with a body; a site that has other syntaxes alone is asked for any."""
        with self._asked(path, self.accept) as answer:
            if answer.status_code != _NOT_ACCEPTABLE:
                with self._followed(answer) as found:
                    yield _usable(found)
                return
        with self._asked(path, ANY) as answer, self._followed(answer) as found:
            yield _usable(found)

    @contextmanager
    def _asked(self, path: str, accept: str) -> Iterator[httpx.Response]:
        """The site's answer; where it does not take the token, the answer to the next one."""
        token = self.token()
        with self._sent(path, accept, token) as answer:
            refused = answer.status_code == _NOT_TAKEN
            fresh = self.token(token) if refused else token
            if fresh == token:
                yield answer
                return
        with self._sent(path, accept, fresh) as answer:
            yield answer

    @contextmanager
    def _sent(self, path: str, accept: str, token: str) -> Iterator[httpx.Response]:
        address = self.place.address
        headers = {
            "Host": address.authority,
            "Accept": accept,
            "Accept-Encoding": "identity",
            "Authorization": f"Bearer {token}",
            "KOS-SOPInstanceUID": str(self.manifest),
            "User-Agent": "DRIMbox",
        }
        with ExitStack() as opened:
            *others, last = self.place.urls
            yield self._first(opened, others, path, headers) or opened.enter_context(
                self._stream(f"{last}{path}", headers)
            )

    def _first(
        self, opened: ExitStack, urls: Sequence[str], path: str, headers: Mapping[str, str]
    ) -> httpx.Response | None:
        """The answer at the first of these addresses that takes the connection, None for none."""
        for url in urls:
            with suppress(*_NOT_CONNECTED):
                return opened.enter_context(self._stream(f"{url}{path}", headers))
        return None

    def _stream(
        self, url: str, headers: Mapping[str, str]
    ) -> AbstractContextManager[httpx.Response]:
        return self.client.stream(
            "GET",
            url,
            headers=headers,
            extensions={"sni_hostname": self.place.address.host},
            timeout=TIMEOUT,
            follow_redirects=False,
        )

    @contextmanager
    def _followed(self, answer: httpx.Response) -> Iterator[httpx.Response]:
        """The answer itself, or the one that it names in this platform's own cache."""
        target = answer.headers.get("location", "")
        storage = self.storage
        if answer.status_code != _REDIRECT or storage is None or _origin(target) != storage.origin:
            yield answer
            return
        headers = {"Accept-Encoding": "identity"}
        with storage.client.stream(
            "GET", target, headers=headers, timeout=TIMEOUT, follow_redirects=False
        ) as found:
            yield found


def _origin(url: str) -> str:
    """``scheme://host:port`` as it is written; "" for anything with a user in it."""
    try:
        found = urlsplit(url)
    except ValueError:
        return ""
    return "" if "@" in found.netloc else f"{found.scheme}://{found.netloc}"


def _usable(answer: httpx.Response) -> httpx.Response:
    status = answer.status_code
    if status == 200 and answer.headers.get("content-encoding", "identity") == "identity":
        return answer
    ended = _ENDS.get(status, Ended.AWAY if status >= 500 else Ended.ODD)
    redirected = 300 <= status < 400
    raise SiteFailed(
        ended, f"status {status}", retry_after=retry_after(answer), redirected=redirected
    )
