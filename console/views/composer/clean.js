/** Pasted HTML -> only the elements that an email needs. Lists of Word become lists; bold, italic and underline are kept. */
import DOMPurify from "../../vendor/purify.js";

const TAGS = ["a", "b", "strong", "i", "em", "u", "s", "p", "div", "br", "ul", "ol", "li", "blockquote", "h1", "h2", "h3", "pre", "code", "table", "thead", "tbody", "tr", "th", "td", "img", "span"];
const ATTRIBUTES = ["href", "src", "alt", "colspan", "rowspan", "start", "type", "class", "data-style", "data-src", "data-cid"];
const NOT_URLS = ["data-style", "data-src", "data-cid", "class"];
const PICTURES = /^data:image\/(png|jpeg|gif|webp);/i;

/** @type {ReturnType<typeof DOMPurify> | null} */
let purify = null;

/**
 * @param {string} html
 * @param {{marks?: boolean}} [options] marks: keep the hidden fields with which the editor remembers the selection
 * @returns {{fragment: DocumentFragment, lost: number}} lost: pictures that the clipboard names but does not hold
 */
export function clean(html, { marks = false } = {}) {
  purify ??= DOMPurify(window);
  // The parser reports every style and handler attribute to the console as a violation of the policy, and may fetch a
  // src: rename them first. Safety does not rest on this; DOMPurify sees the result.
  const quiet = html.replace(/<style[\s\S]*?<\/style>/gi, "").replace(/<[a-z][^>]*>/gi, (tag) => tag
    .replace(/([\s"'/])(style|on\w+)\s*=/gi, (_, before, name) => `${before} data-${name.toLowerCase()}=`)
    .replace(/([\s"'/])(src|srcset|background|poster)\s*=/gi, (_, before, name) => `${before} data-${name.toLowerCase()}=`));
  const fragment = /** @type {DocumentFragment} */ (/** @type {unknown} */ (purify.sanitize(quiet, {
    ALLOWED_TAGS: marks ? [...TAGS, "input"] : TAGS, ALLOWED_ATTR: marks ? [...ATTRIBUTES, "id"] : ATTRIBUTES, ALLOW_DATA_ATTR: false, ADD_URI_SAFE_ATTR: NOT_URLS, ALLOWED_URI_REGEXP: /^(https?|mailto|tel):/i, RETURN_DOM_FRAGMENT: true,
  })));
  makeLists(fragment);
  let lost = 0;
  for (const element of [...fragment.querySelectorAll("*")]) {
    if (element.nodeName === "INPUT" && !/^squire-selection-(start|end)$/.test(element.id)) element.remove();
    const style = element.getAttribute("data-style") ?? "", source = element.getAttribute("data-src");
    element.removeAttribute("data-style");
    element.removeAttribute("data-src");
    if (!["signature", "quote"].includes(element.className)) element.removeAttribute("class");
    if (element.nodeName === "IMG") {
      if (source && (PICTURES.test(source) || source.startsWith(`blob:${location.origin}/`))) element.setAttribute("src", source);
      else if (!element.getAttribute("data-cid")) {
        lost += 1;
        element.remove();
      }
    } else if (element.nodeName === "SPAN") {
      const name = /font-weight:\s*(bold|[6-9]00)/i.test(style) ? "b" : /font-style:\s*italic/i.test(style) ? "i" : /text-decoration[^;]*underline/i.test(style) ? "u" : null;
      if (name) {
        const wrap = document.createElement(name);
        wrap.append(...element.childNodes);
        element.replaceWith(wrap);
      } else element.replaceWith(...element.childNodes);
    }
  }
  return { fragment, lost };
}

/** Word and Outlook write a list as paragraphs with "mso-list:l0 level1 lfo1" and the bullet as text. @param {DocumentFragment} root */
function makeLists(root) {
  /** @type {HTMLElement[]} */ let open = [];
  for (const paragraph of [...root.querySelectorAll("p")]) {
    const level = /mso-list:\s*\w+\s+level(\d+)/i.exec(paragraph.getAttribute("data-style") ?? "");
    if (!level) {
      open = [];
      continue;
    }
    const marker = paragraph.querySelector('[data-style*="mso-list:Ignore" i]');
    const ordered = /^[\s(]*[0-9a-z]{1,3}[.)]/i.test(marker?.textContent ?? "");
    marker?.remove();
    const depth = Math.min(Number(level[1]), 9);
    open.length = Math.min(open.length, depth);
    while (open.length < depth) {
      const list = document.createElement(ordered ? "ol" : "ul"), parent = open.at(-1)?.lastElementChild;
      if (parent) parent.append(list); else paragraph.before(list);
      open.push(list);
    }
    const item = document.createElement("li");
    item.append(...paragraph.childNodes);
    open.at(-1)?.append(item);
    paragraph.remove();
  }
}
