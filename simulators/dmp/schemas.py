"""The published XML Schemas of XDS.b, when the operator has them: a second judge of the XML."""

from __future__ import annotations

import copy
from pathlib import Path

from lxml import etree

from simulators.dmp.markup import name


class Schemas:
    """``folder`` holds XDS.b_DocumentRepository.xsd, query.xsd and lcm.xsd with their imports."""

    def __init__(self, folder: Path) -> None:
        parser = etree.XMLParser(no_network=True)
        self._submission, self._query, self._update = (
            etree.XMLSchema(etree.parse(str(folder / file), parser))
            for file in ("XDS.b_DocumentRepository.xsd", "query.xsd", "lcm.xsd")
        )

    def accepts_submission(self, request: etree._Element) -> bool:
        """xdsb:ProvideAndRegisterDocumentSetRequest, its documents being base64 once inline."""
        inline = copy.deepcopy(request)
        for document in inline.iterfind(name("xdsb:Document")):
            for include in document.findall(name("xop:Include")):
                document.remove(include)
                document.text = "AA=="
        return bool(self._submission.validate(inline))

    def accepts_query(self, request: etree._Element) -> bool:
        """query:AdhocQueryRequest."""
        return bool(self._query.validate(copy.deepcopy(request)))

    def accepts_update(self, request: etree._Element) -> bool:
        """lcm:SubmitObjectsRequest."""
        return bool(self._update.validate(copy.deepcopy(request)))
