"""A script that puts a button beside each marked code, which copies it: the page works without it.

It is served as a file of this host whose name holds its hash. It reads the marked codes alone,
asks nobody, and writes texts, never HTML.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from functions.drimbox.pages.kit import texts
from functions.drimbox.pages.kit.html import Html, tag

if TYPE_CHECKING:
    from functions.drimbox.pages.kit.layout import Layout

_SOURCE: Final = """\
"use strict";
(() => {
  const words = document.currentScript.dataset, board = navigator.clipboard;
  if (!board) return;
  const said = document.createElement("span");
  said.className = "skip";
  said.setAttribute("role", "status");
  document.querySelector("main").append(said);
  for (const code of document.querySelectorAll("code[data-copy]")) {
    const button = document.createElement("button"), text = code.textContent;
    const show = (word) => { button.textContent = word; };
    button.type = "button";
    button.className = "copy";
    button.setAttribute("aria-label", words.copy + " " + text);
    show(words.copy);
    button.onclick = () => board.writeText(text).then(() => {
      show(words.copied);
      said.textContent = words.copied;
      setTimeout(() => { show(words.copy); said.textContent = ""; }, 4000);
    }, () => {});
    code.after(" ", button);
  }
})();
"""
# A browser needs no indentation.
SCRIPT: Final = re.sub(r"\n +", "\n", _SOURCE)
NAME: Final = f"copy-{hashlib.sha256(SCRIPT.encode()).hexdigest()[:16]}.js"
PATH: Final = f"/assets/{NAME}"


def copied(text: str) -> Html:
    """A code beside which the script puts its button."""
    return tag("code", text, data_copy="")


def copy_script(layout: Layout) -> Html:
    """The element that loads it, with its words; the page's policy must let it run."""
    words = {
        "data_copy": layout.say(texts.LAYOUT, "copy"),
        "data_copied": layout.say(texts.LAYOUT, "copied"),
    }
    return tag("script", src=PATH, defer="", **words)
