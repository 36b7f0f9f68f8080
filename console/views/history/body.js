/** What an email says: the text that was written now, what it quotes, and its formatted form in a frame of its own. */
import { get, path } from "../../api.js";
import { MailFrame } from "../../elements/mail_frame.js";
import { useLoad } from "../../elements/load.js";
import { t } from "../../texts.js";
import { html, useState } from "../../vendor/ui.js";
import { writerOf } from "../case/shapes.js";

/** @typedef {import("../case/shapes.js").WholeEntry} WholeEntry */

/** HTML whose text alone says less than it shows. */
const RICH = /<(img|table|ul|ol|h[1-6]|b|strong|u|s|strike|del|mark|pre|hr|font)\b|\bbackground(-color)?\s*[:=]/i;

/** @param {{caseId: string, entry: WholeEntry}} props */
export function Body({ caseId, entry }) {
  const said = { visible: entry.visible?.trim() ?? "", quoted: entry.quoted?.trim() ?? "" };
  const blank = !said.visible && !said.quoted;
  const [formatted, setFormatted] = useState(Boolean(entry.html) && (blank || RICH.test(entry.html ?? "")));
  if (entry.html && formatted) {
    return html`
      <${Formatted} caseId=${caseId} entry=${entry} said=${said} />
      ${!blank && html`<p><button class="plain small" onClick=${() => setFormatted(false)}>${t.agent.asText}</button></p>`}`;
  }
  return html`
    ${said.visible ? html`<div class="written">${paragraphs(said.visible)}</div>` : html`<p class="quiet">${said.quoted ? t.agent.onlyQuoted : t.agent.noText}</p>`}
    ${said.quoted && html`<details><summary>${t.common.showQuoted}</summary><blockquote class="written">${paragraphs(said.quoted)}</blockquote></details>`}
    ${entry.html && html`<p><button class="plain small" onClick=${() => setFormatted(true)}>${t.agent.asFormatted}</button></p>`}`;
}

/** @param {{caseId: string, entry: WholeEntry, said: {visible: string, quoted: string}}} props */
function Formatted({ caseId, entry, said }) {
  const pictures = entry.attachments.filter((file) => file.content_id && /^image\//.test(file.content_type) && entry.html?.includes(`cid:`));
  const infected = entry.warnings.includes("virus");
  // Signed links expire within minutes: they are made when the email is opened.
  const links = useLoad(async (abort) => {
    const pairs = infected ? [] : await Promise.all(pictures.map(async (file) => [String(file.content_id).replace(/^<|>$/g, ""), (await get(path`/cases/${caseId}/emails/${entry.email_id}/attachments/${file.n}`, {}, abort)).url]));
    return Object.fromEntries(pairs);
  }, [entry.email_id]);
  if (!links.data && !links.error) return null;
  return html`<${MailFrame} content=${entry.html ?? ""} from=${writerOf(entry)} links=${links.data ?? {}} said=${said} />`;
}

const LINK = /\bhttps?:\/\/[^\s<>"')\]]+[^\s<>"')\].,;:!?]/g;

/** Text with its line breaks; addresses of the web become links. @param {string} text */
export function paragraphs(text) {
  return text.trim().split(/\n{2,}/).map((block, i) => html`<p key=${i}>${linked(block)}</p>`);
}

/** @param {string} text */
function linked(text) {
  /** @type {unknown[]} */ const parts = [];
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    parts.push(text.slice(at, match.index), html`<a href=${match[0]} target="_blank" rel="noopener noreferrer nofollow">${match[0]}</a>`);
    at = match.index + match[0].length;
  }
  return [...parts, text.slice(at)];
}
