/** Drafts, kept on this device by case: they outlive the page, and go at sign-out and after seven days. */
import { me } from "../../shell/me.js";
import { atSignOut } from "../../signin.js";
import { signal } from "../../vendor/ui.js";

const PREFIX = "email-channels.draft.";
const KEPT_DAYS = 7;

/** @typedef {import("./shapes.js").Address} Address */
/** @typedef {{upload_id: string, filename: string, content_type: string, size: number, content_id: string | null, data: string | null}} DraftFile data: a small picture as data: URL, to show it after a reload */

/**
 * @typedef {object} Draft
 * @property {string} key the Idempotency-Key: however often the draft is sent, the email goes out once
 * @property {string} at
 * @property {"new" | "reply" | "reply_all"} mode
 * @property {string | null} in_reply_to
 * @property {Address[]} to
 * @property {Address[]} cc
 * @property {Address[]} bcc
 * @property {string} subject
 * @property {string | null} html null for plain text; pictures are `cid:`
 * @property {string} text
 * @property {DraftFile[]} files
 */

/** Counts up when a draft was kept or forgotten. */
const changes = signal(0);

/** @param {string} caseId */
function place(caseId) {
  return `${PREFIX}${me.peek()?.user ?? ""}.${caseId}`;
}

/** @param {string} caseId @returns {Draft | null} */
export function draftKept(caseId) {
  void changes.value;
  const draft = read(place(caseId));
  return draft && draft.at >= oldest() ? draft : null;
}

/** Keeps a draft. Says whether there was room. @param {string} caseId @param {Draft} draft */
export function keepDraft(caseId, draft) {
  if (signedOut) return false;
  try {
    localStorage.setItem(place(caseId), JSON.stringify(draft));
  } catch {
    try {
      localStorage.setItem(place(caseId), JSON.stringify({ ...draft, files: draft.files.map((file) => ({ ...file, data: null })) }));
    } catch {
      return false;
    }
  }
  changes.value = changes.peek() + 1;
  return true;
}

/** @param {string} caseId */
export function forgetDraft(caseId) {
  localStorage.removeItem(place(caseId));
  changes.value = changes.peek() + 1;
}

/** Deletes drafts that nobody went on with for a week. */
export function forgetOldDrafts() {
  for (const name of places()) {
    const draft = read(name);
    if (!draft || draft.at < oldest()) localStorage.removeItem(name);
  }
}

function oldest() {
  return new Date(Date.now() - KEPT_DAYS * 86_400_000).toISOString();
}

/** @param {string} name @returns {Draft | null} */
function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

function places() {
  return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
}

/** The page is left right after sign-out. A composer that is still open then must not keep its draft again. */
let signedOut = false;

atSignOut(() => {
  signedOut = true;
  for (const name of places()) localStorage.removeItem(name);
});
