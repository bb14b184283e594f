"""The later publication names the former one, and a withdrawal its operator."""

from __future__ import annotations

import json

from functions.drimbox.operations.afterwards import Fate
from functions.drimbox.operations.beforehand import former_of, ordered_by
from functions.drimbox.operations.view import view
from functions.drimbox.operations.withdrawing import withdraw
from functions.drimbox.publication.archive import Intent
from tests.drimbox.operations.conftest import STUDY, Reported, report
from tests.fakes.world import OPERATOR, World, case


def of(world: World, message_id: str) -> dict[str, object]:
    """The one study of the publication, in its own view."""
    shown = view(world.at_rest, world.archive, world.known, OPERATOR, message_id)
    (study,) = shown["studies"]
    return dict(study)


def test_a_new_version_links_back_to_the_one_that_it_replaced(world: World) -> None:
    world.archive_study(case("G1"))
    first = report(world, case("G1"))
    second = report(world, case("G1_MAJ"), control_id="2")
    assert of(world, second.id)["former"] == {
        "publication": first.id,
        "fate": Fate.REPLACED,
    }
    assert "former" not in of(world, first.id)
    # Another one withdraws it: each publication still names its own former one.
    study = second.study
    by = withdraw(world.at_rest, world.queue, OPERATOR, message_id=second.id, study=study)
    world.work()
    assert of(world, by)["former"] == {"publication": second.id, "fate": Fate.WITHDRAWN}
    assert of(world, second.id)["former"] == {"publication": first.id, "fate": Fate.REPLACED}


def test_an_operator_s_withdrawal_is_named_where_it_is_felt(published: Reported) -> None:
    world = published.world
    withdraw(world.at_rest, world.queue, OPERATOR, message_id=published.id, study=STUDY)
    world.work()
    assert of(world, published.id)["ordered_by"] == OPERATOR.subject
    orders = [key for key in world.inbox.objects if key.startswith("withdrawals/")]
    for key in orders:
        del world.inbox.objects[key]
    assert orders
    assert "ordered_by" not in of(world, published.id)


def test_a_withdrawal_by_the_ris_names_no_operator(world: World) -> None:
    world.archive_study(case("G1"))
    first = report(world, case("G1"))
    report(world, case("G1_MAJ"), control_id="2")
    assert "ordered_by" not in of(world, first.id)
    assert ordered_by(world.at_rest, None) == {}


def test_a_held_publication_has_no_former_one(held: Reported) -> None:
    assert "former" not in of(held.world, held.id)


def test_an_intent_of_an_earlier_release_names_no_former_one(world: World) -> None:
    world.archive_study(case("G1"))
    report(world, case("G1"))
    second = report(world, case("G1_MAJ"), control_id="2")
    for key, data in world.archive.objects.items():
        if key.endswith("/intent.json"):
            facts = json.loads(data)
            del facts["former"]
            world.archive.objects[key] = json.dumps(facts).encode()
            assert Intent.decode(world.archive.objects[key]).former == ""
    entry = world.entry(second.id)
    assert former_of(world.at_rest, world.archive, entry, second.study) == {}


def test_a_publication_that_is_not_settled_yet_names_none(published: Reported) -> None:
    world = published.world
    for key in [one for one in world.archive.objects if one.endswith("/settled.json")]:
        del world.archive.objects[key]
    assert "former" not in of(world, published.id)
