"""The manifests of a month at signed addresses."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from functions.aws import clients
from functions.export_archive.handler import handler
from tests.handlers.conftest import CONTEXT, WATCHER, audited, event, now
from tests.handlers.journey import Journey
from tests.handlers.operation_scenes import answer, judged

export_archive = judged(handler)


def test_an_operator_gets_the_manifests_of_a_month(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    # The month is one of the site's own clock.
    wish = json.dumps({"month": f"{now().astimezone(ZoneInfo('Europe/Paris')):%Y-%m}"})
    reply = export_archive(event("export_archive/month", body=wish), CONTEXT)
    assert reply["statusCode"] == 200
    told = answer(reply)
    (archive,) = told["archives"]
    assert (archive["manifests"], told["next"]) == (1, None)
    url = urlsplit(archive["url"])
    assert url.netloc == "exports.s3.eu-west-3.amazonaws.com"
    assert url.path.startswith("/demo/exports/")
    assert parse_qs(url.query)["X-Amz-Expires"] == ["600"]
    kept = clients.s3().get_object(Bucket="exports", Key=url.path[1:])
    assert hashlib.sha256(kept["Body"].read()).hexdigest() == archive["sha256"]
    assert kept["SSEKMSKeyId"] == "alias/drimbox/tenants/demo"
    assert ("archive.exported", "given") in audited()


def test_nobody_else_does(site: None) -> None:
    asks = event("export_archive/month")
    for body, field in (("{}", "/month"), ('{"month": "2026-11", "after": "x"}', "/after")):
        wrong = export_archive(event("export_archive/month", body=body), CONTEXT)
        assert wrong["statusCode"] == 400
        assert answer(wrong)["field"] == field
    asks["requestContext"]["authorizer"] |= {"caller": "operating", "subject": WATCHER}
    assert export_archive(asks, CONTEXT)["statusCode"] == 403
    assert ("operation.refused", "not_permitted") in audited()
