"""An OpenAPI document as one HTML page without script: nothing of a third party is loaded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from functions.drimbox.pages.kit.html import DOCTYPE, Html, join, style, tag

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SHEET = (
    "body{font:.95rem/1.5 system-ui,sans-serif;max-width:70rem;margin:0 auto;padding:1rem;"
    "color:#16202a}h2{border-top:2px solid #0b4f6c;padding-top:.6rem}code,pre{font:.85rem/1.4 "
    "ui-monospace,monospace}pre{background:#f2f5f8;padding:.6rem;overflow-x:auto}table{border-"
    "collapse:collapse}th,td{border-bottom:1px solid #c6d0d9;padding:.3rem .6rem;text-align:left;"
    "vertical-align:top}code{overflow-wrap:anywhere}"
)


def page(document: Mapping[str, Any]) -> str:
    """The page of a document that ``infra.openapi`` made."""
    title = document["info"]["title"]
    operations = [
        (tag_name, method, path, operation)
        for path, item in {**document["paths"], **document.get("webhooks", {})}.items()
        for method, operation in item.items()
        for tag_name in operation["tags"]
    ]
    tags = list(dict.fromkeys(one[0] for one in operations))
    parts = [
        join(
            tag("h2", name, id=name),
            *(
                _operation(method, path, operation)
                for tag_name, method, path, operation in operations
                if tag_name == name
            ),
        )
        for name in tags
    ]
    schemas = document["components"]["schemas"].items()
    body = tag(
        "body",
        tag("h1", title),
        tag("p", f"Version {document['info']['version']} · {document['servers'][0]['url']}"),
        tag("nav", *(join(tag("a", name, href=f"#{name}"), " ") for name in (*tags, "schemas"))),
        *parts,
        tag("h2", "schemas", id="schemas"),
        *(join(tag("h3", tag("code", name), id=name), _json(one)) for name, one in schemas),
    )
    head = tag("head", tag("meta", charset="utf-8"), tag("title", title), style(_SHEET))
    return DOCTYPE + tag("html", head, body, lang="en")


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Html:
    rows = [
        tag(
            "tr",
            tag("th", tag("code", one["name"]), scope="row"),
            tag("td", one["in"] + (", required" if one["required"] else "")),
            tag("td", _words(one["description"])),
        )
        for one in operation["parameters"]
    ]
    return tag(
        "section",
        tag("h3", tag("code", f"{method.upper()} {path}")),
        tag("p", _words(operation["summary"]), " ", _words(operation.get("description", ""))),
        tag("table", tag("tbody", *rows)) if rows else "",
        *_body(operation.get("requestBody")),
        tag("ul", *(_answer(code, one) for code, one in operation["responses"].items())),
    )


def _body(body: Mapping[str, Any] | None) -> Iterator[Html]:
    for media_type, content in (body or {}).get("content", {}).items():
        what = _words((body or {})["description"])
        yield tag("p", "Body ", tag("code", media_type), ": ", what, *_link(content))
        yield from _examples(content)
        if "schema" in content and not _named(content):
            yield _json(content["schema"])


def _answer(code: str, answer: Mapping[str, Any]) -> Html:
    parts: list[str] = [tag("strong", code), " ", _words(answer["description"])]
    parts += [join(" ", tag("code", name)) for name in answer.get("headers", {})]
    for media_type, content in answer.get("content", {}).items():
        parts += [" ", tag("code", media_type), *_link(content), *_examples(content)]
    return tag("li", *parts)


def _link(content: Mapping[str, Any]) -> Iterator[Html]:
    """The link to a named schema."""
    if named := _named(content):
        yield join(" ", tag("a", named, href=f"#{named}"))


def _examples(content: Mapping[str, Any]) -> Iterator[Html]:
    """Each example, folded: its name, the case, the value."""
    for name, one in content.get("examples", {}).items():
        value = one["value"]
        shown = tag("pre", value.replace("\r", "\n")) if isinstance(value, str) else _json(value)
        head = tag("summary", "Example ", tag("code", name), ": ", _words(one["summary"]))
        yield tag("details", head, shown)


def _named(content: Mapping[str, Any]) -> str:
    return str(content.get("schema", {}).get("$ref", "")).rpartition("/")[2]


def _words(text: str) -> Html:
    """A text whose names stand between backticks."""
    parts = text.split("`")
    return join(*(tag("code", part) if at % 2 else part for at, part in enumerate(parts)))


def _json(value: Any) -> Html:
    return tag("pre", json.dumps(value, ensure_ascii=False, indent=2))
