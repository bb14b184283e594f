"""A report that names one study, the studies that an operator may choose instead, and the acts that
follow; and the invariants that hold after any of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

from lxml import html

from functions.drimbox.errors import Absent, RequestError
from functions.drimbox.oid import Uid
from functions.drimbox.operations.correcting import undo
from functions.drimbox.operations.overriding import Choice, override
from functions.drimbox.operations.view import view
from functions.drimbox.operations.withdrawing import withdraw
from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.publication_page import publication_page
from simulators.ris.cases import Case
from tests.fakes.world import OPERATOR, World, case, study_index

CASE: Final = case("C")
A: Final = Uid(CASE.studies[0])
B: Final = Uid("1.2.250.1.213.4.5.900")
C: Final = Uid("1.2.250.1.213.4.5.901")
UNKNOWN: Final = Uid("1.2.250.1.213.4.5.999")


def on(study: Uid, what: Case) -> Case:
    """The same report about that study."""
    return replace(what, exams=tuple(replace(e, studies=(str(study),)) for e in what.exams))


def version(number: int, action: str = "RO", base: Case = CASE) -> Case:
    """A later version of the report, or its withdrawal."""
    if number == 1:
        return replace(base, action=action)  # type: ignore[arg-type]
    former = base.cda_id if number == 2 else f"{base.cda_id}.{number - 1}"
    changed = replace(base, cda_id=f"{base.cda_id}.{number}", version=number, replaces=former)
    return replace(changed, action=action)  # type: ignore[arg-type]


# Another report: its own document, set and order, and the accession number of this one, so that
# the images alone would not keep this report from its study.
OTHER: Final = replace(case("C", "other"), orders=CASE.orders)


@dataclass
class Scene:
    """``id`` is the report's publication, "" before it came; ``sent`` counts the messages."""

    world: World
    id: str = ""
    sent: int = 0
    others: dict[str, Uid] = field(default_factory=dict)

    def send(self, what: Case, form: Any = "ORU") -> str:
        """A message arrives and is worked on; its publication."""
        self.sent += 1
        message_id = self.world.send(what, form, control_id=f"M{self.sent}").message_id
        self.world.work()
        return message_id

    def archive(self, study: Uid, accession: str = "", patient: str = CASE.ipp) -> None:
        """The PACS has the study; by default it is this report's by all that is compared."""
        number = accession or CASE.orders[0].accession
        self.world.pacs.studies[study] = study_index(study, accession=number, patient=patient)

    def choose(self, study: Uid, instead: Uid = A) -> None:
        """The operator puts ``study`` in the place of another one."""
        self.override(Choice({instead: study}, None))

    def override(self, choice: Choice) -> None:
        override(self.world.at_rest, OPERATOR, message_id=self.id, choice=choice)

    def undo(self) -> None:
        """The operator takes the choice back."""
        undo(self.world.at_rest, OPERATOR, message_id=self.id)

    def replay(self) -> bool:
        """The operator replays; False where there is nothing to replay."""
        try:
            self.world.replay(self.id)
        except Absent:
            return False
        self.world.work()
        return True

    def withdraw(self, message_id: str, study: Uid) -> str:
        """An operator withdraws the manifest of a publication."""
        order = withdraw(
            self.world.at_rest, self.world.queue, OPERATOR, message_id=message_id, study=study
        )
        self.world.work()
        return order

    @property
    def states(self) -> dict[Uid, str]:
        """The outcome of each study, with the reason of a held one."""
        return {
            study: f"{one.outcome} {one.reason}".strip()
            for study, one in self.world.entry(self.id).studies.items()
        }

    @property
    def facts(self) -> dict[str, Any]:
        """The publication as operators see it."""
        world = self.world
        return view(world.at_rest, world.archive, world.known, OPERATOR, self.id)

    def active(self) -> dict[str, list[str]]:
        """By study: the manifests that the DMP offers."""
        found: dict[str, list[str]] = {}
        for document in self.world.manifests():
            for value in document["reference_ids"]:
                if document["availability_status"] == "Approved" and "study" in value.lower():
                    found.setdefault(value.split("^")[0], []).append(document["unique_id"])
        return found

    def page(self) -> Any:
        """The publication's page, in French."""
        layout = Layout(OPERATIONS, "demo", "Site", "fr", Visitor("Camille", "token"))
        assert OPERATOR.operator is not None
        shown = publication_page(
            layout,
            self.facts,
            tenant=self.world.tenant,
            operator=OPERATOR.operator,
            now=self.world.clock.now(),
        )
        return html.fromstring(shown.decode())


Step = Callable[[Scene], None]


def dead_ends(scene: Scene) -> list[str]:
    """The reasons, in words, for which an operator has no honest words or no way on."""
    facts, page = scene.facts, scene.page()
    text, links = page.text_content(), " ".join(page.xpath("//a/@href"))
    found: list[str] = []
    studies = {one["study_instance_uid"]: one for one in facts["studies"]}
    if studies and all(one["outcome"] == "set_aside" for one in studies.values()):
        found.append("every study is set aside")
    for uid, one in studies.items():
        outcome = one["outcome"]
        if outcome == "held" and not (one["replayable"] and one["words"]["fr"] in text):
            found.append(f"{uid} is held without a replay or without words")
        if outcome == "superseded" and "taken_by" not in one:
            found.append(f"{uid} is superseded by nobody")
        if outcome == "held" and one["reason"] == "chosen_study_taken" and "taken_by" not in one:
            found.append(f"{uid} is taken by nobody")
        if outcome == "set_aside" and not (
            one["replayable"] or one.get("stand_in") in studies or _is_former(facts, uid)
        ):
            found.append(f"{uid} is set aside for nothing")
        if "taken_by" in one and f"/publications/{one['taken_by']}" not in links:
            found.append(f"{uid}: no link to the publication in its way")
    return found + disagreements(scene, page)


def _is_former(facts: dict[str, Any], uid: str) -> bool:
    """Whether the study is no study of the report, and an earlier override chose it."""
    named = {one["study_instance_uid"] for one in facts["report"]["exams"]}
    chosen = {one for made in facts["overrides"] for one in made["studies"].values()}
    return uid in chosen and uid not in named


def disagreements(scene: Scene, page: Any) -> list[str]:
    """Acts that the page offers and the domain refuses, or the other way round."""
    offered = {one.get("value") for one in page.xpath("//input[@name='verb']")}
    named = page.xpath("//input[starts-with(@name,'named-')]/@value")
    found = []
    twin = _twin(scene)
    for verb, act in _TRIES.items():
        try:
            act(twin, named)
            is_possible = True
        except RequestError:
            is_possible = False
        if is_possible is not (verb in offered):
            found.append(f"{verb}: the page says {verb in offered}, the domain {is_possible}")
        if is_possible and verb == "undo_override":  # the next act has a world of its own
            twin.world.close()
            twin = _twin(scene)
    twin.world.close()
    return found


def _twin(scene: Scene) -> Scene:
    return replace(scene, world=scene.world.twin())


def _replay(scene: Scene, _: list[str]) -> None:
    scene.world.replay(scene.id)  # no work follows: the states stay


def _undo(scene: Scene, _: list[str]) -> None:
    """Taking back a choice where there is none changes nothing, and no page offers it."""
    made = scene.world.inbox.objects.get(f"overrides/{scene.id}/{_last(scene)}.json", b"{}")
    if not json.loads(made).get("studies"):
        raise Absent
    scene.undo()


def _last(scene: Scene) -> int:
    return scene.world.entry(scene.id).override


def _choose(scene: Scene, named: list[str]) -> None:
    """Another study for each one that the page has a field for; without any, for any at all."""
    for study in named:
        scene.choose(Uid(f"{UNKNOWN}.7"), Uid(study))
    for study in () if named else scene.states:
        with suppress(RequestError):
            scene.choose(Uid(f"{UNKNOWN}.7"), study)
            return
    if not named:
        raise Absent


_TRIES: Final[dict[str, Callable[[Scene, list[str]], None]]] = {
    "replay": _replay,
    "undo_override": _undo,
    "override": _choose,
}


@contextmanager
def held_report() -> Iterator[Scene]:
    """A report that is held, since the PACS does not have its study."""
    world = World()
    made = Scene(world)
    made.id = made.send(CASE)
    yield made
    world.close()
