"""A tenant's PACS, asked by the function that opens it (:mod:`functions.find_study`)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from functions.aws import clients
from functions.aws.faults import storage
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.reconciliation.relayed import heard

if TYPE_CHECKING:
    from functions.drimbox.oid import Uid
    from functions.drimbox.study.index import StudyIndex


class RelayedPacs:
    """Implements ``ports.Pacs`` for one tenant."""

    def __init__(self, function: str, tenant: str) -> None:
        self._function = function
        self._tenant = tenant

    def find_study(self, study_instance_uid: Uid) -> StudyIndex | None:
        """See ``ports.Pacs``; StorageUnavailable where the function gives no answer."""
        asked = {"tenant": self._tenant, "study_instance_uid": study_instance_uid}
        with storage("find_study"):
            answer = clients.working_functions().invoke(
                FunctionName=self._function, Payload=json.dumps(asked).encode()
            )
            said = answer["Payload"].read()
        if "FunctionError" in answer:
            # The function's log has its fault.
            raise StorageUnavailable("find_study: no answer")
        return heard(json.loads(said))
