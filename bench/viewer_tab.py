"""A browser behind the link, and the moment at which an image stands on its screen.

The same script watches our viewer and the peer: both draw with Cornerstone, which says of each
picture when it is on the canvas. A picture counts when its pixels can be read back, in the
browser's next frame: the GPU, here a program, has drawn them. It must be visible and have shades.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, ViewportSize

from bench.figures import NotMeasured
from tests.browser.chromium import CHROMIUM, key_of, playing
from tests.browser.viewer_tab import FLAGS

_SIZE: Final[ViewportSize] = {"width": 1280, "height": 800}
_PATIENCE: Final = 240_000

# ``bench.watch(views)`` begins a measurement, whose time runs from ``bench.begin()`` on.
_WATCH: Final = """
(() => {
  // A canvas of the GPU, made anew each time: few bytes come back, once the picture is drawn.
  const shades = (canvas) => {
    const small = document.createElement("canvas");
    small.width = small.height = 24;
    const pen = small.getContext("2d", { willReadFrequently: false });
    pen.drawImage(canvas, 0, 0, 24, 24);
    const found = new Set();
    pen.getImageData(0, 0, 24, 24).data.forEach((v, at) => at % 4 || found.add(v));
    return found.size;
  };
  const seen = (canvas) =>
    canvas?.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    shades(canvas) > 4;
  let watched = null;
  let drawn = null;
  const told = { began: 0, frame: 0 };
  // The next picture that is drawn.
  told.next = () => new Promise((go) => (drawn = go));
  document.addEventListener("CORNERSTONE_IMAGE_RENDERED", ({ target }) => {
    drawn?.();
    if (!watched || watched.views.has(target)) return;
    const one = watched;
    const canvas = target.querySelector("canvas");
    requestAnimationFrame(() => {
      const frame = performance.now() - told.began;
      if (one.done || !seen(canvas)) return;
      told.frame = frame;
      one.views.add(target);
      if (one.views.size < one.count) return;
      one.done = true;
      one.resolve(performance.now() - told.began);
    });
  }, true);
  told.watch = (count) => {
    const one = { count, views: new Set(), done: false };
    one.when = new Promise((resolve) => (one.resolve = resolve));
    watched = one;
    told.when = one.when;
  };
  told.begin = () => (told.began = performance.now());
  window.bench = told;
})();
"""


@contextmanager
def browsing(ports: Mapping[str, int], certificate: Path) -> Iterator[Browser]:
    """A browser that draws without a GPU; its way to each host is the link's port for it."""
    rules = ",".join(f"MAP {host}:443 127.0.0.1:{port}" for host, port in ports.items())
    flags = [
        *FLAGS,
        f"--ignore-certificate-errors-spki-list={key_of(certificate)}",
        f"--host-resolver-rules={rules}",
    ]
    with playing() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@contextmanager
def fresh(browser: Browser, address: str) -> Iterator[Page]:
    """A person's first visit: nothing is cached, and no service worker loads more than is asked."""
    context = browser.new_context(viewport=_SIZE, locale="fr-FR", service_workers="block")
    context.set_default_timeout(_PATIENCE)
    context.add_init_script(_WATCH)
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()


def idle(page: Page) -> None:
    """Wait until half a second has passed without a request."""
    page.wait_for_load_state("networkidle")


def timed(page: Page, views: int, act: str) -> float:
    """Seconds from ``act`` (statements of JavaScript, a click) to images in so many views."""
    return (
        told(page, f"bench.watch({views}); bench.begin(); {act}; return await bench.when;") / 1000
    )


def told(page: Page, body: str) -> float:
    """The number that an asynchronous function of ``body`` gives. NotMeasured without one."""
    late = f"new Promise((give) => setTimeout(() => give(-1), {_PATIENCE}))"
    found: float = page.evaluate(f"() => Promise.race([(async () => {{ {body} }})(), {late}])")
    if found < 0:
        raise NotMeasured(f"nothing came in {_PATIENCE // 1000} s")
    return found
