/** Giving an unprocessed email to a case, or making a case of it for an employee. */
import { ApiError, all, get, path, post } from "../api.js";
import { Dialog } from "../elements/dialog.js";
import { Field } from "../elements/field.js";
import { notice } from "../elements/labels.js";
import { useLoad } from "../elements/load.js";
import { inWords } from "../elements/states.js";
import { t } from "../texts.js";
import { html, useState } from "../vendor/ui.js";
import { Picker } from "./picker.js";

/** @typedef {{id: string, onClose: () => void, done: (caseId: string) => void}} Props */

/** @param {unknown} error @param {...string} fields those beside which the error stands */
function elsewhere(error, ...fields) {
  if (!error) return null;
  const placed = error instanceof ApiError && error.errors.length > 0 && error.errors.every((one) => fields.includes(one.field));
  return placed ? null : notice(inWords(error), "bad", "alert");
}

/** @param {unknown} error @param {string} field */
const of = (error, field) => (error instanceof ApiError ? error.of(field) : null);

/** @param {Props} props */
export function AssignToCase({ id, onClose, done }) {
  const [number, setNumber] = useState("");
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      const assigned = await post(path`/unprocessed/${id}/assign`, { case_id: number.replace(/[\s#-]/g, "") });
      done(assigned.case_id);
    } catch (problem) {
      setError(problem);
    }
  };
  return html`
    <${Dialog} title=${t.admin.assignTitle} onClose=${onClose}>
      <form onSubmit=${save}>
        ${elsewhere(error, "case_id")}
        <${Field} label=${t.admin.caseNumber} hint=${t.admin.caseNumberHint} error=${of(error, "case_id")}>${(/** @type {object} */ a) => html`<input ...${a} class="mono" required value=${number} onInput=${(/** @type {any} */ event) => setNumber(event.target.value)} autocomplete="off" spellcheck=${false} />`}<//>
        <footer><button type="button" onClick=${onClose}>${t.common.cancel}</button><button class="primary">${t.admin.assign}</button></footer>
      </form>
    <//>`;
}

/** @param {Props} props */
export function MakeCase({ id, onClose, done }) {
  const [employee, setEmployee] = useState(/** @type {{user_id: string, name: string} | null} */ (null));
  const [topic, setTopic] = useState("");
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [missing, setMissing] = useState(false);
  const topics = useLoad(() => all("/topics"), []);
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setMissing(!employee);
    if (!employee) return;
    try {
      const assigned = await post(path`/unprocessed/${id}/assign`, { user_id: employee.user_id, ...(topic ? { topic } : {}) });
      done(assigned.case_id);
    } catch (problem) {
      setError(problem);
    }
  };
  return html`
    <${Dialog} title=${t.admin.makeCaseTitle} onClose=${onClose}>
      <form onSubmit=${save}>
        ${elsewhere(error, "user_id", "topic")}
        <${Field} label=${t.admin.employee} hint=${t.admin.employeeHint} error=${missing && !employee ? t.admin.employeePick : of(error, "user_id")}>
          ${(/** @type {any} */ a) => html`<${Picker} attributes=${a} chosen=${employee} choose=${setEmployee} find=${findEmployees} show=${employeeWords} key_=${(/** @type {any} */ one) => one.user_id} none=${t.admin.noEmployees} />`}<//>
        <${Field} label=${t.admin.topic} error=${of(error, "topic")}>${(/** @type {object} */ a) => html`
          <select ...${a} value=${topic} onChange=${(/** @type {any} */ event) => setTopic(event.target.value)}>
            <option value="">${t.admin.topicFromEmail}</option>${(topics.data ?? []).map((one) => html`<option key=${one.name} value=${one.name}>${one.name}</option>`)}
          </select>`}<//>
        <footer><button type="button" onClick=${onClose}>${t.common.cancel}</button><button class="primary">${t.admin.makeTheCase}</button></footer>
      </form>
    <//>`;
}

/** @param {string} q @param {AbortSignal} abort */
async function findEmployees(q, abort) {
  return (await get("/employees", { q, limit: 8 }, abort)).items;
}

/** "Anna Keller, 543457, anna@acme.example" @param {{name: string, user_id: string, emails?: string[], blocked?: boolean}} one */
export function employeeWords(one) {
  return [one.name, one.user_id, one.emails?.[0], one.blocked ? t.admin.blocked : null].filter(Boolean).join(", ");
}
