"""The answers of services that speak AWS's query protocol (XML): SNS, STS."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from xml.sax.saxutils import escape

from infra.local.aws.web import Response


@dataclass(frozen=True, slots=True)
class QueryAnswers:
    """``namespace`` is the service's own."""

    namespace: str

    def document(self, status: int, root: str, content: str) -> Response:
        """An answer; ``content`` is XML."""
        number = uuid.uuid4()
        metadata = f"<ResponseMetadata><RequestId>{number}</RequestId></ResponseMetadata>"
        body = f'<{root} xmlns="{self.namespace}">{content}{metadata}</{root}>'
        return Response(status, (("Content-Type", "text/xml"),), body.encode())

    def error(self, status: int, code: str, message: str) -> Response:
        """A refusal that the caller has caused."""
        said = f"<Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message>"
        return self.document(status, "ErrorResponse", f"<Error>{said}</Error>")
