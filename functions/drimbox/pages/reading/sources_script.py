"""The one script of the pages: it asks for the states of the sites, and puts the answer in place.

It is served as a file of this host whose name holds its hash. It writes texts alone, never HTML;
it sends the page's own form. A look that it makes by itself says so (``UNATTENDED``): it is no
use of the session, and ends with it. It looks only while the list is seen (the viewer over it
marks the body, and tells that it went as a change of visibility), and soon nine times at most. An
exam may be opened (``data-may``) while its state allows that; the viewer hears of the event
``sources``. The sentences above the list keep the height that they have, so that nothing moves
under a reader's eyes, until a person asks. Once the session has ended, nothing of the patient stays
on the screen; after another failure the page says since when its states stand.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from functions.drimbox.identity.session import UNATTENDED

_SOURCE: Final = """\
"use strict";
(() => {
  const by = (id) => document.getElementById(id);
  const place = by("sources"), seen = by("sources-seen"), box = by("source-notices");
  if (!place) return;
  const form = place.querySelector("form"), button = form.querySelector("button"),
    say = place.dataset;
  const put = (one, style, words, lead) => {
    if (!one) return;
    one.className = style;
    one.textContent = words.slice(lead);
    if (lead) {
      const bold = document.createElement("b");
      bold.textContent = words.slice(0, lead);
      one.prepend(bold);
    }
  };
  const fill = (box, kind, told) => {
    const said = (list, key) => list.map((one) => one[key]).join();
    if (!box || said([...box.children], "textContent") === said(told, "words")) return;
    box.replaceChildren(...told.map((one) => {
      const line = document.createElement(kind);
      put(line, one.colour, one.words, one.lead);
      return line;
    }));
  };
  const show = (told) => {
    const opens = {};
    for (const exam of told.exams) {
      opens[exam.n] = exam.opens;
      const of = (name) => document.querySelector(`[data-${name}="${exam.n}"]`);
      put(of("images"), "state " + exam.colour, exam.words);
      put(of("keys"), exam.keys && "tag wait", exam.keys);
      put(of("size"), "", exam.size);
    }
    for (const one of document.querySelectorAll("[data-may]"))
      one.dataset.may = one.dataset.open.split(" ").every((n) => opens[n]) ? 1 : "";
    document.dispatchEvent(new Event("sources"));
    fill(box, "p", told.notices);
    box.tabIndex = box.scrollHeight > box.clientHeight ? 0 : -1;
    fill(by("services"), "li", told.services);
    button.textContent = told.button;
    put(seen, "", told.seen);
    say.at = told.at;
    return told.again;
  };
  let looks = 0, timer = 0, busy = false, due = false, wish = false;
  const look = async (asked) => {
    if (busy) { wish = asked; return; }
    busy = true;
    clearTimeout(timer);
    let again = 60;
    looks += 1;
    box.style.maxHeight = asked ? "" : box.offsetHeight + "px";
    if (asked) put(seen, "", say.asking);
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { Accept: "application/json", ...(asked ? {} : { "UNATTENDED": "1" }) },
      });
      if (/40[134]/.test(answer.status)) {
        put(seen, "notice bad", say.ended);
        document.body.className = "reading";
        return document.body.replaceChildren(seen);
      }
      if (!answer.ok) throw 0;
      again = show(await answer.json());
    } catch { put(seen, "state wait", say.stale.replace("{time}", say.at)); }
    busy = false;
    if (wish) { wish = false; return look(true); }
    if (again) timer = setTimeout(next, Math.max(again, looks > 8 ? 60 : 0) * 1000);
  };
  const next = () => {
    due = document.hidden || document.body.className !== "reading";
    if (!due) look();
  };
  document.onvisibilitychange = () => { if (due) next(); };
  form.onsubmit = () => { looks = 0; look(true); return false; };
  look();
})();
"""
# A browser needs no indentation.
SCRIPT: Final = re.sub(r"\n +", "\n", _SOURCE).replace("UNATTENDED", UNATTENDED)
NAME: Final = f"sources-{hashlib.sha256(SCRIPT.encode()).hexdigest()[:16]}.js"
# Below the area of the pages.
PATH: Final = f"/assets/{NAME}"
