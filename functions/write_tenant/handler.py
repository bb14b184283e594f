"""CloudFormation's calls for a tenant's file: it is written, replaced or removed with its stack."""

from __future__ import annotations

from typing import Any

from functions.aws import cloudformation, entry, logging
from functions.aws.stores import tenant_files
from functions.drimbox.errors import DrimboxError
from functions.write_tenant.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """``RequestType`` and the ``ResourceProperties`` ``Tenant`` (slug) and ``File`` (JSON).

    A fault is CloudFormation's to undo: it is answered, not raised.
    """
    slug, fault = str(event["ResourceProperties"]["Tenant"]), ""
    try:
        _write(event, slug)
    except Exception as error:  # noqa: BLE001  # without an answer the deployment waits
        said = f"{error.code}: {error.detail}" if isinstance(error, DrimboxError) else ""
        fault = said or entry.place(error)
        logging.error("tenant not written", tenant=slug, detail=fault)
    cloudformation.answer(event, slug, fault=fault)
    return {"outcome": "failed" if fault else event["RequestType"].lower()}


def _write(event: entry.Event, slug: str) -> None:
    files, stack = tenant_files(Settings.current()), str(event["StackId"])
    if event["RequestType"] == "Delete":
        files.remove(slug, stack)
    else:
        files.put(slug, str(event["ResourceProperties"]["File"]), stack)
