/**
 * The field **Message**: rich text by Squire, or plain text. Both answer the same calls, so that the composer does not
 * care which one is shown.
 */
import { Dialog } from "../../elements/dialog.js";
import { Field } from "../../elements/field.js";
import { t } from "../../texts.js";
import Squire from "../../vendor/squire.js";
import { html, useEffect, useRef, useState } from "../../vendor/ui.js";
import { clean } from "./clean.js";

/**
 * @typedef {object} Editor
 * @property {() => string} html the message as it is sent: pictures are `cid:`
 * @property {() => string} text
 * @property {() => boolean} formatted whether something would be lost in plain text
 * @property {() => Set<string>} pictures content ids that the message names
 * @property {(html: string | null, text: string) => void} insert at the cursor
 * @property {(url: string, cid: string, name: string) => void} insertPicture
 * @property {() => void} focus
 */

/**
 * @param {{initial: string, pictures: (cid: string) => string | null, onChange: () => void, onFiles: (files: File[], inText: boolean) => void, onLost: (pictures: number) => void,
 *   editorRef: {current: Editor | null}, tools?: any}} props
 */
export function RichText({ initial, pictures, onChange, onFiles, onLost, editorRef, tools }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const squire = useRef(/** @type {any} */ (null));
  const [formats, setFormats] = useState(/** @type {Record<string, boolean>} */ ({}));
  const [linking, setLinking] = useState(false);
  const latest = useRef({ onChange, onFiles, onLost });
  latest.current = { onChange, onFiles, onLost };
  useEffect(() => {
    const root = /** @type {HTMLElement} */ (place.current);
    let pasting = 0;
    root.addEventListener("paste", () => { pasting = Date.now(); }, { capture: true });
    const editor = /** @type {any} */ (new Squire(root, {
      blockTag: "P",
      sanitizeToDOMFragment: (/** @type {string} */ text) => {
        const { fragment, lost } = clean(text);
        if (lost && Date.now() - pasting < 2_000) latest.current.onLost(lost);
        return fragment;
      },
      // Links in what is written are made by the reader's mail program, or by the button.
      addLinks: false,
    }));
    // Undo sets the text as it was; Trusted Types refuse a string.
    editor._setRawHTML = function set(/** @type {string} */ text) {
      this._root.replaceChildren(clean(text, { marks: true }).fragment);
      if (!this._root.firstElementChild) this._root.append(this.createDefaultBlock());
      return this;
    };
    editor.setHTML(initial.replace(/\ssrc="cid:([^"]+)"/g, ' data-cid="$1"'));
    for (const image of root.querySelectorAll("img[data-cid]")) {
      const source = pictures(image.getAttribute("data-cid") ?? "");
      if (source) image.setAttribute("src", source);
    }
    editor.moveCursorToStart();
    const look = () => setFormats({ bold: editor.hasFormat("B"), italic: editor.hasFormat("I"), underline: editor.hasFormat("U"), list: editor.hasFormat("UL"), numbers: editor.hasFormat("OL"), quote: editor.hasFormat("BLOCKQUOTE"), link: editor.hasFormat("A") });
    editor.addEventListener("pathChange", look);
    editor.addEventListener("input", () => latest.current.onChange());
    editor.addEventListener("pasteImage", (/** @type {CustomEvent} */ event) => latest.current.onFiles(imagesOf(event.detail.clipboardData), true));
    root.addEventListener("drop", (event) => {
      const images = imagesOf(event.dataTransfer);
      if (!images.length) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      latest.current.onFiles(images, true);
    }, { capture: true });
    squire.current = editor;
    editorRef.current = {
      html: () => outgoing(root),
      text: () => root.innerText.replace(/\u200b/g, "").trim(),
      formatted: () => Boolean(root.querySelector("b, strong, i, em, u, s, a, ul, ol, blockquote, img, table, h1, h2, h3, pre")),
      pictures: () => new Set([...root.querySelectorAll("img[data-cid]")].map((image) => image.getAttribute("data-cid") ?? "")),
      insert: (rich, text) => {
        if (rich) editor.insertHTML(rich);
        else editor.insertPlainText(text, false);
        latest.current.onChange();
      },
      insertPicture: (url, cid, name) => {
        editor.insertImage(url, { "data-cid": cid, alt: name });
        latest.current.onChange();
      },
      focus: () => editor.focus(),
    };
    return () => {
      editor.destroy();
      editorRef.current = null;
    };
  }, []);

  const run = (/** @type {(editor: any) => void} */ what) => () => {
    what(squire.current);
    squire.current.focus();
    latest.current.onChange();
  };
  const toggle = (/** @type {string} */ name, /** @type {string} */ label, /** @type {unknown} */ face, /** @type {(editor: any) => void} */ on, /** @type {(editor: any) => void} */ off) => html`
    <button type="button" class="plain" aria-label=${label} title=${label} aria-pressed=${formats[name] ? "true" : "false"} onClick=${run(formats[name] ? off : on)}>${face}</button>`;
  const link = () => {
    if (formats.link) return run((each) => each.removeLink())();
    return setLinking(true);
  };
  const setLink = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    event.stopPropagation();
    const words = String(new FormData(/** @type {HTMLFormElement} */ (event.currentTarget)).get("url")).trim();
    setLinking(false);
    const url = /^(https?:|mailto:|tel:)/i.test(words) ? words : words.includes("@") ? `mailto:${words}` : `https://${words}`;
    run((editor) => editor.makeLink(url))();
  };
  return html`
    ${linking && html`
      <${Dialog} title=${t.agent.link} onClose=${() => setLinking(false)}>
        <form onSubmit=${setLink}>
          <${Field} label=${t.agent.linkTo}>${(/** @type {object} */ a) => html`<input ...${a} name="url" required maxlength="2000" autofocus placeholder="https://" />`}<//>
          <footer><button type="button" onClick=${() => setLinking(false)}>${t.common.cancel}</button><button class="primary">${t.agent.setLink}</button></footer>
        </form>
      <//>`}
    <div role="toolbar" aria-label=${t.agent.formatting} aria-controls="message">
      ${toggle("bold", t.agent.bold, html`<b aria-hidden="true">B</b>`, (e) => e.bold(), (e) => e.removeBold())}
      ${toggle("italic", t.agent.italic, html`<i aria-hidden="true">I</i>`, (e) => e.italic(), (e) => e.removeItalic())}
      ${toggle("underline", t.agent.underline, html`<u aria-hidden="true">U</u>`, (e) => e.underline(), (e) => e.removeUnderline())}
      ${toggle("list", t.agent.list, html`<span class="icon bullets" aria-hidden="true"></span>`, (e) => e.makeUnorderedList(), (e) => e.removeList())}
      ${toggle("numbers", t.agent.numberedList, html`<span class="icon numbers" aria-hidden="true"></span>`, (e) => e.makeOrderedList(), (e) => e.removeList())}
      ${toggle("quote", t.agent.quote, html`<span class="icon quote-mark" aria-hidden="true"></span>`, (e) => e.increaseQuoteLevel(), (e) => e.decreaseQuoteLevel())}
      <button type="button" class="plain" aria-label=${t.agent.link} title=${t.agent.link} aria-pressed=${formats.link ? "true" : "false"} onClick=${link}><span class="icon chain" aria-hidden="true"></span></button>
      ${tools}
    </div>
    <div id="message" ref=${place} role="textbox" aria-multiline="true" aria-label=${t.agent.message} contenteditable="true"></div>`;
}

/** @param {{initial: string, onChange: () => void, onFiles: (files: File[], inText: boolean) => void, editorRef: {current: Editor | null}, tools?: any}} props */
export function PlainText({ initial, onChange, onFiles, editorRef, tools }) {
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  useEffect(() => {
    const area = /** @type {HTMLTextAreaElement} */ (field.current);
    area.setSelectionRange(0, 0);
    editorRef.current = {
      html: () => "",
      text: () => area.value,
      formatted: () => false,
      pictures: () => new Set(),
      insert: (_, text) => {
        area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
        onChange();
      },
      insertPicture: () => {},
      focus: () => area.focus(),
    };
    return () => { editorRef.current = null; };
  }, []);
  const onPaste = (/** @type {ClipboardEvent} */ event) => {
    const images = imagesOf(event.clipboardData);
    if (!images.length || event.clipboardData?.types.includes("text/plain")) return;
    event.preventDefault();
    onFiles(images, false);
  };
  return html`
    <div role="toolbar" aria-label=${t.agent.formatting} aria-controls="message">${tools}</div>
    <textarea id="message" ref=${field} aria-label=${t.agent.message} defaultValue=${initial} onInput=${onChange} onPaste=${onPaste} rows="10"></textarea>`;
}

/** @param {DataTransfer | null} data @returns {File[]} */
export function imagesOf(data) {
  return [...data?.files ?? []].filter((file) => /^image\/(png|jpeg|gif|webp)$/.test(file.type));
}

/** The message as it is sent. @param {HTMLElement} root */
function outgoing(root) {
  // In a document of its own, nothing is loaded when an image gets its address.
  const copy = document.implementation.createHTMLDocument("").importNode(root, true);
  for (const part of copy.querySelectorAll(".squire-image-resize-container, input")) part.remove();
  for (const image of copy.querySelectorAll("img")) {
    const cid = image.getAttribute("data-cid");
    if (cid) image.setAttribute("src", `cid:${cid}`);
    image.removeAttribute("data-cid");
  }
  for (const element of copy.querySelectorAll("[class]")) element.removeAttribute("class");
  for (const paragraph of copy.querySelectorAll("p:empty, p:has(> br:only-child)")) if (!paragraph.textContent) paragraph.replaceChildren(copy.ownerDocument.createElement("br"));
  return copy.innerHTML.replace(/\u200b/g, "");
}
