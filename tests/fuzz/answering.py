"""A client of HTTP whose server is a function: it makes no connection, and cheaply.

A fuzzed client reads millions of answers. Its questions hardly change, so each is built once, and
nothing stands between it and its answer but the reading of the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import httpx

# The questions that are kept; an input cannot make a process of days hold all of its own.
_MOST_KEPT: Final = 1_000


# Status, Content-Type ("" for none) and body.
Answer = tuple[int, bytes, bytes]


class AnsweringClient(httpx.Client):
    """``answer`` gives the answer to a request.

    Set it anew for each input. Cookies and redirects are not looked at: our clients use neither.
    """

    answer: Callable[[httpx.Request], Answer]

    def __init__(self) -> None:
        super().__init__(trust_env=False, verify=False)  # it sends nothing
        self._kept: dict[str, httpx.Request] = {}

    def build_request(self, method: str, url: Any, **options: Any) -> httpx.Request:
        """The request of these arguments; the content is of no interest."""
        key = repr((method, url, options.get("params"), options.get("headers")))
        found = self._kept.get(key)
        if found is None:
            found = super().build_request(method, url, **options)
            if len(self._kept) < _MOST_KEPT:
                self._kept[key] = found
        return found

    def send(self, request: httpx.Request, **_: Any) -> httpx.Response:
        """The answer to ``request``, as a stream."""
        status, content_type, body = self.answer(request)
        return httpx.Response(
            status,
            headers=[(b"content-type", content_type)] if content_type else None,
            stream=httpx.ByteStream(body),
            request=request,
        )
