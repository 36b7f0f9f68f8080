/** Names of service groups: the API says only the id of a case's group. */
import { all } from "../api.js";
import { signal } from "../vendor/ui.js";

/** @type {import("../vendor/ui.js").Signal<Record<string, string>>} */
const names = signal({});
let asked = false;

/** The name of a group; its id until the names are there, and if it has none. Asks once, and again if that failed. @param {string} id @returns {string} */
export function groupName(id) {
  if (!asked) {
    asked = true;
    all("/service-groups").then((groups) => { names.value = Object.fromEntries(groups.map((group) => [group.id, group.name])); }, () => { asked = false; });
  }
  return names.value[id] || id;
}
