"""A session puts its one VIHF into every call of its client."""

from __future__ import annotations

from typing import Any, cast

from functions.drimbox.dmp.client import DmpClient
from functions.drimbox.dmp.queries import DocumentQuery
from functions.drimbox.dmp.session import DmpSession
from functions.drimbox.dmp.vihf import VihfBuilder
from functions.drimbox.dmp.xds import study_reference
from functions.drimbox.identity.ins import Ins
from functions.drimbox.oid import Oid, Uid


class Client:
    """Keeps the calls, and answers each by its name."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> str:
            self.calls.append((name, arguments))
            return name

        return call


def test_every_call_carries_the_vihf() -> None:
    client, vihf = Client(), cast(VihfBuilder, object())
    session = DmpSession(cast(DmpClient, client), vihf)
    patient = Ins("279035121518989", Oid("1.2.250.1.213.1.4.10"))
    query, submission = DocumentQuery(patient=patient), cast(Any, object())
    session.submit(submission)
    session.update(b"metadata")
    session.authorize()
    sender = Oid("1.2.250.1.999.1")
    answers = (
        session.record(patient, sender),
        session.entries(Uid("2.25.1")),
        session.of_study(patient, Uid("2.25.2")),
        session.find(query),
        session.documents(query),
        session.entries_now("2.25.3^1"),
        session.retrieve([]),
    )
    assert client.calls == [
        ("submit", (submission, vihf)),
        ("update", (b"metadata", vihf)),
        ("authorize", (vihf,)),
        ("ask_for_record", (patient, sender, vihf)),
        ("get_by_unique_id", (Uid("2.25.1"), vihf)),
        ("find_by_reference_id", (patient, study_reference(Uid("2.25.2")), vihf)),
        ("find_documents", (query, vihf)),
        ("list_documents", (query, vihf)),
        ("get_before_showing", ("2.25.3^1", vihf)),
        ("retrieve", ([], vihf)),
    ]
    assert [str(one) for one in answers] == [name for name, _ in client.calls[3:]]
