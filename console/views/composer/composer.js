/** The composer: recipients, message, files; the draft is kept while it is written; **Send** checks before it sends. */
import { ApiError, get, path } from "../../api.js";
import { inWords } from "../../elements/states.js";
import { confirmed } from "../../elements/dialog.js";
import { brief, dayAndTime, now } from "../../elements/dates.js";
import { me } from "../../shell/me.js";
import { t } from "../../texts.js";
import { html, useEffect, useRef, useState } from "../../vendor/ui.js";
import { otherDomain, participants } from "../case/answering.js";
import { draftKept, forgetDraft, keepDraft } from "../case/drafts.js";
import { outgoing, sendLater } from "../case/outgoing.js";
import { nameOf } from "../case/shapes.js";
import { isAddress } from "./addresses.js";
import { PlainText, RichText } from "./editor.js";
import { faultsOf } from "./faults.js";
import { fileList } from "./file_list.js";
import { keptFiles, useFiles } from "./files.js";
import { answeringToo, arrivedMeanwhile, newPeople, replyElsewhere } from "./notices.js";
import { useReplyTo, without } from "./own_address.js";
import { escaped, textToHtml } from "./plain_html.js";
import { Recipients } from "./recipients.js";
import { newDraft } from "./starting.js";
import { SignatureWindow, TemplateWindow } from "./templates.js";

/** @typedef {import("../case/shapes.js").Address} Address */
/** @typedef {import("../case/shapes.js").Entry} Entry */
/** @typedef {import("../case/drafts.js").Draft} Draft */

const KEEP_AFTER = 400;

/**
 * @param {{one: import("../case/shapes.js").Case, mode: "new" | "reply" | "reply_all", entry: Entry | null, resume: boolean, history: import("../case/state.js").HistoryState,
 *   others: import("../case/presence.js").Other[], onClose: () => void}} props
 */
export function Composer({ one, mode, entry, resume, history, others, onClose }) {
  const id = one.case_id;
  const entries = history.entries ?? [];
  const first = useRef(/** @type {Draft | null} */ (null));
  first.current ??= (resume ? draftKept(id) : draftFor(id, mode, entry)) ?? newDraft(mode, one, entry, entries, me.peek()?.signature ?? null);
  const start = first.current;
  const [to, setTo] = useState(start.to);
  const [cc, setCc] = useState(start.cc);
  const [bcc, setBcc] = useState(start.bcc);
  const [plain, setPlain] = useState(start.html === null);
  const [keptAt, setKeptAt] = useState(/** @type {string | null} */ (null));
  const [notKept, setNotKept] = useState(false);
  const [lost, setLost] = useState(0);
  const [opened, setOpened] = useState(/** @type {"template" | "signature" | null} */ (null));
  const [problem, setProblem] = useState(/** @type {unknown} */ (outgoing.peek()[id]?.error ?? null));
  const [wrong, setWrong] = useState(/** @type {Record<string, string>} */ ({}));
  const [asked, setAsked] = useState(/** @type {string[]} */ ([]));
  const [checking, setChecking] = useState(false);
  const [over, setOver] = useState(false);
  const seen = useRef(new Set(entries.map((each) => each.email_id)));
  const files = useFiles(start.files);
  const editor = useRef(/** @type {import("./editor.js").Editor | null} */ (null));
  const subject = useRef(/** @type {HTMLInputElement | null} */ (null));
  const picker = useRef(/** @type {HTMLInputElement | null} */ (null));
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const commits = { to: useRef(/** @type {(() => Address[]) | null} */ (null)), cc: useRef(/** @type {(() => Address[]) | null} */ (null)), bcc: useRef(/** @type {(() => Address[]) | null} */ (null)) };
  const words = useRef({ html: start.html, text: start.text });
  const done = useRef(false);

  const ours = useReplyTo(id, entries, (own) => {
    setTo((list) => without(list, own));
    setCc((list) => without(list, own));
  });
  const people = without(participants(one, entries), ours);
  const known = new Set(people.map((person) => person.address.toLowerCase()));
  const isNew = (/** @type {Address} */ person) => !known.has(person.address.toLowerCase());
  const strangers = [...to, ...cc, ...bcc].filter((person) => isAddress(person.address) && isNew(person));
  const other = mode !== "new" && entry ? otherDomain(entry) : null;
  const arrived = entries.filter((each) => !seen.current.has(each.email_id) && ["normal", "automatic_reply"].includes(each.kind));

  /** The draft as it is now. @returns {Draft} */
  const draft = () => {
    const rich = !plain;
    const here = editor.current;
    if (here) words.current = { html: rich ? here.html() : null, text: here.text() };
    const named = here?.pictures() ?? new Set();
    const kept = keptFiles(files.now()).filter((file) => !file.content_id || !here || named.has(file.content_id));
    return { ...start, at: new Date(now.peek()).toISOString(), to, cc, bcc, subject: subject.current?.value ?? start.subject, ...words.current, files: kept };
  };
  const keep = () => {
    if (done.current) return;
    const kept = keepDraft(id, { ...draft(), at: new Date().toISOString() });
    setNotKept(!kept);
    if (kept) setKeptAt(new Date().toISOString());
  };
  const timer = useRef(0);
  const changed = useRef(false);
  const latestKeep = useRef(keep);
  latestKeep.current = keep;
  const onChange = () => {
    changed.current = true;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => latestKeep.current(), KEEP_AFTER);
  };
  const shown = useRef(false);
  useEffect(() => {
    if (shown.current) onChange();
    shown.current = true;
  }, [to, cc, bcc, files.files.map((file) => file.upload_id).join(" ")]);
  useEffect(() => {
    const leave = () => { if (changed.current) latestKeep.current(); };
    addEventListener("pagehide", leave);
    return () => {
      removeEventListener("pagehide", leave);
      clearTimeout(timer.current);
    };
  }, []);
  // The editor is taken away before effects end: keep what it held while it is still there.
  useEffect(() => () => { if (changed.current && editor.current) latestKeep.current(); }, []);
  useEffect(() => {
    const write = () => {
      if (mode !== "new" && start.to.length && !form.current?.contains(document.activeElement)) editor.current?.focus();
    };
    write();
    form.current?.scrollIntoView({ block: "start" });
    // A window that closes at the same time gives the focus back to where it was.
    const frame = requestAnimationFrame(write);
    return () => cancelAnimationFrame(frame);
  }, []);

  /** @param {File[]} list @param {boolean} inText */
  const take = (list, inText) => {
    for (const file of list) {
      const { cid } = files.add(file, inText && !plain);
      if (cid) editor.current?.insertPicture(URL.createObjectURL(file), cid, file.name === "image.png" ? t.agent.pictureName : file.name);
    }
    onChange();
  };
  const onDrop = (/** @type {DragEvent} */ event) => {
    setOver(false);
    const list = [...event.dataTransfer?.files ?? []];
    if (!list.length) return;
    event.preventDefault();
    take(list, false);
  };
  const switchPlain = async () => {
    const here = editor.current;
    if (!here) return;
    if (!plain && here.formatted() && !await confirmed({ title: t.agent.plainText, text: t.agent.formatLost, action: t.agent.plainText })) return;
    words.current = plain ? { html: textToHtml(here.text()), text: here.text() } : { html: null, text: here.text() };
    if (!plain) for (const file of files.now()) if (file.content_id) files.remove(file.id);
    setPlain(!plain);
    onChange();
  };

  /** @param {boolean} close */
  const send = async (close) => {
    setChecking(true);
    await files.settled();
    setChecking(false);
    const all = { to: commits.to.current?.() ?? to, cc: commits.cc.current?.() ?? cc, bcc: commits.bcc.current?.() ?? bcc };
    const whole = { ...draft(), ...all };
    const faults = faultsOf(whole, files.now(), editor.current?.pictures() ?? new Set());
    setWrong(faults);
    setProblem(null);
    if (Object.keys(faults).length) {
      focusOn(form.current?.querySelector(/** @type {string} */ ({ to: '[role="combobox"]', text: "#message" }[Object.keys(faults)[0] ?? ""] ?? "footer button")));
      return;
    }
    setChecking(true);
    const fresh = await history.refresh();
    setChecking(false);
    const missed = (fresh ?? []).filter((each) => !seen.current.has(each.email_id) && ["normal", "automatic_reply"].includes(each.kind) && !asked.includes(each.email_id));
    if (missed.length) {
      setAsked([...asked, ...missed.map((each) => each.email_id)]);
      pendingClose.current = close;
      return;
    }
    done.current = true;
    clearTimeout(timer.current);
    keepDraft(id, { ...whole, at: new Date().toISOString() });
    sendLater(id, whole, close);
    onClose();
  };
  const pendingClose = useRef(false);
  const discard = async () => {
    if ((changed.current || resume) && editor.current?.text() && !await confirmed({ title: t.agent.discardTitle, text: t.agent.discardText, action: t.agent.discard, danger: true })) return;
    done.current = true;
    clearTimeout(timer.current);
    forgetDraft(id);
    onClose();
  };
  const insertTemplate = (/** @type {import("./templates.js").Preview} */ preview) => {
    const field = subject.current;
    if (preview.subject && field && (mode === "new" || !field.value)) field.value = preview.subject;
    editor.current?.insert(preview.html ?? (preview.text ? textToHtml(preview.text) : null), preview.text ?? "");
    setWrong(preview.missing.length ? { template: t.agent.missingFields(preview.missing) } : {});
  };
  const look = () => document.getElementById("history")?.scrollIntoView({ block: "start" });
  const insertQuote = async () => {
    if (!entry) return;
    const line = t.agent.quoteLine(nameOf(entry.from), dayAndTime(entry.at));
    let lines = entry.preview;
    try {
      lines = (await get(path`/cases/${id}/emails/${entry.email_id}`)).visible.trim() || lines;
    } catch { /* the preview has the first words */ }
    editor.current?.insert(`<p>${escaped(line)}</p><blockquote>${textToHtml(lines)}</blockquote><p><br></p>`, `${line}\n${lines.replace(/^/gm, "> ")}\n`);
  };

  const error = problem instanceof ApiError ? problem : null;
  const fault = (/** @type {string} */ name) => wrong[name] ?? error?.errors.find((each) => each.field === name || each.field.startsWith(`${name}.`))?.message ?? null;
  const title = mode === "new" ? t.agent.newEmail : t.agent.replyTo(nameOf(to[0] ?? entry?.from));
  const held = asked.length > 0 && arrived.some((each) => asked.includes(each.email_id));
  const tools = html`
    <button type="button" class="plain icon clip" onClick=${() => picker.current?.click()}>${t.agent.attach}</button>
    ${entry && mode !== "new" && html`<button type="button" class="plain" onClick=${() => void insertQuote()}>${t.agent.quoteEmail}</button>`}
    <button type="button" class="plain end" onClick=${() => setOpened("template")}>${t.agent.template}</button>
    <button type="button" class="plain" onClick=${() => setOpened("signature")}>${t.agent.signature}</button>
    <button type="button" class="plain" aria-pressed=${plain ? "true" : "false"} onClick=${() => void switchPlain()}>${t.agent.plainText}</button>`;
  const picture = (/** @type {string} */ cid) => files.now().find((file) => file.content_id === cid)?.data ?? null;
  return html`
    <form ref=${form} class=${`panel composer ${over ? "over" : ""}`} aria-label=${title} onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); void send(false); }}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); void send(false); } }}
      onDragOver=${(/** @type {DragEvent} */ event) => { if (event.dataTransfer?.types.includes("Files")) { event.preventDefault(); setOver(true); } }} onDragLeave=${() => setOver(false)} onDrop=${onDrop}>
      <${Recipients} label=${t.agent.to} value=${to} set=${setTo} known=${people} isNew=${isNew} error=${fault("to")} commitRef=${commits.to} autofocus=${mode === "new" || !start.to.length} />
      <div class="pair">
        <${Recipients} label=${t.agent.cc} value=${cc} set=${setCc} known=${people} isNew=${isNew} error=${fault("cc")} commitRef=${commits.cc} />
        <${Recipients} label=${t.agent.bcc} value=${bcc} set=${setBcc} known=${people} isNew=${isNew} error=${fault("bcc")} commitRef=${commits.bcc} />
      </div>
      <div class="field"><label for="subject">${t.agent.subject}</label><input id="subject" ref=${subject} defaultValue=${start.subject} maxlength="998" autocomplete="off" onInput=${onChange} aria-invalid=${fault("subject") ? "true" : undefined} />${fault("subject") && html`<span class="error-text">${fault("subject")}</span>`}</div>
      ${plain
        ? html`<${PlainText} key="plain" initial=${words.current.text} onChange=${onChange} onFiles=${take} editorRef=${editor} tools=${tools} />`
        : html`<${RichText} key="rich" initial=${words.current.html ?? ""} pictures=${picture} onChange=${onChange} onFiles=${take} onLost=${setLost} editorRef=${editor} tools=${tools} />`}
      <div class="extras">
        <input ref=${picker} type="file" multiple hidden aria-label=${t.agent.attach} onChange=${(/** @type {any} */ event) => { take([...event.target.files], false); event.target.value = ""; }} />
        ${fileList(files, plain)}
        ${fault("text") && html`<p class="error-text" role="alert">${fault("text")}</p>`}
        ${fault("attachments") && html`<p class="error-text" role="alert">${fault("attachments")}</p>`}
        ${wrong.template && html`<p class="notice warn icon alert" role="alert"><span>${wrong.template}</span></p>`}
        ${problem && html`<p class="notice bad icon alert" role="alert"><span>${error?.errors.length ? error.errors.map((each) => each.message).join(" ") : inWords(problem)}</span></p>`}
        ${lost > 0 && html`<p class="notice warn icon alert" role="alert"><span>${t.agent.picturesLost(lost)}</span></p>`}
        ${newPeople(strangers, "new-people")}
        ${replyElsewhere(other, to, () => other && setTo([other.from]))}
        ${answeringToo(others)}
        ${arrivedMeanwhile(arrived, look, held ? () => { for (const each of arrived) seen.current.add(each.email_id); void send(pendingClose.current); } : null)}
      </div>
      <footer>
        <button type="submit" class="primary" disabled=${checking} aria-describedby=${strangers.length ? "new-people" : undefined}>${t.agent.send}</button>
        <button type="button" disabled=${checking} onClick=${() => void send(true)}>${t.agent.sendAndClose}</button>
        <span class="quiet" role="status">${notKept ? t.agent.draftNotKept : keptAt ? t.agent.draftKeptHere(brief(keptAt)) : ""}</span>
        <button type="button" class="plain end" onClick=${() => void discard()}>${t.agent.discard}</button>
      </footer>
      ${opened === "template" && html`<${TemplateWindow} caseId=${id} insert=${insertTemplate} onClose=${() => setOpened(null)} />`}
      ${opened === "signature" && html`<${SignatureWindow} onClose=${() => setOpened(null)} />`}
    </form>`;
}

/** @param {Element | null | undefined} element */
function focusOn(element) {
  if (element instanceof HTMLElement) element.focus();
}

/** The draft that is kept, if it is of the email that is asked for. @param {string} caseId @param {string} mode @param {Entry | null} entry @returns {Draft | null} */
function draftFor(caseId, mode, entry) {
  const kept = draftKept(caseId);
  return kept && kept.mode === mode && kept.in_reply_to === (mode === "new" ? null : entry?.email_id ?? null) ? kept : null;
}
