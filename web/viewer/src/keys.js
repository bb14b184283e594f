// The keyboard. A key that a field or a list takes is left to it.

const IN_FIELDS = new Set(["INPUT", "SELECT", "TEXTAREA", "IFRAME"]);

/** Let keys do these acts while the viewer is shown; while words cover it, only the way back. */
export function listen(isShown, isCovered, acts) {
  const table = {
    ArrowDown: () => acts.scroll(1),
    ArrowUp: () => acts.scroll(-1),
    PageDown: () => acts.scroll(10),
    PageUp: () => acts.scroll(-10),
    Home: () => acts.scroll(-Infinity),
    End: () => acts.scroll(Infinity),
    ArrowRight: () => acts.select(1),
    ArrowLeft: () => acts.select(-1),
    c: acts.compare,
    r: acts.report,
    m: acts.planes,
    i: acts.invert,
    s: acts.subtract,
    l: acts.link,
    k: acts.next_key,
    p: acts.next_state,
    " ": acts.cine,
    Escape: acts.leave,
  };
  document.addEventListener("keydown", (event) => {
    if (!isShown() || event.ctrlKey || event.altKey || event.metaKey) return;
    if (isCovered() && event.key !== "Escape") return;
    const range = event.target.type === "range";
    if (IN_FIELDS.has(event.target.tagName) && !range && event.key !== "Escape") return;
    if (event.key === " " && event.target.tagName === "BUTTON") return;
    const digit = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
    const act = digit ? () => acts.preset(digit - 1) : table[event.key] ?? table[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
