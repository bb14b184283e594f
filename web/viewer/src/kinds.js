// The kind of array that holds every value that the frames of a series can have.

const BYTES = { Uint8Array: 1, Int16Array: 2, Uint16Array: 2, Float32Array: 4 };

/** The name of the kind, the same for all frames of the series. */
export function kindOf(series) {
  if (series.kind) return series.kind;
  let [low, high, whole] = [0, 0, true];
  for (let place = 0; place < series.count; place += 1) {
    const [bits, table] = [series.of(place, "bits"), series.of(place, "modality_table")];
    if (table) {
      high = Math.max(high, 2 ** table.bits - 1);
      continue;
    }
    const slope = series.of(place, "slope") ?? 1;
    const intercept = series.of(place, "intercept") ?? 0;
    whole &&= Number.isInteger(slope) && Number.isInteger(intercept);
    for (const end of storedEnds(bits, series.of(place, "signed"))) {
      low = Math.min(low, end * slope + intercept);
      high = Math.max(high, end * slope + intercept);
    }
  }
  if (!whole) series.kind = "Float32Array";
  else if (low >= 0 && high < 256) series.kind = "Uint8Array";
  else if (low >= -32768 && high < 32768) series.kind = "Int16Array";
  else series.kind = low >= 0 && high < 65536 ? "Uint16Array" : "Float32Array";
  return series.kind;
}

/** The bits of a value of that kind. */
export const bitsOf = (kind) => 8 * BYTES[kind];

/** The lowest and the highest stored value. */
export function storedEnds(bits, signed) {
  return signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}

/** The lowest and the highest value of a frame's modality. */
export function modalityEnds(of) {
  const table = of("modality_table");
  if (table) return { lower: 0, upper: 2 ** table.bits - 1 };
  const [slope, intercept] = [of("slope") ?? 1, of("intercept") ?? 0];
  const values = storedEnds(of("bits"), of("signed")).map((one) => one * slope + intercept);
  return { lower: Math.min(...values), upper: Math.max(...values) };
}
