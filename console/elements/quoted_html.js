/**
 * Where the HTML of an email quotes earlier emails, and folding that.
 *
 * The server says what was written now and what is quoted, from the text of the email (`visible`, `quoted`). The HTML
 * says the same in other markup, and each mail program marks quotes in its own way. So letters are compared: what comes
 * before and after the letters of `visible` is folded, if it is in `quoted`.
 */

/** Letters of a quote that must be in `quoted`. Later lines of it may differ: a text names links, for example. */
const COMPARED = 24;

/** Only letters and digits: line breaks, quote signs and spaces differ between text and HTML. @param {string} text */
export function letters(text) {
  return text.replace(/[^\p{L}\p{N}]/gu, "");
}

/**
 * Which letters of the HTML are quoted: how many at its start, and from which one on at its end. Pure. Null if the
 * HTML does not hold what the text says, or nothing of it is quoted: then everything is shown.
 * @param {string} all the letters of the HTML @param {string} visible @param {string} quoted
 * @returns {{before: number, after: number} | null}
 */
export function quotedPlaces(all, visible, quoted) {
  const written = letters(visible), cited = letters(quoted);
  if (!cited) return null;
  const isQuoted = (/** @type {string} */ part) => part !== "" && cited.includes(part.slice(0, COMPARED));
  // A text that is written and quoted is the written one where a quote follows it.
  for (let at = all.indexOf(written); at >= 0; at = written ? all.indexOf(written, at + 1) : -1) {
    const end = at + written.length;
    const before = isQuoted(all.slice(0, at)) ? at : 0, after = isQuoted(all.slice(end)) ? end : all.length;
    if (before !== at) {
      // Further places begin with the same letters. One letter a million times would be a million places.
      if (at >= COMPARED) break;
      continue;
    }
    if (before > 0 || after < all.length) return { before, after };
  }
  // The text of a link or a picture stands only in the text. Then the quote begins where its first words are.
  const first = cited.slice(0, 2 * COMPARED), at = all.indexOf(first);
  const begun = written !== "" && all.startsWith(written.slice(0, COMPARED / 2));
  return first.length >= COMPARED && at > 0 && begun ? { before: 0, after: at } : null;
}

/**
 * Puts what is quoted into <details>, which need no script. Changes the body.
 * @param {HTMLElement} body @param {{visible: string, quoted: string}} said @param {string} label
 */
export function foldQuotes(body, { visible, quoted }, label) {
  const texts = textsOf(body);
  const all = texts.map((one) => one.letters).join("");
  const places = quotedPlaces(all, visible, quoted);
  if (!places) return;
  // The end first: folding the start moves what comes after it.
  if (places.after < all.length) {
    const start = startOf(body, texts, places.after);
    // Nothing would be left to see.
    if (holdsSomething(between(body, null, start))) fold(body, between(body, start, null), label);
  }
  if (places.before > 0) {
    const rest = places.before < all.length ? startOf(body, texts, places.before) : null;
    if (rest) fold(body, between(body, null, rest), label);
  }
}

/** @typedef {{node: Text, letters: string, from: number}} Piece from: how many letters come before */

/** @param {HTMLElement} body @returns {Piece[]} */
function textsOf(body) {
  const walker = body.ownerDocument.createTreeWalker(body, NodeFilter.SHOW_TEXT), found = [];
  let from = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const one = { node: /** @type {Text} */ (node), letters: letters(node.nodeValue ?? ""), from };
    found.push(one);
    from += one.letters.length;
  }
  return found;
}

/**
 * The place before a letter, as far out and as early as nothing is in between: before the elements that begin with it,
 * and before lines and blank elements above them.
 * @param {HTMLElement} body @param {Piece[]} texts @param {number} letter @returns {[node: Node, offset: number]}
 */
function startOf(body, texts, letter) {
  const piece = /** @type {Piece} */ (texts.find((one) => one.letters && letter < one.from + one.letters.length));
  const text = piece.node.nodeValue ?? "";
  if (letter > piece.from) return [piece.node, offsetOf(text, letter - piece.from)];
  /** @type {Node} */ let node = piece.node;
  for (;;) {
    while (node.previousSibling && isBlank(node.previousSibling)) node = node.previousSibling;
    const parent = /** @type {Node} */ (node.parentNode);
    if (node.previousSibling || parent === body) return [parent, [...parent.childNodes].indexOf(/** @type {ChildNode} */ (node))];
    node = parent;
  }
}

/** Where the n-th letter of a text is, in its characters. @param {string} text @param {number} n */
function offsetOf(text, n) {
  let at = 0, seen = 0;
  for (const character of text) {
    seen += letters(character).length;
    if (seen > n) return at;
    at += character.length;
  }
  return at;
}

/** Neither words nor pictures. @param {Node} node */
function isBlank(node) {
  if (letters(node.textContent ?? "")) return false;
  return node.nodeName !== "IMG" && !(node.nodeType === Node.ELEMENT_NODE && /** @type {Element} */ (node).querySelector("img"));
}

/** @param {HTMLElement} body @param {[Node, number] | null} start @param {[Node, number] | null} end @returns {Range} */
function between(body, start, end) {
  const range = body.ownerDocument.createRange();
  range.setStart(...(start ?? /** @type {[Node, number]} */ ([body, 0])));
  range.setEnd(...(end ?? /** @type {[Node, number]} */ ([body, body.childNodes.length])));
  return range;
}

/** Whether there are words or pictures. @param {Range} range */
function holdsSomething(range) {
  const part = range.cloneContents();
  return Boolean(letters(part.textContent ?? "")) || part.querySelector("img") !== null;
}

/** @param {HTMLElement} body @param {Range} range @param {string} label */
function fold(body, range, label) {
  const page = body.ownerDocument;
  const details = page.createElement("details"), summary = page.createElement("summary");
  details.className = "quoted-part";
  summary.textContent = label;
  details.append(summary, range.extractContents());
  range.insertNode(details);
}
