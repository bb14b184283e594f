"""Ways to spoil a submission's metadata, one thing at a time."""

from __future__ import annotations

import copy

from lxml import etree

from tests.simulators.dmp.sender import RIM, Spoil


def rim(local: str) -> str:
    return f"{{{RIM}}}{local}"


def found(root: etree._Element, path: str) -> etree._Element:
    """The one element of an ElementPath; ``Set``, ``Manifest``… are registry objects' ids."""
    element = root.find(path, {"r": RIM})
    assert element is not None, path
    return element


def slot(owner: str, name: str) -> str:
    return f"*[@id='{owner}']/r:Slot[@name='{name}']"


def coded(owner: str, scheme: str, code: str) -> str:
    return (
        f"*[@id='{owner}']/r:Classification[@classificationScheme='urn:uuid:{scheme}']"
        f"[@nodeRepresentation='{code}']"
    )


def drop(path: str) -> Spoil:
    def spoil(root: etree._Element) -> None:
        element = found(root, path)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return spoil


def double(path: str) -> Spoil:
    return lambda root: found(root, path).addnext(copy.deepcopy(found(root, path)))


def put(path: str, key: str, value: str) -> Spoil:
    return lambda root: found(root, path).set(key, value)


def unset(path: str, key: str) -> Spoil:
    def spoil(root: etree._Element) -> None:
        del found(root, path).attrib[key]

    return spoil


def values(owner: str, name: str, *texts: str) -> Spoil:
    """Replace the values of a slot."""

    def spoil(root: etree._Element) -> None:
        listed = found(root, slot(owner, name))[0]
        listed[:] = []
        for text in texts:
            etree.SubElement(listed, rim("Value")).text = text

    return spoil


def last(path: str) -> Spoil:
    """Move an element behind its siblings."""

    def spoil(root: etree._Element) -> None:
        element = found(root, path)
        parent = element.getparent()
        assert parent is not None
        parent.append(element)

    return spoil


def add(path: str, name: str, **attributes: str) -> Spoil:
    def spoil(root: etree._Element) -> None:
        etree.SubElement(found(root, path), name, attributes)

    return spoil


def write(path: str, text: str) -> Spoil:
    def spoil(root: etree._Element) -> None:
        found(root, path).text = text

    return spoil
