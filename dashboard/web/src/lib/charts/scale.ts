/** Round figures from zero up, at most `most` of them above zero: the grid of every tension axis. */
export function roundSplits(min: number, max: number, most = 2): number[] {
  const step = niceStep(max, most);
  const splits: number[] = [];
  for (let value = 0; value <= max + 1e-9; value += step) if (value >= min) splits.push(value);
  return splits;
}

/** The smallest of 1, 2 or 5 times a power of ten of which at most `most` fit into `max`. */
export function niceStep(max: number, most: number): number {
  if (!(max > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(max / (most + 1)));
  const lead = [1, 2, 5, 10, 20].find((x) => Math.floor(max / (x * power) + 1e-9) <= most) ?? 20;
  return lead * power;
}
