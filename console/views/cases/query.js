/** What the list of cases shows: the view, the filters and the search, as they stand in the address and as the API takes them. */

/** @typedef {"open" | "unread" | "waiting" | "mine" | "closed" | "all"} ViewName */

/** Filters that the address and the API call by the same name. */
export const FILTERS = /** @type {const} */ (["service_group", "topic", "mailbox", "assignee", "employee", "q"]);

/** @type {Record<ViewName, import("../../api.js").Query>} */
const ASKS = {
  open: { status: "open" },
  unread: { unread: true },
  waiting: { waiting_on: "agent" },
  mine: { assignee: "me", status: "open" },
  closed: { status: "closed" },
  all: {},
};

/** The views in the order of their links. @type {ViewName[]} */
export const VIEWS = ["open", "unread", "waiting", "mine", "closed", "all"];

/** The view of an address. A search looks through all cases unless the address says otherwise. @param {URLSearchParams} query @returns {ViewName} */
export function viewOf(query) {
  const named = VIEWS.find((view) => view === query.get("view"));
  return named ?? (query.get("q") || query.get("employee") ? "all" : "open");
}

/** The query of GET /cases. @param {URLSearchParams} query @returns {import("../../api.js").Query} */
export function asked(query) {
  const filters = Object.fromEntries(FILTERS.map((name) => [name, query.get(name)]));
  return { ...filters, ...ASKS[viewOf(query)] };
}

/** Whether a filter narrows the view. @param {URLSearchParams} query */
export function narrowed(query) {
  return FILTERS.some((name) => query.get(name));
}
