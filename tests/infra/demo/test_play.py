"""The demonstration tells every step in words."""

from __future__ import annotations

from infra.demo.aws import Left
from infra.demo.play import ASKED, WORDS, in_words
from infra.rules.assembly import Assembly
from infra.rules.flow import definition_of, states_of


def test_each_step_of_the_publication_has_its_words(assembly: Assembly) -> None:
    (machine,) = [
        found
        for found in assembly.resources("AWS::StepFunctions::StateMachine")
        if found.properties["StateMachineName"] == "drimbox-publish"
    ]
    tasks = {
        name
        for name, state in states_of(definition_of(assembly, machine))
        if state["Type"] == "Task"
    }
    assert WORDS.keys() == tasks - {"HoldPublication"}
    assert ASKED.keys() <= tasks


def test_a_step_in_which_the_publication_waits_is_told_apart() -> None:
    steps = [Left("IndexStudy", parked=True), Left("IndexStudy", parked=False)]
    assert [in_words(one) for one in steps] == [
        "the study asked of the site's agent",
        "study found in the PACS",
    ]
    assert in_words(Left("PublishManifest", parked=True)) == "PublishManifest waits"
