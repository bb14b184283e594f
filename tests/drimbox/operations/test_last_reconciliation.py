"""The last run as an operator reads it: page by page, every cause in words, nothing more."""

from __future__ import annotations

import pytest

from functions.drimbox.errors import Absent, BadRequest, Forbidden
from functions.drimbox.operations import last_reconciliation
from functions.drimbox.operations.last_reconciliation import view_last_run
from functions.drimbox.tenants.model import Permission
from tests.drimbox.operations.conftest import only
from tests.drimbox.reconciliation.site import archipelago


def test_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_reconciliation, "PAGES", 2)
    viewer = only(Permission.VIEW)
    with archipelago() as world:
        with pytest.raises(Absent):
            view_last_run(world.site, viewer, None)
        studies = {world.publish_at_once() for _ in range(45)}
        for study in studies:
            world.leave_orphan(study)
        pages = world.reconcile("r")
        found: list[str] = []
        after: str | None = None
        for _ in range(len(pages)):
            said = view_last_run(world.site, viewer, after)
            found += [one["study_instance_uid"] for one in said["differences"]]
            after = said["next"]
            if after is None:
                break
        assert sorted(found) == sorted(studies)
        assert (said["found"], said["left"]) == ({"orphan_manifest": 45},) * 2
        assert (said["compared"], said["not_compared"], said["stopped"]) == (45, {}, "")
        for wrong in ("x", "-1", "1234567"):
            with pytest.raises(BadRequest):
                view_last_run(world.site, viewer, wrong)
        with pytest.raises(Forbidden):
            view_last_run(world.site, only(Permission.REPLAY), None)
