"""The demonstration tells every step in words."""

from __future__ import annotations

from infra.demo.play import WORDS
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
