"""The viewer's modules that need no browser, in Node: volumes, links."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from infra import node

SOURCES: Final = Path(__file__).parents[2] / "web" / "viewer" / "src"
pytestmark = [pytest.mark.judge]
AXES: Final = [1, 0, 0, 0, 1, 0]


def run(module: str, program: str, given: Any) -> Any:
    """``program`` makes ``found`` of ``given`` with the module as ``it``."""
    text = (
        f"import * as it from {json.dumps((SOURCES / module).as_uri())};"
        f"const given = {json.dumps(given)}; let found; {program}"
        "; console.log(JSON.stringify(found))"
    )
    done = subprocess.run(
        [str(node.folder() / "node"), "--input-type=module", "--eval", text],
        capture_output=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def volume(
    origins: list[list[float]],
    same: dict[str, Any] | None = None,
    each: dict[str, Any] | None = None,
    state: str = "whole",
) -> bool:
    """Whether slices at these origins may be cut."""
    facts = {"orientation": AXES, "samples": 1, "photometric": "MONOCHROME2", "spacing": [1, 1]}
    told = {
        "uid": "1.2",
        "state": state,
        "objects": [{"url": "https://images.example/a?signed=1"}],
        "frames": [[0, 100 * at, 100] for at in range(len(origins))],
        "same": facts | (same or {}),
        "each": {"position": origins, **(each or {})},
        "in_space": True,
    }
    program = (
        f"const {{ Series }} = await import({json.dumps((SOURCES / 'exam.js').as_uri())});"
        "found = it.canCut(new Series({ n: 1, told: {} }, given))"
    )
    return bool(run("volume.js", program, told))


STRAIGHT: Final = [[0.0, 0.0, 2.0 * at] for at in range(8)]


@pytest.mark.parametrize(
    ("case", "cut"),
    [
        ({"origins": STRAIGHT}, True),
        # Coordinates as scanners round them.
        ({"origins": [[0, 0, round(at * 0.6667, 2)] for at in range(8)]}, True),
        # A tilted gantry, a table that drifts, a slice that is missing, one that stands aside.
        ({"origins": [[0, 0.3 * at, 2 * at] for at in range(8)]}, False),
        ({"origins": [[0, 0.004 * at * at, 2 * at] for at in range(8)]}, False),
        ({"origins": STRAIGHT[:3] + STRAIGHT[4:]}, False),
        ({"origins": [*STRAIGHT[:4], [0, 0.5, 8], *STRAIGHT[5:]]}, False),
        ({"origins": STRAIGHT[:3]}, False),
        ({"origins": STRAIGHT, "same": {"samples": 3, "photometric": "RGB"}}, False),
        ({"origins": STRAIGHT, "same": {"photometric": "PALETTE COLOR"}}, False),
        ({"origins": STRAIGHT, "each": {"spacing": [[1, 1]] * 7 + [[2, 2]]}}, False),
        ({"origins": STRAIGHT, "state": "coming"}, False),
    ],
)
def test_a_volume_is_cut_only_where_nothing_is_distorted(case: dict[str, Any], cut: bool) -> None:
    assert volume(**case) is cut


@pytest.mark.parametrize(
    ("spaces", "place"), [(("1.2", "1.2"), 4), ((None, None), 2), (("1.2", "1.3"), 2)]
)
def test_exams_without_a_named_space_have_none_in_common(
    spaces: tuple[str | None, str | None], place: int
) -> None:
    def told(space: str | None, start: float) -> dict[str, Any]:
        return {
            "uid": "1.2",
            "frames": [[0, 100 * at, 100] for at in range(8)],
            "objects": [{"url": "https://images.example/a"}],
            "same": {"orientation": AXES, **({} if space is None else {"space": space})},
            "each": {"position": [[0, 0, start + 2 * at] for at in range(8)]},
        }

    program = f"""
        const {{ Series }} = await import({json.dumps((SOURCES / "exam.js").as_uri())});
        const views = given.map((told, n) => {{
            const series = new Series({{ n, told: {{}} }}, told);
            return {{ series, place: 0, shownId: series.ids[0], wantedId: series.ids[0] }};
        }});
        const link = new it.Link({{ views }});
        link.anchor();
        Object.assign(views[0], {{ place: 2, shownId: views[0].series.ids[2] }});
        found = link.placeFor(...views);
    """
    # The second exam begins 4 mm before the first one.
    assert run("link.js", program, [told(spaces[0], 4.0), told(spaces[1], 0.0)]) == place


def test_a_frame_s_name_outlives_order_and_signature_but_no_edition() -> None:
    def told(path: str, starts: list[int]) -> dict[str, Any]:
        return {
            "uid": "1.2",
            "objects": [{"url": f"https://images.example/{path}"}],
            "frames": [[0, start, 100] for start in starts],
        }

    given = [
        told("a?signed=1", [0, 200]),
        told("a?signed=2", [100, 0, 200]),
        told("b?signed=3", [0]),
        told("a?signed=4", [0]),
    ]
    program = """
        const series = new it.Series({ n: 1, told: {} }, given[0]);
        const lists = [series.names];
        const left = given.slice(1).map((one) => {
            const gone = series.update(one);
            lists.push(series.names);
            return gone.length;
        });
        found = { lists, left };
    """
    found = run("exam.js", program, given)
    first, second, third, fourth = found["lists"]
    assert [second[1], second[2]] == first
    assert not set(third) & set(second)
    assert fourth == first[:1]
    assert found["left"] == [0, 3, 1]
