/** The windows that change a case: topic, group, employee, assignee, subject; note; merge. */
import { ApiError, all, path, post } from "../../api.js";
import { CaseWindow } from "../../elements/case_window.js";
import { Dialog } from "../../elements/dialog.js";
import { Field } from "../../elements/field.js";
import { EmployeePicker } from "../../elements/find_people.js";
import { useLoad } from "../../elements/load.js";
import { Choices, refused } from "../../elements/states.js";
import { toast } from "../../elements/toast.js";
import { go, link } from "../../shell/address.js";
import { me } from "../../shell/me.js";
import { t } from "../../texts.js";
import { html, useEffect, useRef, useState } from "../../vendor/ui.js";

/** @typedef {import("./shapes.js").Case} Case */
/** @typedef {import("./state.js").CaseState} CaseState */
/** @typedef {{value: string, text: string}} Choice */

/**
 * @param {{change: import("./facts.js").Change, one: Case, state: CaseState, refresh: () => void, onClose: () => void}} props
 */
export function ChangeWindow({ change, one, state, refresh, onClose }) {
  const patch = async (/** @type {Record<string, unknown>} */ changes, /** @type {string} */ done) => {
    if (await state.change(changes, done)) {
      onClose();
      refresh();
    }
  };
  if (change === "note") return html`<${Note} one=${one} refresh=${refresh} onClose=${onClose} />`;
  if (change === "merge") return html`<${Merge} one=${one} onClose=${onClose} />`;
  if (change === "employee" || change === "regarding") return html`<${Person} change=${change} one=${one} patch=${patch} onClose=${onClose} />`;
  if (change === "subject") return html`<${Subject} one=${one} patch=${patch} onClose=${onClose} />`;
  const kinds = {
    topic: { title: t.agent.changeTopic, label: t.agent.topic, hint: t.agent.topicHint, now: one.topic, load: topics, field: "topic" },
    group: { title: t.agent.changeGroup, label: t.agent.serviceGroup, hint: t.agent.groupHint, now: one.service_group, load: groups, field: "service_group" },
    assignee: { title: t.agent.assign, label: t.agent.assignee, hint: null, now: one.assignee?.user ?? "", load: agents, field: "assignee" },
    show: { title: t.agent.changeShow, label: t.agent.employeeSees, hint: null, now: one.show_to_employee ? "yes" : "no", load: yesOrNo, field: "show_to_employee" },
  };
  return html`<${Choose} ...${kinds[change]} patch=${patch} onClose=${onClose} />`;
}

async function topics() {
  return (await all("/topics")).map((topic) => ({ value: topic.name, text: topic.name }));
}

async function groups() {
  return (await all("/service-groups")).map((group) => ({ value: group.id, text: group.name || group.id }));
}

async function agents() {
  const people = /** @type {import("./shapes.js").Agent[]} */ (await all("/agents"));
  const mine = me.value ? [{ user: me.value.user, name: me.value.name }] : [];
  const known = new Map([...mine, ...people].map((agent) => [agent.user, agent]));
  return [{ value: "", text: t.agent.nobody }, ...[...known.values()].map((agent) => ({ value: agent.user, text: agent.name || agent.user }))];
}

async function yesOrNo() {
  return [{ value: "yes", text: t.agent.yes }, { value: "no", text: t.agent.no }];
}

/** One of several. @param {{title: string, label: string, hint: string | null, now: string, field: string, load: () => Promise<Choice[]>, patch: (changes: Record<string, unknown>, done: string) => Promise<void>, onClose: () => void}} props */
function Choose({ title, label, hint, now, field, load, patch, onClose }) {
  const list = useLoad(load, []), { data } = list;
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const value = String(new FormData(/** @type {HTMLFormElement} */ (event.currentTarget)).get("value"));
    void patch({ [field]: field === "show_to_employee" ? value === "yes" : value || null }, t.common.saved);
  };
  const choices = data && !data.some((choice) => choice.value === now) ? [{ value: now, text: now }, ...data] : data ?? [];
  return html`
    <${Dialog} title=${title} onClose=${onClose}>
      <form onSubmit=${submit}>
        <${Choices} of=${list} />
        <${Field} label=${label} hint=${hint}>${(/** @type {object} */ a) => html`<select ...${a} name="value">${choices.map((choice) => html`<option key=${choice.value} value=${choice.value} selected=${choice.value === now}>${choice.text}</option>`)}</select>`}<//>
        ${buttons(t.common.save, onClose, !data)}
      </form>
    <//>`;
}

/** @param {string} action @param {() => void} onClose @param {boolean} [disabled] */
function buttons(action, onClose, disabled = false) {
  return html`<footer><button type="button" onClick=${onClose}>${t.common.cancel}</button><button class="primary" disabled=${disabled}>${action}</button></footer>`;
}

/** @param {{change: "employee" | "regarding", one: Case, patch: (changes: Record<string, unknown>, done: string) => Promise<void>, onClose: () => void}} props */
function Person({ change, one, patch, onClose }) {
  const [employee, setEmployee] = useState(/** @type {import("../../elements/find_people.js").Employee | null} */ (null));
  const [missing, setMissing] = useState(false);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!employee) return setMissing(true);
    return void patch({ [change]: employee.user_id }, t.common.saved);
  };
  const now = one[change];
  return html`
    <${Dialog} title=${change === "employee" ? t.agent.correctEmployee : t.agent.changeRegarding} onClose=${onClose}>
      <form onSubmit=${submit}>
        <p>${now ? t.agent.nowIs(now.name || now.user_id) : t.agent.nowNobody} ${change === "employee" ? t.agent.correctEmployeeText : t.agent.regardingText}</p>
        <${EmployeePicker} label=${t.agent.rightEmployee} hint=${t.agent.employeeHint} error=${missing && !employee ? t.common.required : null} onPick=${setEmployee} autofocus />
        <footer>
          ${change === "regarding" && now && html`<button type="button" onClick=${() => void patch({ regarding: null }, t.common.saved)}>${t.agent.regardingNobody}</button>`}
          <button type="button" onClick=${onClose}>${t.common.cancel}</button><button class="primary">${t.common.save}</button>
        </footer>
      </form>
    <//>`;
}

/** @param {{one: Case, patch: (changes: Record<string, unknown>, done: string) => Promise<void>, onClose: () => void}} props */
function Subject({ one, patch, onClose }) {
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    void patch({ subject: new FormData(/** @type {HTMLFormElement} */ (event.currentTarget)).get("value") }, t.common.saved);
  };
  return html`
    <${Dialog} title=${t.agent.changeSubject} onClose=${onClose}>
      <form onSubmit=${submit}>
        <${Field} label=${t.agent.caseSubject}>${(/** @type {object} */ a) => html`<input ...${a} name="value" required maxlength="998" defaultValue=${one.subject} />`}<//>
        ${buttons(t.common.save, onClose)}
      </form>
    <//>`;
}

/** @param {{one: Case, refresh: () => void, onClose: () => void}} props */
function Note({ one, refresh, onClose }) {
  const key = useRef(crypto.randomUUID());
  const kept = `email-channels.note.${one.case_id}`;
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [busy, setBusy] = useState(false);
  useEffect(() => { field.current?.focus(); }, []);
  const wrong = error instanceof ApiError ? error.of("text") : null;
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await post(path`/cases/${one.case_id}/notes`, { text: field.current?.value ?? "" }, { idempotencyKey: key.current });
      sessionStorage.removeItem(kept);
      refresh();
      onClose();
      toast(t.agent.noteAdded);
    } catch (problem) {
      if (problem instanceof ApiError) key.current = crypto.randomUUID();
      setError(problem);
      setBusy(false);
    }
  };
  return html`
    <${Dialog} title=${t.agent.addNote} onClose=${onClose}>
      <form onSubmit=${submit}>
        ${error && !wrong && refused(error)}
        <${Field} label=${t.agent.note} hint=${t.agent.noteHint} error=${wrong}>${(/** @type {object} */ a) => html`
          <textarea ...${a} ref=${field} required rows="6" maxlength="20000" defaultValue=${sessionStorage.getItem(kept) ?? ""} onInput=${(/** @type {any} */ event) => sessionStorage.setItem(kept, event.target.value)}></textarea>`}<//>
        ${buttons(t.agent.addNote, onClose, busy)}
      </form>
    <//>`;
}

/** @param {{one: Case, onClose: () => void}} props */
function Merge({ one, onClose }) {
  const merge = async (/** @type {Case} */ target) => {
    const into = await post(path`/cases/${one.case_id}/merge`, { into: target.case_id });
    onClose();
    toast(t.agent.mergedInto(into.number));
    go(link(["cases", into.case_id]));
  };
  return html`<${CaseWindow} title=${t.agent.mergeIntoAnother} text=${t.agent.mergeText} label=${t.agent.intoCase} hint=${t.agent.caseHint} action=${t.agent.merge} without=${one.case_id} employee=${one.employee?.user_id ?? null} act=${merge} onClose=${onClose} />`;
}
