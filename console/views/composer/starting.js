/** What a new draft holds before anything is written: recipients, subject, signature. Pure. */
import { replyRecipients, replySubject } from "../case/answering.js";
import { textToHtml } from "./plain_html.js";

/**
 * @param {"new" | "reply" | "reply_all"} mode
 * @param {import("../case/shapes.js").Case} one
 * @param {import("../case/shapes.js").Entry | null} entry that is answered
 * @param {import("../case/shapes.js").Entry[]} entries
 * @param {{text: string, html: string | null} | null} signature
 * @returns {import("../case/drafts.js").Draft}
 */
export function newDraft(mode, one, entry, entries, signature) {
  const { to, cc } = mode === "new" || !entry
    ? { to: one.employee?.email ? [{ name: one.employee.name, address: one.employee.email }] : [], cc: [] }
    : replyRecipients(mode, entry, one, entries);
  const signed = signature?.html || (signature?.text ? textToHtml(signature.text) : "");
  return {
    key: crypto.randomUUID(), at: new Date().toISOString(), mode, in_reply_to: mode === "new" ? null : entry?.email_id ?? null, to, cc, bcc: [],
    subject: mode === "new" ? one.subject : replySubject(entry?.subject || one.subject),
    html: `<p><br></p>${signed}`, text: signature?.text ? `\n\n${signature.text}` : "", files: [],
  };
}
