"""An XDM archive of own publications (IHE ITI TF-2 3.32), in the form that ``given_file`` reads.

``KAyyyymm/IHE_XDM/SS000001/``: METADATA.XML (the submission as it was sent, with the file of each
document and the registry's name of the manifest), KOS_1_1.DCM, SIGN_1.XML, and CR.TXT, the line
that ties a report's link to the study. README.TXT and INDEX.HTM are for people, and name nobody.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from lxml import etree

from functions.drimbox import safe_xml
from functions.drimbox.dmp.ebrim import rim, slot, text
from functions.drimbox.dmp.metadata import MANIFEST_OBJECT, SIGNATURE_OBJECT
from functions.drimbox.dmp.registry import ENTRY
from functions.drimbox.outside.archive import MAX_ALL, MAX_FILE
from functions.drimbox.outside.metadata import MAX_BYTES
from functions.drimbox.outside.xdm import LINKS, MAX_SETS, METADATA
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

MANIFEST_FILE: Final = "KOS_1_1.DCM"
SIGNATURE_FILE: Final = "SIGN_1.XML"
_FILES: Final = {MANIFEST_OBJECT: MANIFEST_FILE, SIGNATURE_OBJECT: SIGNATURE_FILE}
# The scheme of the official sample: it is no registered one.
_ENTRY_UUID: Final = "1.2.3"
# Bytes of the two files for people, and of the heads of one file, at most.
_NOTES: Final = 8 * 1024
_HEADS: Final = 256


@frozen
class PublishedSet:
    """One publication: the bytes that were sent. ``entry_uuid`` is the registry's name of its
    manifest, "" where it was never asked; ``link`` the line of CR.TXT, "" for none."""

    manifest: bytes
    signature: bytes
    metadata: bytes
    entry_uuid: str = ""
    link: str = ""

    def __repr__(self) -> str:
        return "PublishedSet(…)"


@frozen
class Sender:
    """The site whose archive it is, and the ``application`` (name and version) that made it."""

    name: str
    structure: str
    application: str


def folder_of(number: int) -> str:
    """The folder of a set, from 1 on."""
    return f"SS{number:06}"


def placed_metadata(published: PublishedSet, folder: str) -> bytes:
    """The submission's metadata with ``URI`` in each entry, and ``EntryUUID`` in the manifest's.

    UnsafeXml where they cannot be read.
    """
    root = safe_xml.parse(published.metadata, max_bytes=MAX_BYTES)
    for entry in root.iter(ENTRY):
        file = _FILES.get(entry.get("id", ""))
        if file is None:
            continue
        slot(entry, "URI", (f"{folder}/{file}",))
        # rim.xsd wants slots first.
        entry.insert(0, entry[-1])
        if file == MANIFEST_FILE and published.entry_uuid:
            _name_entry(entry, published.entry_uuid)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _name_entry(entry: etree._Element, entry_uuid: str) -> None:
    root = etree.SubElement(
        entry,
        rim("ExternalIdentifier"),
        id=f"{MANIFEST_OBJECT}-EntryUUID",
        identificationScheme=_ENTRY_UUID,
        registryObject=MANIFEST_OBJECT,
        value=entry_uuid,
    )
    text(root, "Name", "EntryUUID")


class ArchiveMaker:
    """One archive in memory, within the limits of its readers: ``add`` sets while they fit, then
    take its ``whole`` bytes. ``at`` is aware, in the site's time zone; ``top`` is ``KAyyyymm``."""

    def __init__(self, top: str, sender: Sender, at: datetime) -> None:
        self._top = top
        self._sender = sender
        self._at = at
        self._out = io.BytesIO()
        self._zip = zipfile.ZipFile(self._out, "w", zipfile.ZIP_DEFLATED)
        self._packed = self._size = _NOTES
        self.count = 0

    def add(self, published: PublishedSet) -> bool:
        """Add the set; False, and nothing is added, where it does not fit beside the others.
        UnsafeXml where its metadata cannot be read."""
        folder = folder_of(self.count + 1)
        files = {
            METADATA: placed_metadata(published, folder),
            MANIFEST_FILE: published.manifest,
            SIGNATURE_FILE: published.signature,
            **({LINKS: f"{published.link}\r\n".encode()} if published.link else {}),
        }
        packed = sum(len(zlib.compress(one)) + _HEADS for one in files.values())
        size = sum(map(len, files.values()))
        is_full = self.count == MAX_SETS
        is_too_much = self._packed + packed > MAX_FILE or self._size + size > MAX_ALL
        if is_full or (self.count and is_too_much):
            return False
        for name, content in files.items():
            self._write(f"IHE_XDM/{folder}/{name}", content)
        self._packed += packed
        self._size += size
        self.count += 1
        return True

    def whole(self) -> bytes:
        """The archive's bytes; nothing can be added any more."""
        for name, content in _notes(self._top, self._sender, self._at, self.count).items():
            self._write(name, content.encode())
        self._zip.close()
        return self._out.getvalue()

    def _write(self, name: str, content: bytes) -> None:
        at = self._at
        entry = zipfile.ZipInfo(
            f"{self._top}/{name}", (at.year, at.month, at.day, at.hour, at.minute, at.second)
        )
        entry.compress_type = zipfile.ZIP_DEFLATED
        self._zip.writestr(entry, content)


def _notes(top: str, sender: Sender, at: datetime, count: int) -> Mapping[str, str]:
    """README.TXT and INDEX.HTM; the site's name is text in both."""
    made = f"{at:%d/%m/%Y %H:%M}"
    tree = "\r\n".join(
        f"  IHE_XDM/{folder_of(number)}/ : {METADATA}, {MANIFEST_FILE}, {SIGNATURE_FILE}, {LINKS}"
        for number in range(1, count + 1)
    )
    readme = _README.format(
        name=sender.name,
        structure=sender.structure,
        application=sender.application,
        made=made,
        count=count,
        tree=tree,
    )
    page = etree.Element("html", lang="fr")
    head = etree.SubElement(page, "head")
    etree.SubElement(head, "meta", charset="utf-8")
    etree.SubElement(head, "title").text = f"{top} · {sender.name}"
    body = etree.SubElement(page, "body")
    etree.SubElement(body, "h1").text = f"{top} · {sender.name}"
    etree.SubElement(body, "pre").text = readme.replace("\r\n", "\n")
    index = etree.tostring(page, method="html", doctype="<!DOCTYPE html>", encoding="unicode")
    return {"README.TXT": readme, "INDEX.HTM": index}


_README: Final = (
    "Émetteur / Sender\r\n  {name} ({structure})\r\n\r\n"
    "Application\r\n  {application}\r\n\r\n"
    "Contenu / Content\r\n"
    "  {count} manifestes d'examens d'imagerie (KOS) en vigueur, le {made}.\r\n"
    "  Les examens masqués aux professionnels ou retirés du DMP n'y sont pas.\r\n"
    "  {count} manifests in force (KOS) of imaging exams, without those that are masked or "
    "withdrawn.\r\n\r\n"
    "Mode d'emploi / Instructions\r\n"
    "  Ouvrir cette archive dans une DRIMbox consommatrice, ou l'importer dans une autre DRIMbox "
    "source.\r\n"
    "  Open this archive in the DRIMbox of a professional, or import it into another one.\r\n\r\n"
    "Arborescence / Files\r\n{tree}\r\n"
)
