"""The one script of the pages: it asks for the states of the sites, and puts the answer in place.

It is served as a file of this host whose name holds its hash. It writes texts alone, never HTML;
it sends the page's own form. Each look is a use of the session, so that it looks nine times at
most, and only while the page is seen: then the button remains. Once the session has ended, nothing
of the patient stays on the screen; after another failure the page says since when its states stand.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

_SOURCE: Final = """\
"use strict";
(() => {
  const by = (id) => document.getElementById(id);
  const place = by("sources"), seen = by("sources-seen");
  if (!place) return;
  const form = place.querySelector("form"), button = form.querySelector("button"),
    say = place.dataset;
  const put = (one, style, words) => {
    if (one) [one.className, one.textContent] = [style, words];
  };
  const fill = (id, kind, style, told) => {
    const box = by(id);
    const said = (list, key) => list.map((one) => one[key]).join();
    if (!box || said([...box.children], "textContent") === said(told, "words")) return;
    box.replaceChildren(...told.map((one) => {
      const line = document.createElement(kind);
      put(line, style + one.colour, one.words);
      return line;
    }));
  };
  const show = (told) => {
    for (const exam of told.exams) {
      const of = (name) => document.querySelector(`[data-${name}="${exam.n}"]`);
      put(of("images"), "state " + exam.colour, exam.words);
      put(of("keys"), exam.keys && "state wait", exam.keys);
    }
    fill("source-notices", "p", "notice ", told.notices);
    fill("services", "li", "", told.services);
    button.textContent = told.button;
    put(seen, "", told.seen);
    say.at = told.at;
    return told.again;
  };
  let looks = 0, timer = 0, busy = false, due = false;
  const look = async () => {
    if (busy) return;
    busy = true;
    clearTimeout(timer);
    let again = 60;
    looks += 1;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { Accept: "application/json" },
      });
      if (/40[134]/.test(answer.status)) {
        put(seen, "notice bad", say.ended);
        return document.body.replaceChildren(seen);
      }
      if (!answer.ok) throw 0;
      again = show(await answer.json());
    } catch { put(seen, "state wait", say.stale.replace("{time}", say.at)); }
    busy = false;
    if (again && looks < 9) timer = setTimeout(next, again * 1000);
  };
  const next = () => { due = document.hidden; if (!due) look(); };
  document.onvisibilitychange = () => { if (due) next(); };
  form.onsubmit = () => { looks = 0; look(); return false; };
  look();
})();
"""
# A browser needs no indentation.
SCRIPT: Final = re.sub(r"\n +", "\n", _SOURCE)
NAME: Final = f"sources-{hashlib.sha256(SCRIPT.encode()).hexdigest()[:16]}.js"
# Below the area of the pages.
PATH: Final = f"/assets/{NAME}"
