/** Giving an unprocessed email to a case, or making a case of it for an employee. */
import { ApiError, all, path, post } from "../api.js";
import { CaseWindow } from "../elements/case_window.js";
import { Dialog } from "../elements/dialog.js";
import { Field } from "../elements/field.js";
import { EmployeePicker } from "../elements/find_people.js";
import { useLoad } from "../elements/load.js";
import { Choices, refused } from "../elements/states.js";
import { t } from "../texts.js";
import { html, useState } from "../vendor/ui.js";

/** @typedef {{id: string, onClose: () => void, done: (caseId: string) => void}} Props */

/** @param {unknown} error @param {...string} fields those beside which the error stands */
function elsewhere(error, ...fields) {
  if (!error) return null;
  const placed = error instanceof ApiError && error.errors.length > 0 && error.errors.every((one) => fields.includes(one.field));
  return placed ? null : refused(error);
}

/** @param {unknown} error @param {string} field */
const of = (error, field) => (error instanceof ApiError ? error.of(field) : null);

/** @param {Props} props */
export function AssignToCase({ id, onClose, done }) {
  const assign = async (/** @type {{case_id: string}} */ target) => done((await post(path`/unprocessed/${id}/assign`, { case_id: target.case_id })).case_id);
  return html`<${CaseWindow} title=${t.admin.assignTitle} label=${t.admin.case_} hint=${t.admin.caseHint} missing=${t.admin.casePick} action=${t.admin.assign} act=${assign} onClose=${onClose} />`;
}

/** @param {Props} props */
export function MakeCase({ id, onClose, done }) {
  const [employee, setEmployee] = useState(/** @type {{user_id: string} | null} */ (null));
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
        <${EmployeePicker} label=${t.admin.employee} hint=${t.admin.employeeHint} error=${missing && !employee ? t.admin.employeePick : of(error, "user_id")} onPick=${setEmployee} autofocus />
        <${Choices} of=${topics} />
        <${Field} label=${t.admin.topic} error=${of(error, "topic")}>${(/** @type {object} */ a) => html`
          <select ...${a} value=${topic} onChange=${(/** @type {any} */ event) => setTopic(event.target.value)}>
            <option value="">${t.admin.topicFromEmail}</option>${(topics.data ?? []).map((one) => html`<option key=${one.name} value=${one.name}>${one.name}</option>`)}
          </select>`}<//>
        <footer><button type="button" onClick=${onClose}>${t.common.cancel}</button><button class="primary">${t.admin.makeTheCase}</button></footer>
      </form>
    <//>`;
}
