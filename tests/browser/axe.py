"""The judgement of a page in Chromium: axe-core, no sideways scrolling, and the keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# The findings alone: a page of results has all nodes that passed too, and reading them takes five
# times as long as the audit. The one frame of ours is a report's PDF in the browser's own viewer,
# which axe cannot ask.
_AUDIT: Final = """async () => {
    const options = { iframes: false, resultTypes: ['violations'] };
    const { violations } = await axe.run(options);
    return violations.map(({ id, impact, nodes }) => [id, impact, nodes.map(({ html }) => html)]);
}"""
# CSS pixels: both windows, the smaller one at 200 % zoom, and a telephone.
WIDTHS: Final = (1280, 1920, 640, 390)
# Marks every control that is seen, in the order of the page; how many there are. A group of radio
# buttons is one stop.
_MARK: Final = """() => {
    const all = 'a[href], button, input:not([type=hidden]):not([type=radio]), select, textarea,'
        + 'summary, [tabindex="0"]';
    const seen = [...document.querySelectorAll(all)].filter(
        one => one.checkVisibility({ visibilityProperty: true }) && !one.disabled);
    seen.forEach((one, at) => { one.dataset.stop = at; });
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute('tabindex');
    return seen.length;
}"""
_FOCUS: Final = """() => {
    const one = document.activeElement;
    return [one.dataset.stop ?? '', getComputedStyle(one).outlineStyle];
}"""


def judged(page: Page, widths: Sequence[int] = WIDTHS, *, audited_at: Sequence[int] = ()) -> None:
    """No serious or critical issue (axe-core) as the window is now, and at the widths of
    ``audited_at``; no sideways scrolling at ``widths``.
    """
    height = page.viewport_size["height"] if page.viewport_size else 800
    own = page.viewport_size["width"] if page.viewport_size else None
    _audited(page, "its own")
    for width in widths:
        page.set_viewport_size({"width": width, "height": height})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{page.url} is {wide} px wide in a window of {width}"
        if width in audited_at and width != own:
            _audited(page, f"{width} px")
    page.set_viewport_size({"width": WIDTHS[0], "height": height})


def _audited(page: Page, width: str) -> None:
    if page.evaluate("window.axe === undefined"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(_AUDIT)
    serious = [(rule, nodes) for rule, impact, nodes in found if impact in {"serious", "critical"}]
    assert serious == [], f"{page.url} at width {width}: {serious}"


def walked(page: Page) -> None:
    """The Tab key reaches every control that is seen, and each shows that it has the focus."""
    wanted = page.evaluate(_MARK)
    reached: set[str] = set()
    # A field of a date has a stop for each of its parts.
    for _ in range(2 * wanted + 10):
        if len(reached) == wanted:
            return
        page.keyboard.press("Tab")
        stop, outline = page.evaluate(_FOCUS)
        assert not stop or outline != "none", f"{page.url}: stop {stop} does not show its focus"
        reached |= {stop} - {""}
    left = sorted(set(map(str, range(wanted))) - reached)
    raise AssertionError(f"{page.url}: the keyboard does not reach the stops {left}")
