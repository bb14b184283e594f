"""The fan-out that both workflows share: one series at a time into the study cache."""

from __future__ import annotations

from typing import Final

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.workflows.tasks import task

# About half an hour of an absent PACS; after that the next image request starts a new fill.
_WAITS: Final = 12
# A site's PACS has other work than ours.
_SERIES_AT_A_TIME: Final = 4


def fill_series(scope: Construct, fill_cache: DrimboxFunction) -> sfn.Map:
    """Call ``fill_cache`` once per UID of ``$.series``; the state passes through unchanged.

    Its input is {tenant, study_instance_uid, series_instance_uid, correlation_id}. A series that
    cannot be fetched never fails the execution: the manifest stays published, the cache cold.
    """
    fill = task(scope, "FillCache", fill_cache, waits=_WAITS)
    fill.add_catch(sfn.Pass(scope, "CacheNotFilled"), errors=["States.ALL"], result_path="$.error")
    return sfn.Map(
        scope,
        "EverySeries",
        items_path="$.series",
        item_selector={
            "tenant": sfn.JsonPath.string_at("$.tenant"),
            "study_instance_uid": sfn.JsonPath.string_at("$.study_instance_uid"),
            "series_instance_uid": sfn.JsonPath.string_at("$$.Map.Item.Value"),
            "correlation_id": sfn.JsonPath.string_at("$.correlation_id"),
        },
        max_concurrency=_SERIES_AT_A_TIME,
        result_path=sfn.JsonPath.DISCARD,
    ).item_processor(fill)
