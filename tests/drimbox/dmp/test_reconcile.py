"""Before a re-send: adopt what is ours, leave what is not, send only where nothing is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.dmp import registry, xds
from functions.drimbox.dmp.reconcile import Adopt, Decision, NotThere, Quarantine, reconcile
from functions.drimbox.safe_xml import parse
from tests.drimbox.dmp import answers

DEPRECATED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated"


def decide(*found: str, sha1: str = "AB", size: int = 8) -> Decision:
    body = answers.query_response("".join(found)).encode()
    entries = registry.read_entries(parse(body))
    return reconcile(entries, unique_id="2.25.1002", sha1=sha1, size=size)


def test_nothing_there() -> None:
    assert decide() == NotThere()
    assert decide(answers.entry(unique_id="2.25.9")) == NotThere()


def test_ours_is_adopted_whatever_the_case_of_the_hash() -> None:
    assert decide(answers.entry(sha1="aB")) == Adopt("urn:uuid:0001", ())
    assert decide(answers.entry(size="")) == Adopt("urn:uuid:0001", ())


def test_the_active_entry_is_adopted_first_and_duplicates_are_told() -> None:
    old = answers.entry(status=DEPRECATED, entry_uuid="urn:uuid:old")
    assert decide(old) == Adopt("urn:uuid:old", ())
    assert decide(old, answers.entry()) == Adopt("urn:uuid:0001", ("urn:uuid:old",))


def test_other_content_is_quarantined() -> None:
    assert decide(answers.entry(sha1="AC")) == Quarantine(("urn:uuid:0001",))
    assert decide(answers.entry(size="9")) == Quarantine(("urn:uuid:0001",))
    assert decide(answers.entry(sha1="")) == Quarantine(("urn:uuid:0001",))
    other = answers.entry(sha1="AC", entry_uuid="urn:uuid:2")
    assert decide(answers.entry(), other) == Quarantine(("urn:uuid:0001", "urn:uuid:2"))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["2.25.1002", "2.25.9"]),
            st.sampled_from(["AB", "ac", ""]),
            st.sampled_from(["8", "9", ""]),
            st.sampled_from([xds.APPROVED, DEPRECATED]),
        ),
        max_size=4,
    )
)
def test_a_re_send_only_where_nothing_is_there(rows: list[tuple[str, str, str, str]]) -> None:
    found = [
        answers.entry(unique_id=u, sha1=h, size=s, status=t, entry_uuid=f"urn:uuid:{i}")
        for i, (u, h, s, t) in enumerate(rows)
    ]
    ours = [row for row in rows if row[0] == "2.25.1002"]
    decision = decide(*found)
    assert isinstance(decision, NotThere) is not bool(ours)
    if isinstance(decision, Adopt):
        assert all(h == "AB" and s != "9" for _, h, s, _ in ours)
        adopted = rows[int(decision.entry_uuid.rpartition(":")[2])]
        assert adopted[3] == xds.APPROVED or all(row[3] == DEPRECATED for row in ours)
