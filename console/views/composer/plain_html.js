/** Plain text as HTML. Pure. */

/** @param {string} text */
export function textToHtml(text) {
  return text.split(/\n{2,}/).map((block) => `<p>${escaped(block).replaceAll("\n", "<br>") || "<br>"}</p>`).join("");
}

/** @param {string} text */
export function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
