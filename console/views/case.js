/** A case: its facts, its toolbar, the composer, and its Email History. */
import { path, request } from "../api.js";
import { confirmed } from "../elements/dialog.js";
import { notice, tag } from "../elements/labels.js";
import { Failed, Loading } from "../elements/states.js";
import { toast } from "../elements/toast.js";
import { address, go, link } from "../shell/address.js";
import { useKeys } from "../shell/keys.js";
import { me, refreshCounts } from "../shell/me.js";
import { useTitle } from "../shell/title.js";
import { t } from "../texts.js";
import { html, useEffect, useRef, useState } from "../vendor/ui.js";
import { ChangeWindow } from "./case/changes.js";
import { facts, numberOf } from "./case/facts.js";
import { draftKept, forgetDraft } from "./case/drafts.js";
import { LazyComposer } from "./case/lazy_composer.js";
import { lastOutgoing, outgoing } from "./case/outgoing.js";
import { presenceLine, usePresence } from "./case/presence.js";
import { useCase, useHistory } from "./case/state.js";
import { Toolbar } from "./case/toolbar.js";
import { warningNotices } from "./case/warnings.js";
import { answerable } from "./case/answering.js";
import { History } from "./history/history.js";

/** @typedef {import("./case/toolbar.js").Mode} Mode */
/** @typedef {import("./case/shapes.js").Entry} Entry */

/** @param {import("../shell/pages.js").ViewProps} props */
export default function CaseView({ params, query }) {
  const id = String(params.case_id).replaceAll("-", "").toUpperCase();
  const state = useCase(id);
  const history = useHistory(id);
  const { one } = state;
  const [composing, setComposing] = useState(/** @type {{mode: Mode, entry: Entry | null, resume?: boolean} | null} */ (null));
  const [change, setChange] = useState(/** @type {import("./case/facts.js").Change | null} */ (null));
  const others = usePresence(id, composing !== null);
  const seen = useSeen(id, one, history.entries);
  useTitle(one ? `${one.subject || t.agent.noSubject} – ${one.number}` : t.agent.case);

  const answers = answerable(history.entries ?? []);
  // Who writes before the composer has the focus, or is there at all, means the message.
  const writing = useRef(false);
  useEffect(() => { writing.current = composing !== null; }, [composing]);
  /** @param {Mode} mode @param {Entry | null} [entry] that is answered */
  const compose = async (mode, entry = mode === "new" ? null : answers) => {
    const kept = draftKept(id), sending = outgoing.peek()[id];
    if (sending && sending.stage !== "failed") {
      toast(t.agent.oneAtATime);
      return;
    }
    const other = kept && (kept.mode !== mode || kept.in_reply_to !== (entry?.email_id ?? null));
    if (other && !composing && !await confirmed({ title: t.agent.otherDraft, text: t.agent.otherDraftText, action: t.agent.startAnew, danger: true })) return;
    if (other) forgetDraft(id);
    writing.current = true;
    setComposing({ mode, entry });
  };
  const openDraft = () => {
    const kept = draftKept(id);
    if (kept && history.entries) setComposing({ mode: kept.mode, entry: history.entries.find((each) => each.email_id === kept.in_reply_to) ?? null, resume: true });
  };
  const showHistory = () => {
    const heading = document.getElementById("history-title");
    heading?.focus({ preventScroll: true });
    document.getElementById("history")?.scrollIntoView({ block: "start" });
  };
  const setStatus = async (/** @type {"open" | "closed"} */ status) => {
    if (!await state.change({ status })) return;
    toast(status === "closed" ? t.agent.caseClosed : t.agent.caseReopened, { action: { label: t.common.undo, run: () => void state.change({ status: status === "closed" ? "open" : "closed" }) } });
  };
  const unless = (/** @type {unknown} */ reason, /** @type {() => void} */ run) => () => { if (!writing.current && !reason) run(); };
  useKeys([
    { key: "r", label: t.agent.keyReply, run: unless(!answers || one?.merged_into, () => void compose("reply")) },
    { key: "a", label: t.agent.keyReplyAll, run: unless(!answers || one?.merged_into, () => void compose("reply_all")) },
    { key: "n", label: t.agent.keyNote, run: unless(one?.merged_into, () => setChange("note")) },
    { key: "u", label: t.agent.keyBack, run: unless(false, () => go(backToList())) },
  ], [answers, one?.merged_into]);
  // A list or a notice may ask for the composer in the address.
  useEffect(() => {
    const wish = query.get("compose");
    if (!history.entries || !one || !wish) return;
    if (wish === "draft" || draftKept(id)) openDraft();
    else void compose(wish === "reply" && answers ? "reply" : "new");
    go(link(address.value.parts), { replace: true });
  }, [history.entries !== null, one !== null, query.get("compose")]);
  const news = lastOutgoing.value;
  useEffect(() => {
    if (news?.caseId !== id || news.what !== "sent") return;
    void history.refresh();
    state.reload();
  }, [news]);

  if (!one) return state.error ? html`<p><a href=${link(["cases"])}>${t.agent.backToList}</a></p><${Failed} error=${state.error} again=${() => state.reload()} />` : html`<${Loading} rows=${10} />`;
  const who = one.employee?.name || one.employee?.user_id;
  return html`
    <div class="case-head">
      <p class="row quiet"><a href=${backToList()}>${t.agent.backToList}</a> <span aria-hidden="true">/</span> <span class="mono">${one.number}</span> <button class="plain small" onClick=${() => copy(one.number)}>${t.agent.copyNumber}</button></p>
      <p class="only-narrow quiet">${[who, one.topic, one.assignee?.name].filter(Boolean).join(" · ")}</p>
      <div class="row">
        <h1>${one.subject || t.agent.noSubject}</h1>
        ${one.status === "open" ? tag(t.agent.open, "good") : tag(t.agent.closed)}
        ${one.status === "open" && one.waiting_on === "agent" && tag(t.agent.waitingOnUs, "turn")}
        ${one.status === "open" && one.waiting_on === "employee" && tag(t.agent.waitingOnEmployee)}
      </div>
    </div>
    <${Toolbar} one=${one} canReply=${answers !== null} compose=${(/** @type {Mode} */ mode) => void compose(mode)} showHistory=${showHistory} change=${setChange} setStatus=${(/** @type {"open" | "closed"} */ status) => void setStatus(status)}
      assignToMe=${me.value && one.assignee?.user !== me.value.user ? () => void state.change({ assignee: me.value?.user }, t.agent.assignedToMe) : null} />
    <div class="columns">
      <div class="stack">
        ${state.error && html`<${Failed} error=${state.error} again=${() => state.reload()} />`}
        ${one.merged_into && html`<p class="notice warn icon alert"><span>${t.agent.wasMerged} <a href=${link(params.email_id ? ["cases", one.merged_into, "emails", String(params.email_id)] : ["cases", one.merged_into])}>${numberOf(one.merged_into)}</a>. ${t.agent.wasMergedAdvice}</span></p>`}
        ${presenceLine(others)}
        ${seen.warnings.length > 0 && html`<div class="notices">${warningNotices(seen.warnings)}</div>`}
        ${flagNotices(one, seen.warnings)}
        ${composing && html`
          <${LazyComposer} key=${`${composing.mode} ${composing.entry?.email_id ?? ""}`} one=${one} mode=${composing.mode} entry=${composing.entry} resume=${composing.resume ?? false} history=${history} others=${others}
            onClose=${() => setComposing(null)} />`}
        ${!composing && history.entries && html`<${LazyComposer} waiting one=${one} onOpen=${openDraft} />`}
        <${History} one=${one} history=${history} wanted=${params.email_id ?? null} fresh=${seen.fresh} compose=${(/** @type {Mode} */ mode, /** @type {Entry} */ entry) => void compose(mode, entry)} onChanged=${() => { void history.refresh(); state.reload(); }} />
      </div>
      ${facts(one, setChange)}
    </div>
    ${change && html`<${ChangeWindow} change=${change} one=${one} state=${state} refresh=${() => void history.refresh()} onClose=${() => setChange(null)} />`}`;
}

/** The list that the reader came from, with its filters. */
function backToList() {
  return sessionStorage.getItem("email-channels.list") ?? link(["cases"]);
}

/** @param {string} text */
async function copy(text) {
  await navigator.clipboard.writeText(text);
  toast(t.common.copied);
}

/** @param {import("./case/shapes.js").Case} one @param {string[]} warnings */
function flagNotices(one, warnings) {
  const texts = /** @type {Record<string, string>} */ (t.agent.flags);
  return one.flags.filter((flag) => !warnings.includes(flag)).map((flag) => html`<div key=${flag}>${notice(texts[flag] ?? flag.replaceAll("_", " "), flag === "virus" || flag === "spam" || flag === "authentication_failed" ? "bad" : "warn", "alert")}</div>`);
}

/**
 * Marks the case as read once its entries are on the screen, and keeps what was unread then: the warnings do not
 * vanish under the reader's eyes.
 * @param {string} id
 * @param {import("./case/shapes.js").Case | null} one
 * @param {Entry[] | null} entries
 */
function useSeen(id, one, entries) {
  const [kept, setKept] = useState({ warnings: /** @type {string[]} */ ([]), fresh: /** @type {string[]} */ ([]) });
  const last = useRef(/** @type {string | null} */ (null));
  const newest = entries?.[0]?.email_id ?? null;
  const [visible, setVisible] = useState(!document.hidden);
  useEffect(() => {
    const look = () => setVisible(!document.hidden);
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  useEffect(() => {
    if (!one?.unread || !entries || !newest || !visible || last.current === newest) return;
    last.current = newest;
    const answered = entries.findIndex((entry) => entry.direction === "outbound" && entry.kind === "normal");
    const fresh = entries.slice(0, answered < 0 ? entries.length : answered).filter((entry) => entry.direction === "inbound").slice(0, 10).map((entry) => entry.email_id);
    setKept((before) => ({ warnings: [...new Set([...before.warnings, ...(one.warnings ?? [])])], fresh: [...new Set([...before.fresh, ...fresh])] }));
    request("POST", path`/cases/${id}/read`, { body: { up_to: newest } }).then(() => void refreshCounts(), () => { last.current = null; });
  }, [one?.unread, newest, visible]);
  return kept;
}
