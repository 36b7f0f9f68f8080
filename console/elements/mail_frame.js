/**
 * The HTML of an email, where it can do nothing: in a frame without scripts, forms and navigation (its sandbox), which
 * requests nothing but what the response header of mail.html allows. docs/console.md says why it is not `srcdoc`.
 */
import { t } from "../texts.js";
import { html, useEffect, useRef, useState } from "../vendor/ui.js";
import { foldQuotes } from "./quoted_html.js";

const REMOTE = /^\s*https?:\/\//i;
const LOCAL = /^\s*(data:image\/|blob:|#)/i;
/** How often the frame may become higher: an email whose height follows that of the window would grow for ever. */
const MOST_GROWTHS = 40;

/**
 * @param {{content: string, from: string, links?: Record<string, string>, said?: {visible: string, quoted: string} | null}} props
 *   content: HTML that the API has sanitised. links: signed links of inline images by content id; they expire, so make
 *   them when the entry is opened. said: the text of the email, so that what it quotes is folded
 */
export function MailFrame({ content, from, links = {}, said = null }) {
  const [images, setImages] = useState(false);
  const [blocked, setBlocked] = useState(0);
  const ref = useRef(/** @type {HTMLIFrameElement | null} */ (null));
  useEffect(() => {
    const frame = /** @type {HTMLIFrameElement} */ (ref.current);
    /** @type {ResizeObserver | null} */ let observer = null;
    const fill = () => {
      const page = /** @type {Document} */ (frame.contentDocument);
      if (page.URL === "about:blank") return;
      const prepared = prepare(content, links, images);
      if (!images) setBlocked(prepared.blocked);
      const root = page.documentElement;
      root.toggleAttribute("data-plain", prepared.plain);
      root.dataset.theme = document.documentElement.dataset.theme ?? "";
      frame.classList.toggle("paper", !prepared.plain);
      // The policy of the frame's own page counts for this, and its sandbox: nothing runs.
      page.body.innerHTML = prepared.html;
      if (said) foldQuotes(page.body, said, t.common.showQuoted);
      let height = 0, growths = 0;
      const fit = () => {
        const now = Math.ceil(page.body.offsetHeight) + 1;
        if (now === height || (now > height && ++growths > MOST_GROWTHS)) return;
        height = now;
        frame.style.height = `${height}px`;
      };
      observer?.disconnect();
      observer = new ResizeObserver(fit);
      observer.observe(page.body);
      fit();
    };
    frame.addEventListener("load", fill);
    frame.src = new URL(images ? "../mail/mail-images.html" : "../mail/mail.html", import.meta.url).href;
    return () => {
      frame.removeEventListener("load", fill);
      observer?.disconnect();
    };
  }, [content, images, JSON.stringify(links)]);
  return html`
    ${blocked > 0 && !images && html`<p class="notice"><span>${t.common.imagesBlocked(blocked)}</span> <button onClick=${() => setImages(true)}>${t.common.showImages}</button></p>`}
    <iframe ref=${ref} class="mail" title=${t.common.emailFrom(from)} sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer"></iframe>`;
}

/**
 * Renames what would be requested, because a blocked request is an error in the browser's console. The policy of the
 * frame is the wall behind. The API names remote images in `data-src`; inline images are `cid:`, and get their links.
 * @param {string} content @param {Record<string, string>} links @param {boolean} images
 */
export function prepare(content, links, images) {
  let blocked = 0;
  // A relative address would be one of ours: an email has no business there.
  const keep = (/** @type {string} */ url) => LOCAL.test(url) || (images && REMOTE.test(url));
  const text = content.replace(/<[a-z][^>]*>/gi, (tag) => {
    let lost = false;
    const changed = tag
      .replace(/(\s)(?:data-)?(src|srcset|background|poster)(\s*=\s*)("[^"]*"|'[^']*'|[^\s>]+)/gi, (all, space, name, is, value) => {
        const url = value.replace(/^["']|["']$/g, "");
        const cid = /^\s*cid:(.*)$/is.exec(url)?.[1]?.trim();
        if (cid !== undefined) {
          const link = links[cid] ?? links[safeDecode(cid)];
          return link ? `${space}${name}${is}"${link.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"` : `${space}data-${name}${is}${value}`;
        }
        if (/srcset/i.test(name) ? images : keep(url)) return `${space}${name}${is}${value}`;
        lost = true;
        return `${space}data-${name}${is}${value}`;
      })
      .replace(/url\(\s*(&quot;|&#39;|["'])?\s*([^)]*?)\)/gi, (all, _, url) => {
        if (keep(url)) return all;
        lost = true;
        return "none";
      });
    if (lost) blocked += 1;
    return changed;
  });
  return { html: text, blocked, plain: !/(?:color|background|bgcolor)\s*[:=]/i.test(content) };
}

/** @param {string} text */
function safeDecode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
