"""The viewer's modules that need no browser, in Node: volumes, links, matching places, bytes."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any, Final

import numpy as np
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
            const [id] = series.ids;
            return {{ series, place: 0, shownId: id, wantedId: id, relate: () => {{}} }};
        }});
        const link = new it.Link({{ views }});
        link.anchor();
        Object.assign(views[0], {{ place: 2, shownId: views[0].series.ids[2] }});
        found = link.placeFor(...views);
    """
    # The second exam begins 4 mm before the first one.
    assert run("link.js", program, [told(spaces[0], 4.0), told(spaces[1], 0.0)]) == place


HEAD: Final = [1, 0, 0, 0, 1, 0]
# The same planes, looked at from the other side.
FEET: Final = [1, 0, 0, 0, -1, 0]
UPRIGHT: Final = [0, 1, 0, 0, 0, -1]
# Nine degrees: a gantry that leans.
LEANING: Final = [1, 0, 0, 0, 0.9877, -0.1564]


def stack(
    start: float,
    step: float,
    count: int,
    axes: list[int] | list[float] = HEAD,
    space: str = "",
    **more: Any,
) -> dict[str, Any]:
    """Slices of 101 mm x 101 mm, one behind the other from ``start`` on."""
    normal = [
        axes[(at + 1) % 3] * axes[3 + (at + 2) % 3] - axes[(at + 2) % 3] * axes[3 + (at + 1) % 3]
        for at in range(3)
    ]
    corner = [-50 * (axes[at] + axes[3 + at]) for at in range(3)]
    places = [
        [corner[at] + (start + step * number) * normal[at] for at in range(3)]
        for number in range(count)
    ]
    same = {"orientation": axes, "spacing": [1, 1], "rows": 101, "columns": 101, "space": space}
    return {
        "uid": "1.2",
        "frames": [[0, 100 * at, 100] for at in range(count)],
        "objects": [{"url": "https://images.example/a"}],
        "same": same | more.pop("same", {}),
        "each": {"position": places},
        **more,
    }


UNPLACED: Final = {**stack(0, 2, 9), "each": {}, "same": {}}
CURRENT: Final = stack(100, 2, 21, space="1.5")
# The prior, the place of the current image among 21 slices of 2 mm, and where it belongs.
MATCHES: Final = [
    # The same space: by the plane, whatever the order, the side or the spacing of the slices.
    (stack(100, 2, 21, space="1.5"), 4, {"place": 4, "by": "space"}),
    (stack(140, -2, 21, space="1.5"), 4, {"place": 16, "by": "space"}),
    (stack(-140, 4, 11, FEET, space="1.5"), 4, {"place": 8, "by": "space"}),
    (stack(90, 5, 20, space="1.5"), 4, {"place": 4, "by": "space"}),
    (stack(100, 2, 21, LEANING, space="1.5"), 4, {"place": 3, "by": "space"}),
    (stack(120, 2, 21, space="1.5"), 4, {"why": "outside"}),
    (stack(120, 2, 21, space="1.5", state="coming"), 4, {"why": "coming"}),
    (stack(100, 2, 21, space="1.5", state="coming"), 4, {"place": 4, "by": "space"}),
    # None in common: by the distance from the middle, 120 there, 30 here.
    (stack(0, 3, 21, space="1.6"), 4, {"place": 6, "by": "middle"}),
    (stack(60, -3, 21, space="1.6"), 4, {"place": 14, "by": "middle"}),
    (stack(-60, 3, 21, FEET, space="1.6"), 4, {"place": 14, "by": "middle"}),
    (stack(0, 2, 21, same={"space": None}), 4, {"place": 4, "by": "middle"}),
    (stack(0, 1, 31, space="1.6"), 0, {"why": "outside"}),
    (stack(0, 5, 21, space="1.6"), 4, {"why": "extent"}),
    (stack(0, 3, 1, space="1.6"), 4, {"why": "extent"}),
    (stack(0, 3, 21, space="1.6", state="coming"), 4, {"why": "coming"}),
    # Never where the slices stand otherwise, in the same space or not.
    (stack(0, 3, 21, UPRIGHT, space="1.5"), 4, {"why": "orientation"}),
    (stack(0, 3, 21, UPRIGHT, space="1.6"), 4, {"why": "orientation"}),
    (UNPLACED, 4, {"why": "unplaced"}),
]


def test_a_prior_begins_at_the_place_that_matches_or_says_why_none_does() -> None:
    program = f"""
        const {{ Series }} = await import({json.dumps((SOURCES / "exam.js").as_uri())});
        const made = (told) => new Series({{ n: 1, told: {{}} }}, told);
        const current = made(given.current);
        found = given.priors.map(([told, place]) => it.match(current, place, made(told)));
        found.push(it.match(made(given.unplaced), 0, current));
    """
    given = {"current": CURRENT, "unplaced": UNPLACED, "priors": [one[:2] for one in MATCHES]}
    found = run("matching.js", program, given)
    assert found == [*(wanted for _, _, wanted in MATCHES), {"why": "unplaced"}]


def test_slices_that_stand_otherwise_do_not_scroll_together() -> None:
    program = f"""
        const {{ Series }} = await import({json.dumps((SOURCES / "exam.js").as_uri())});
        const [here, ...others] = given.map((told, n) => new Series({{ n, told: {{}} }}, told));
        found = others.map((there) => it.follow(here, 9, there, here.ids[4], there.ids[2]));
    """
    given = [
        CURRENT,
        stack(0, 3, 21, UPRIGHT, space="1.5"),
        # Ten millimetres further than where both were; the number of images without places.
        stack(0, 5, 21, space="1.6"),
        UNPLACED,
        stack(100, 2, 21, space="1.5"),
    ]
    assert run("matching.js", program, given) == [None, 4, 7, 9]


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


def test_frames_are_put_together_from_pieces_of_any_size() -> None:
    """Fragments of a frame, gaps between frames, one frame within another."""
    content = bytes(range(200)) * 3
    spans: list[dict[str, Any]] = [
        {"name": "a", "start": 100, "end": 160, "ranges": [[100, 20], [130, 30]]},
        {"name": "b", "start": 165, "end": 190, "ranges": [[165, 25]]},
        {"name": "c", "start": 170, "end": 175, "ranges": [[170, 5]]},
        {"name": "d", "start": 190, "end": 300, "ranges": [[200, 100], [190, 10]]},
    ]
    program = """
        found = given.sizes.map((size) => {
            const content = Uint8Array.from(given.content);
            const cutting = new it.Cutting(given.spans);
            const told = [];
            for (let at = 100; at < 300; at += size) {
                const end = Math.min(at + size, 300);
                for (const { name, data } of cutting.take(content.slice(at, end), at)) {
                    told.push([name, [...data], end]);
                }
            }
            return [told, cutting.whole];
        });
        const cut = new it.Cutting(given.spans);
        cut.take(new Uint8Array(199), 100);
        found.push(cut.whole);
    """
    given = {"content": list(content), "spans": spans, "sizes": [1, 7, 64, 200]}
    *found, cut = run("cutting.js", program, given)
    wanted = [
        [one["name"], list(b"".join(content[at : at + size] for at, size in one["ranges"]))]
        for one in spans
    ]
    for told, whole in found:
        assert whole
        assert [[name, data] for name, data, _ in told] == wanted
    # Each as soon as its last byte is there.
    assert [end for _, _, end in found[0][0]] == [160, 190, 190, 300]
    assert cut is False


SPEC: Final[dict[str, Any]] = {
    "bits": 12,
    "allocated": 16,
    "signed": 0,
    "slope": 1,
    "intercept": 0,
}
LUT: Final = base64.b64encode(np.array([9, 8, 7], "<u2").tobytes()).decode()
SAMPLES: Final = [0, 1, 2047, 2048, 4095, 4096, 0x0448, 0xF448, 0xFFFF]


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "Uint16Array"},
        {"kind": "Int16Array", "signed": 1, "intercept": -1024},
        {"kind": "Float32Array", "slope": 0.37, "intercept": -3.25},
        {"kind": "Int16Array", "bits": 16, "signed": 1},
        {"kind": "Uint8Array", "bits": 8, "allocated": 8},
        {"kind": "Uint16Array", "table": {"first": 1, "bits": 8, "table": LUT}},
        {"kind": "Uint16Array", "padding": [2047, 2048]},
        {"kind": "Uint16Array", "padding": [0, 4095]},
        {"kind": "Int16Array", "signed": 1, "padding": [-3000, -3000]},
        {
            "kind": "Int16Array",
            "signed": 1,
            "padding": [-3000, -3000],
            "photometric": "MONOCHROME1",
        },
    ],
)
def test_each_stored_value_is_rescaled_as_its_attributes_say(changes: dict[str, Any]) -> None:
    spec = SPEC | {"photometric": "MONOCHROME2"} | changes
    program = """
        const Samples = given.spec.allocated === 8 ? Uint8Array : Uint16Array;
        const { pixels, min, max } = it.rescaled(Samples.from(given.samples), given.spec);
        found = { kind: pixels.constructor.name, pixels: [...pixels], ends: [min, max] };
    """
    samples = [one & (2 ** spec["allocated"] - 1) for one in SAMPLES]
    found = run("decode/pixels.js", program, {"samples": samples, "spec": spec})
    bits, (low, high) = spec["bits"], spec.get("padding", (1, 0))
    # A value of more bits than the image has is told by all bits of its sample.
    lost = low < -(2 ** (bits - 1))
    values, shown = [], []
    for one in samples:
        stored = one & (2**bits - 1)
        if spec["signed"] and stored >= 2 ** (bits - 1):
            stored -= 2**bits
        value = stored * spec["slope"] + spec["intercept"]
        if "table" in spec:
            value = [9, 8, 7][min(max(stored - 1, 0), 2)]
        value = float(np.float32(value))
        is_padding = one == low & 0xFFFF if lost else low <= stored <= high
        values.append((value, is_padding))
        shown += [] if is_padding else [value]
    ends = [min(shown), max(shown)] if shown else [values[0][0]] * 2
    dark = ends[spec["photometric"] == "MONOCHROME1"]
    assert found["kind"] == spec["kind"]
    assert found["pixels"] == [dark if lost and padding else value for value, padding in values]
    assert found["ends"] == ends
