// The words beside a measure.
import { number, say } from "./page.js";

const SQUARE = "²";

function statsOf(data, target) {
  return data.cachedStats?.[target] ?? {};
}

function unitOf(unit) {
  return (unit ?? "")
    .replace(" Proj", ` ${say("at_detector")}`)
    .replace(" ERMF", ` ${say("corrected")}`)
    .replace(" US Region", "");
}

function length(data, target) {
  const { length: found, unit } = statsOf(data, target);
  return Number.isFinite(found) ? [`${number(found, 1)} ${unitOf(unit)}`] : [];
}

function angle(data, target) {
  const { angle: found } = statsOf(data, target);
  return Number.isFinite(found) ? [`${number(found, 1)}°`] : [];
}

function region(data, target) {
  const { area, areaUnit, mean, stdDev, min, max, modalityUnit } = statsOf(data, target);
  const unit = modalityUnit === "HU" ? say("hounsfield") : (modalityUnit ?? "");
  const found = [];
  if (Number.isFinite(area)) found.push(`${say("area")} ${number(area, 1)} ${unitOf(areaUnit)}`);
  if (Number.isFinite(mean)) {
    found.push(`${say("mean")} ${number(mean, 1)} ${unit}`.trim());
    found.push(`${say("deviation")} ${number(stdDev, 1)} ${unit}`.trim());
    found.push(`${say("range")} ${number(min, 1)} – ${number(max, 1)}`);
  }
  return found;
}

const LINES = { length, angle, ellipse: region, rectangle: region };

/** The function that words the measures of a tool; undefined for a tool that measures nothing. */
export function lines(tool) {
  return LINES[tool];
}

export { SQUARE };
