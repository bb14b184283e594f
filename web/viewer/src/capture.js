// A picture of a view to keep: the image and its measures, nothing of the patient.
import { make } from "./dom.js";
import { say } from "./page.js";
import { wordsOf } from "./subtraction.js";
import { isVerified } from "./verified.js";

async function drawn(svg, width, height) {
  const copy = svg.cloneNode(true);
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  const text = new XMLSerializer().serializeToString(copy);
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  const image = new Image(width, height);
  try {
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = reject;
      image.src = address;
    });
    return image;
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** The view as PNG: a Blob. */
export async function picture(view) {
  // The words are those of the picture: another image may come while the measures are drawn.
  const told = [
    say("image_of", { place: view.place + 1, count: view.series.count }),
    isVerified(view.series) ? "" : say("not_verified"),
    view.told,
    wordsOf(view),
  ];
  const source = view.canvas.querySelector("canvas");
  const canvas = make("canvas", { width: source.width, height: source.height });
  const context = canvas.getContext("2d");
  context.drawImage(source, 0, 0);
  for (const svg of [view.layer, view.canvas.querySelector("svg")].filter(Boolean)) {
    context.drawImage(await drawn(svg, source.width, source.height), 0, 0);
  }
  context.fillStyle = "#fff";
  context.font = `${Math.round(13 * devicePixelRatio)}px sans-serif`;
  context.fillText(told.filter(Boolean).join(" · "), 8 * devicePixelRatio, source.height - 8 * devicePixelRatio);
  return new Promise((resolve) => {
    canvas.toBlob(resolve, "image/png");
  });
}

/** Give the picture of a view to the browser's downloads. */
export async function capture(view) {
  // Only an image that says so has no identity in its pixels.
  const clean = view.series.of(view.place, "burned") === false;
  if (!clean && !window.confirm(say("may_be_burned"))) return;
  const address = URL.createObjectURL(await picture(view));
  const link = make("a", { href: address, download: "image.png" });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
