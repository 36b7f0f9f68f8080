/** Joins what a list shows with what the server says now. Pure. */

/** @typedef {import("../case/shapes.js").Case} Case */

/**
 * The list after its first page was read again. Cases of later pages stay; those that left the first page go.
 * @param {Case[]} shown
 * @param {Case[]} first the first page, as it is now
 * @param {boolean} whole whether the first page is all there is
 * @returns {Case[]}
 */
export function merged(shown, first, whole) {
  const last = first.at(-1);
  if (whole || !last) return first;
  const known = new Set(first.map((one) => one.case_id));
  return [...first, ...shown.filter((one) => !known.has(one.case_id) && one.updated_at < last.updated_at)];
}

/** The list in the order that is shown, with what is known now of each case: nothing moves. @param {Case[]} shown @param {Case[]} now @returns {Case[]} */
export function updatedInPlace(shown, now) {
  const byId = new Map(now.map((one) => [one.case_id, one]));
  return shown.map((one) => byId.get(one.case_id) ?? one);
}

/** How many cases would appear, or move to the top. @param {Case[]} shown @param {Case[]} now */
export function news(shown, now) {
  const before = new Map(shown.map((one) => [one.case_id, one.updated_at]));
  const top = shown[0]?.updated_at ?? "";
  return now.filter((one) => (before.has(one.case_id) ? one.updated_at > top && before.get(one.case_id) !== one.updated_at : one.updated_at >= top)).length;
}
