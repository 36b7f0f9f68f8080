/**
 * The views: which module shows which address. A module is loaded when it is first needed.
 *
 * A view is a component, the module's default export. It gets `params` (the parts of the address that the row names) and
 * `query`. It is made anew when the row or a parameter that `anew` names changes; else it gets new props.
 */

/**
 * @typedef {{params: Record<string, string | undefined>, query: URLSearchParams}} ViewProps
 * @typedef {import("../vendor/ui.js").FunctionComponent<ViewProps>} View
 * @typedef {object} Page
 * @property {string[]} parts fixed words, and `{names}` of parameters
 * @property {"cases" | "unprocessed" | "configuration" | "try" | "outbox"} area the link of the navigation that it belongs to
 * @property {"agent" | "admin" | "local"} needs
 * @property {() => Promise<{default: View}>} load
 * @property {string[]} [anew] parameters
 */

const cases = () => import("../views/cases.js");
const case_ = () => import("../views/case.js");
const unprocessed = () => import("../views/unprocessed.js");
const configuration = () => import("../views/configuration.js");
const try_ = () => import("../views/try.js");
const outbox = () => import("../views/outbox.js");

/** @type {Page[]} */
const PAGES = [
  { parts: ["cases"], area: "cases", needs: "agent", load: cases },
  { parts: ["cases", "{case_id}"], area: "cases", needs: "agent", load: case_, anew: ["case_id"] },
  { parts: ["cases", "{case_id}", "emails", "{email_id}"], area: "cases", needs: "agent", load: case_, anew: ["case_id"] },
  { parts: ["unprocessed"], area: "unprocessed", needs: "admin", load: unprocessed },
  { parts: ["unprocessed", "{id}"], area: "unprocessed", needs: "admin", load: unprocessed },
  { parts: ["configuration"], area: "configuration", needs: "admin", load: configuration },
  { parts: ["configuration", "{section}"], area: "configuration", needs: "admin", load: configuration },
  { parts: ["configuration", "{section}", "{id}"], area: "configuration", needs: "admin", load: configuration },
  { parts: ["try"], area: "try", needs: "admin", load: try_ },
  { parts: ["outbox"], area: "outbox", needs: "local", load: outbox },
  { parts: ["outbox", "{id}"], area: "outbox", needs: "local", load: outbox },
];

/**
 * The page of an address, with the values of its parameters; null if there is none.
 * @param {string[]} parts
 * @returns {{page: Page, params: Record<string, string>, key: string} | null}
 */
export function pageOf(parts) {
  for (const page of PAGES) {
    if (page.parts.length !== parts.length) continue;
    /** @type {Record<string, string>} */ const params = {};
    const fits = page.parts.every((part, i) => {
      if (!part.startsWith("{")) return part === parts[i];
      params[part.slice(1, -1)] = /** @type {string} */ (parts[i]);
      return true;
    });
    if (fits) return { page, params, key: [page.area, page.load === case_ ? "case" : "", ...(page.anew ?? []).map((name) => params[name])].join("/") };
  }
  return null;
}
