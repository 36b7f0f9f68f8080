/** Names of service groups and people, where the API says only an id. */
import { all } from "../api.js";
import { html, signal } from "../vendor/ui.js";

/**
 * Asks for a list once, and again if that failed. An id is its own name until the names are there, and if it has none.
 * @param {string} where @param {string} field with the id
 */
function namesOf(where, field) {
  /** @type {import("../vendor/ui.js").Signal<Record<string, string>>} */
  const names = signal({});
  let asked = false;
  return (/** @type {string} */ id) => {
    if (!asked) {
      asked = true;
      all(where).then((items) => { names.value = Object.fromEntries(items.map((one) => [one[field], one.name])); }, () => { asked = false; });
    }
    return names.value[id] || id;
  };
}

/** The name of a service group. @type {(id: string) => string} */
export const groupName = namesOf("/service-groups", "id");

const agentName = namesOf("/agents", "user");

/** Who did something; the user's id is on hover. @param {{user: string}} props */
export function Who({ user }) {
  const name = agentName(user);
  return html`<span class=${name === user ? "mono" : ""} title=${user}>${name}</span>`;
}
