/** A section of the configuration that is a list of rows, each of which can be opened, changed and deleted. */
import { all } from "../api.js";
import { useLoad } from "../elements/load.js";
import { Choices, Empty } from "../elements/states.js";
import { link } from "../shell/address.js";
import { t } from "../texts.js";
import { html, useState } from "../vendor/ui.js";
import { Editor } from "./editor.js";
import { paged, usePages } from "./pages.js";

/**
 * @typedef {import("./editor.js").Kind & {section: string, line: (thing: any) => unknown, side?: (thing: any) => unknown, choices?: () => Promise<any>}} Section
 *   line: a second line in the list; side: at its end; choices: what the fields choose from
 */

/** @param {{section: Section, id: string | null, query: URLSearchParams, top?: unknown, filters?: import("../api.js").Query}} props */
export function Collection({ section, id, query, top = null, filters = {} }) {
  const adding = query.has("new");
  const [round, setRound] = useState(0);
  const pages = /** @type {import("./pages.js").Pages<Record<string, any>>} */ (usePages(section.where, filters, [round]));
  const choices = useLoad(section.choices ?? (async () => ({})), [section.where]);
  const list = link(["configuration", section.section]);
  const name = /** @type {keyof typeof t.admin.add} */ (section.where.slice(1));
  return html`
    <div class=${`split configuration-split ${id || adding ? "one" : ""}`}>
      <div class="queue-side">
        <div class="bar">${top}<a class="button end" href=${link(["configuration", section.section], { new: "1" })}>${t.admin.add[name]}</a></div>
        <section class="panel">
          ${paged(pages, html`<${Empty} text=${t.admin.emptyList[name]} />`, (items) => html`
            <ul class="queue">
              ${items.map((one) => {
                const key = String(one[section.idField]);
                return html`
                  <li key=${key} class="wide" aria-current=${key === id ? "true" : undefined}>
                    <div><a href=${link(["configuration", section.section, key])}>${section.title?.(one) ?? key}</a><span class="quiet">${section.line(one)}</span></div>
                    <span>${section.side?.(one)}</span>
                  </li>`;
              })}
            </ul>`)}
        </section>
      </div>
      ${id || adding
        ? choices.data ? html`<${Editor} key=${`${section.where}/${id ?? ""}`} kind=${section} id=${id} choices=${choices.data} list=${list} saved=${() => setRound((n) => n + 1)} />` : html`<div class="panel"><div class="inside"><${Choices} of=${choices} /></div></div>`
        : html`<div class="panel beside"><${Empty} text=${t.admin.pick} /></div>`}
    </div>`;
}

/** Topics, groups and mailboxes to choose from. */
export async function configured() {
  const [topics, groups, mailboxes] = await Promise.all([all("/topics"), all("/service-groups"), all("/mailboxes").catch(() => [])]);
  return { topics, groups, mailboxes };
}
