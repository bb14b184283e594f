"""A DMP in memory that checks nothing: for thousands of studies, where the DMP is not judged."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from lxml import etree

from functions.drimbox.dmp import registry, xds
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.dmp.stored_submission import StoredSubmission
from functions.drimbox.identity.ins import Ins
from functions.drimbox.oid import Uid

DEPRECATED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated"


@dataclass
class MemoryDmp:
    """Implements ``sending.Dmp`` for every patient. ``hidden``: UIDs that no search finds."""

    held: dict[str, DocumentEntry] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    sends: int = 0
    asked: int = 0

    def add(self, entry: DocumentEntry) -> None:
        """The registry holds it."""
        self.held[entry.entry_uuid] = entry

    def submit(self, submission: StoredSubmission) -> None:
        """ITI-41, with RPLC."""
        self.sends += 1
        root = etree.fromstring(submission.metadata)
        contents = {d.object_id: d.content for d in submission.documents}
        for association in root.iter(f"{{{xds.RIM}}}Association"):
            former = self.held.get(association.get("targetObject", ""))
            if former is not None:
                self.add(replace(former, status=DEPRECATED))
        for entry in _entries(root):
            content = contents[entry.entry_uuid]
            self.add(
                replace(
                    entry,
                    entry_uuid=f"urn:uuid:{entry.unique_id}",
                    status=xds.APPROVED,
                    sha1=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
                    size=len(content),
                )
            )

    def update(self, metadata: bytes) -> None:
        """ITI-57: the entry that it names is not active any more."""
        self.sends += 1
        for association in etree.fromstring(metadata).iter(f"{{{xds.RIM}}}Association"):
            former = self.held.get(association.get("targetObject", ""))
            if former is not None:
                self.add(replace(former, status=DEPRECATED))

    def of_study(self, patient: Ins, study_instance_uid: Uid) -> tuple[DocumentEntry, ...]:
        """ITI-18 FindDocumentsByReferenceId."""
        self.asked += 1
        return tuple(
            entry
            for entry in self._of(study_instance_uid)
            if entry.is_approved and entry.unique_id not in self.hidden
        )

    def entries(self, unique_id: Uid) -> tuple[DocumentEntry, ...]:
        """ITI-18 GetDocuments."""
        self.asked += 1
        found = self.held.get(f"urn:uuid:{unique_id}")
        return (found,) if found else ()

    def _of(self, study: str) -> list[DocumentEntry]:
        return [self.held[uuid] for uuid in self.by_study.get(study, ()) if uuid in self.held]

    @property
    def by_study(self) -> dict[str, list[str]]:
        """entryUUIDs by study; made anew when something was added."""
        if self._size != len(self.held):
            self._index = {}
            for uuid, entry in self.held.items():
                self._index.setdefault(entry.study_instance_uid, []).append(uuid)
            self._size = len(self.held)
        return self._index

    _index: dict[str, list[str]] = field(default_factory=dict)
    _size: int = -1


def _entries(metadata: etree._Element) -> tuple[DocumentEntry, ...]:
    """The entries of a submission, read as a registry would give them back."""
    answer = etree.Element(f"{{{xds.QUERY}}}AdhocQueryResponse")
    listed = etree.SubElement(answer, f"{{{xds.RIM}}}RegistryObjectList")
    listed.extend(list(metadata.iter(f"{{{xds.RIM}}}ExtrinsicObject")))
    return registry.read_entries(answer)
