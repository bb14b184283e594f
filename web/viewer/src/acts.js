// The acts of buttons and keys. Those of a view do nothing while there is none to act on.
import { compare, cut, layout } from "./arranging.js";
import { capture } from "./capture.js";
import * as cine from "./cine.js";
import { cursors, forgetMeasures, use } from "./engine.js";
import { choose as present, statesOf } from "./presentation.js";
import { isThroughTable } from "./recipe.js";
import { calibrate } from "./screen.js";
import * as subtraction from "./subtraction.js";

function chooseState(session, view, state) {
  present(view, state ?? null);
  session.offerStates(view);
  view.tell();
}

/** An act that leaves the view's state first: turned otherwise its notes would point elsewhere, and
 * its name would stand over another picture. */
function leaving(session, act) {
  return (view) => {
    if (view.state) chooseState(session, view, null);
    act(view);
  };
}

/** Name of an act to its function. */
export function actsOf(session) {
  const view = () => session.board.selected;
  const on = (act) => () => view()?.series && !session.planes && act(view());
  const turn = (act) => on(leaving(session, act));
  /** The same on the planes, while these stand in place of the views. */
  const both = (act) => () => (session.planes ? act(session.planes) : on(act)());
  return {
    pointer: (name) => {
      use(name);
      session.planes?.use(name);
    },
    invert: both((one) => one.invert()),
    subtract: on((one) => {
      if (!subtraction.offered(one)) return;
      leaving(session, () => one.subtract(!subtraction.wanted(one)))(one);
      session.offerSubtraction(one);
    }),
    flip: turn((one) => one.flip("flipHorizontal")),
    flip_vertical: turn((one) => one.flip("flipVertical")),
    rotate: turn((one) => one.rotate()),
    pixel_size: on((one) => one.pixelSize()),
    real_size: on((one) => one.realSize()),
    reset: turn((one) => one.reset()),
    next_key: on((one) => one.nextKey()),
    capture: on((one) => capture(one)),
    clear: () => forgetMeasures(),
    scroll: (steps) => on((one) => one.scroll(steps))(),
    state: (uid) => on((one) => chooseState(session, one, statesOf(one).find((other) => other.uid === uid)))(),
    next_state: on((one) => {
      const found = statesOf(one);
      chooseState(session, one, found[found.indexOf(one.state) + 1]);
    }),
    calibrate: () => calibrate(session.place),
    // A window takes the place of a state's table, or of one that was chosen: it would stand below it.
    setWindow: ({ width, center }) =>
      both((one) => {
        if (one.state && isThroughTable(one)) chooseState(session, one, null);
        if (one.table) one.choose(null);
        one.setWindow(width, center);
      })(),
    setTable: (table) =>
      on((one) => {
        leaving(session, () => one.choose(table))(one);
        session.offerSubtraction(one);
      })(),
    preset: (at) => session.toolbar.window(at),
    cine: on((one) => {
      cine.toggle(one);
      session.toolbar.press("cine", cine.plays(one));
    }),
    link: () => {
      session.board.link.toggle();
      session.toolbar.press("link", session.board.link.on);
    },
    lines: () => {
      session.board.lines = !session.board.lines;
      session.board.drawLines();
      session.toolbar.press("lines", session.board.lines);
    },
    cursors: () => {
      session.pointing = !session.pointing;
      cursors(session.pointing);
      session.toolbar.press("cursors", session.pointing);
    },
    report: (shown) => {
      session.reports.toggle(typeof shown === "boolean" ? shown : undefined);
      session.toolbar.press("report", !session.reports.element.hidden);
    },
    compare: () => compare(session),
    layout: (count) => layout(session, count),
    planes: () => cut(session),
    select: (step) => {
      const { views } = session.board;
      const at = views.indexOf(view()) + step;
      session.board.pick(views[(at + views.length) % views.length]);
    },
    leave: () => session.leave(),
  };
}
