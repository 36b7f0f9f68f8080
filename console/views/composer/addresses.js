/** Addresses as people write them. Pure. */

/** @typedef {import("../case/shapes.js").Address} Address */

const ADDRESS = /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\.]+(\.[^\s@<>,;:"()[\]\\.]+)+$/u;

/** Whether it has the form of an address. The server checks more. @param {string} text */
export function isAddress(text) {
  return ADDRESS.test(text) && text.length <= 320;
}

/**
 * One recipient: `Anna <anna@x.example>`, `"Keller, Anna" <anna@x.example>` or the address alone. Text that is
 * not an address stays as it is, so that the writer can see and correct it.
 * @param {string} text
 * @returns {Address | null}
 */
export function readAddress(text) {
  const bare = text.trim().replace(/^mailto:/i, "");
  if (!bare) return null;
  const named = /^(.*?)<([^<>]*)>$/su.exec(bare);
  if (!named) return { name: null, address: bare };
  const name = (named[1] ?? "").trim().replace(/^"(.*)"$/su, "$1").replace(/\\(.)/g, "$1").trim();
  return { name: name || null, address: (named[2] ?? "").trim() };
}

/** A list as mail programs copy it: separated by commas, semicolons or lines, but not within quotes and angle brackets. @param {string} text @returns {Address[]} */
export function readList(text) {
  const parts = text.match(/(?:"(?:\\.|[^"\\])*"|<[^<>]*>|[^,;\n\r])+/gu) ?? [];
  return parts.map(readAddress).filter((address) => address !== null);
}
