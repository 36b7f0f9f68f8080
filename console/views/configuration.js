/** Configuration: what admins set up, and what they read about it. It opens with the mailboxes. */
import { Collection } from "../admin/collection.js";
import { Directory } from "../admin/directory.js";
import { groups, mailboxes, mappings, templates, topics } from "../admin/sections.js";
import { Audit, Jobs, Probes, Purges, Settings } from "../admin/tables.js";
import { link } from "../shell/address.js";
import { useTitle } from "../shell/title.js";
import { NotFound } from "../shell/view.js";
import { t } from "../texts.js";
import { html, useEffect, useRef } from "../vendor/ui.js";

/** @typedef {{id: string | null, query: URLSearchParams}} Props */

/** @param {() => import("../admin/collection.js").Section} section */
const list = (section) => (/** @type {Props} */ { id, query }) => html`<${Collection} section=${section()} id=${id} query=${query} />`;

/** @type {[name: string, title: () => string, show: (props: Props) => unknown][]} */
const SECTIONS = [
  ["mailboxes", () => t.admin.mailboxes, list(mailboxes)],
  ["user-mappings", () => t.admin.mappings, list(mappings)],
  ["topics", () => t.admin.topics, list(topics)],
  ["service-groups", () => t.admin.groups, list(groups)],
  ["templates", () => t.admin.templates, list(templates)],
  ["directory", () => t.admin.directory, ({ id, query }) => html`<${Directory} id=${id} query=${query} />`],
  ["settings", () => t.admin.settings, () => html`<${Settings} />`],
  ["probes", () => t.admin.probes, () => html`<${Probes} />`],
  ["jobs", () => t.admin.jobs, ({ id }) => html`<${Jobs} id=${id} />`],
  ["purges", () => t.admin.purges, () => html`<${Purges} />`],
  ["audit", () => t.admin.audit, ({ query }) => html`<${Audit} query=${query} />`],
];

/** @param {import("../shell/pages.js").ViewProps} props */
export default function Configuration({ params, query }) {
  const current = params.section ?? "mailboxes";
  const found = SECTIONS.find(([name]) => name === current);
  useTitle(found ? `${t.admin.configuration}: ${found[1]()}` : t.admin.configuration);
  const nav = useRef(/** @type {HTMLElement | null} */ (null));
  // On a small screen, the links scroll sideways.
  useEffect(() => nav.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" }), [current]);
  if (!found) return html`<${NotFound} />`;
  const [name, title, show] = found;
  return html`
    <div class="bar"><h1>${t.admin.configuration}</h1></div>
    <nav ref=${nav} class="tabs sections" aria-label=${t.admin.sections}>
      ${SECTIONS.map(([one, words]) => html`<a key=${one} href=${link(["configuration", one])} aria-current=${one === current ? "page" : undefined}>${words()}</a>`)}
    </nav>
    <section key=${name} aria-label=${title()} class="section">${show({ id: params.id ?? null, query })}</section>`;
}
