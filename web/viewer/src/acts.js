// The acts of buttons and keys. Those of a view do nothing while there is none to act on.
import { compare, cut, layout } from "./arranging.js";
import { capture } from "./capture.js";
import * as cine from "./cine.js";
import { cursors, forgetMeasures, use } from "./engine.js";
import { choose as present, statesOf } from "./presentation.js";
import { calibrate } from "./screen.js";

function chooseState(session, view, at) {
  present(view, statesOf(view)[at] ?? null);
  session.offerStates(view);
  view.tell();
}

/** Name of an act to its function. */
export function actsOf(session) {
  const view = () => session.board.selected;
  const on = (act) => () => view()?.series && !session.planes && act(view());
  return {
    pointer: (name) => use(name),
    invert: on((one) => one.invert()),
    flip: on((one) => one.flip("flipHorizontal")),
    flip_vertical: on((one) => one.flip("flipVertical")),
    rotate: on((one) => one.rotate()),
    pixel_size: on((one) => one.pixelSize()),
    real_size: on((one) => one.realSize()),
    reset: on((one) => one.reset()),
    next_key: on((one) => one.nextKey()),
    capture: on((one) => capture(one)),
    clear: () => forgetMeasures(),
    scroll: (steps) => on((one) => one.scroll(steps))(),
    state: (at) => on((one) => chooseState(session, one, at))(),
    next_state: on((one) => {
      const found = statesOf(one);
      const at = found.indexOf(one.state) + 1;
      chooseState(session, one, at < found.length ? at : -1);
    }),
    calibrate: () => calibrate(session.place),
    setWindow: ({ width, center }) => on((one) => one.setWindow(width, center))(),
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
