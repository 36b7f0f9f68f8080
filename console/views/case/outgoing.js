/**
 * Emails on their way from this page. For ten seconds they wait here and can be taken back: that is all that Undo is.
 * The draft stays on the device until the server has the email. A page that is closed before has sent nothing.
 */
import { ApiError, Unreachable, path, post, request } from "../../api.js";
import { toast } from "../../elements/toast.js";
import { go, link } from "../../shell/address.js";
import { refreshCounts } from "../../shell/me.js";
import { t } from "../../texts.js";
import { signal } from "../../vendor/ui.js";
import { forgetDraft } from "./drafts.js";
import { nameOf } from "./shapes.js";

const DELAY_SECONDS = 10;
/** Pauses before an email whose fate is unknown is sent again, with the same key: it goes out once. */
const PAUSES = [2_000, 5_000, 10_000];

/** @typedef {import("./drafts.js").Draft} Draft */
/** @typedef {"waiting" | "sending" | "failed"} Stage */

/** Emails that are not with the server yet, by case id. @type {import("../../vendor/ui.js").Signal<Record<string, {stage: Stage, error: unknown}>>} */
export const outgoing = signal({});

/** Counts up when an email of a case was sent, or taken back: the case looks again. @type {import("../../vendor/ui.js").Signal<{caseId: string, what: "sent" | "undone" | "failed", at: number} | null>} */
export const lastOutgoing = signal(null);

/** @param {string} caseId @param {{stage: Stage, error: unknown} | null} state */
function set(caseId, state) {
  const { [caseId]: _, ...rest } = outgoing.peek();
  outgoing.value = state ? { ...rest, [caseId]: state } : rest;
}

/** @param {string} caseId @param {"sent" | "undone" | "failed"} what */
function tell(caseId, what) {
  lastOutgoing.value = { caseId, what, at: Date.now() };
}

/** What the API takes. @param {Draft} draft */
export function requestOf(draft) {
  const address = (/** @type {import("./shapes.js").Address} */ { name, address: where }) => (name ? { name, address: where } : { address: where });
  return {
    to: draft.to.map(address), cc: draft.cc.map(address), bcc: draft.bcc.map(address), subject: draft.subject,
    ...(draft.html === null ? { text: draft.text } : { html: draft.html }),
    attachments: draft.files.map((file) => (file.content_id ? { upload_id: file.upload_id, content_id: file.content_id } : file.upload_id)),
    in_reply_to: draft.in_reply_to,
  };
}

/**
 * Sends a draft in ten seconds, unless it is taken back.
 * @param {string} caseId @param {Draft} draft @param {boolean} close whether the case is closed when the email is sent
 */
export function sendLater(caseId, draft, close) {
  const to = [...draft.to, ...draft.cc, ...draft.bcc];
  const whom = to.length > 1 ? t.agent.andOthers(nameOf(to[0]), to.length - 1) : nameOf(to[0]);
  set(caseId, { stage: "waiting", error: null });
  const timer = setTimeout(() => {
    hide();
    void deliver(caseId, draft, close, whom, 0);
  }, DELAY_SECONDS * 1000);
  const hide = toast((left) => t.agent.goesOutIn(whom, left), {
    seconds: DELAY_SECONDS + 2,
    action: {
      label: t.common.undo,
      run: () => {
        clearTimeout(timer);
        set(caseId, null);
        tell(caseId, "undone");
        go(link(["cases", caseId], { compose: "draft" }));
      },
    },
  });
}

/** @param {string} caseId @param {Draft} draft @param {boolean} close @param {string} whom @param {number} attempt */
async function deliver(caseId, draft, close, whom, attempt) {
  set(caseId, { stage: "sending", error: null });
  let entry;
  try {
    entry = await post(path`/cases/${caseId}/emails`, requestOf(draft), { idempotencyKey: draft.key });
  } catch (error) {
    const pause = PAUSES[attempt];
    if ((error instanceof Unreachable || (error instanceof ApiError && error.status >= 500)) && pause) {
      setTimeout(() => void deliver(caseId, draft, close, whom, attempt + 1), pause);
      return;
    }
    set(caseId, { stage: "failed", error });
    tell(caseId, "failed");
    const unknown = error instanceof Unreachable || (error instanceof ApiError && error.status >= 500);
    toast(unknown ? t.agent.sendUnknown(whom) : t.agent.notSent(whom), {
      urgent: true,
      action: unknown
        ? { label: t.common.tryAgain, run: () => void deliver(caseId, draft, close, whom, 0) }
        : { label: t.agent.openDraft, run: () => go(link(["cases", caseId], { compose: "draft" })) },
    });
    return;
  }
  forgetDraft(caseId);
  set(caseId, null);
  tell(caseId, "sent");
  sayWhatBecame(entry, whom);
  if (close) await closeCase(caseId);
  void refreshCounts();
}

/** The server has the email; only the recipients' servers say more, later. @param {import("./shapes.js").Entry} entry @param {string} whom */
function sayWhatBecame(entry, whom) {
  const states = new Set((entry.recipients ?? []).map((recipient) => recipient.state));
  if (states.has("failed") || states.has("suppressed")) toast(t.agent.sentNot(whom), { urgent: true });
  else toast(states.has("queued") ? t.agent.sentQueued(whom) : t.agent.sentOn(whom));
}

/** @param {string} caseId */
async function closeCase(caseId) {
  try {
    await request("PATCH", path`/cases/${caseId}`, { body: { status: "closed" }, ifMatch: "*" });
    tell(caseId, "sent");
    toast(t.agent.caseClosed);
  } catch {
    toast(t.agent.sentButNotClosed, { urgent: true });
  }
}
