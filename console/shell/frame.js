/** The page around the views: navigation, search, the person's menu, what lies over everything. */
import { offline } from "../api.js";
import { configuration } from "../configuration.js";
import { Live } from "../elements/live.js";
import { Toasts } from "../elements/toast.js";
import { t } from "../texts.js";
import { html, useEffect, useRef } from "../vendor/ui.js";
import { Account } from "./account.js";
import { address, go, link } from "./address.js";
import { KeyList } from "./key_list.js";
import { useKeys } from "./keys.js";
import { counts, isAdmin, isAgent } from "./me.js";
import { Ended } from "./session_ended.js";
import { CurrentView, newVersion } from "./view.js";

/** Everything that is shown to somebody who is signed in. */
export function Frame() {
  const search = useRef(/** @type {HTMLInputElement | null} */ (null));
  useKeys([{ key: "/", label: t.common.keySearch, run: () => { search.current?.focus(); search.current?.select(); } }]);
  return html`
    <a class="skip" href="#content" onClick=${toContent}>${t.common.skip}</a>
    <${Banners} />
    <header class="top">
      <button class="icon-only menu only-narrow" popovertarget="nav" aria-label=${t.common.menu}></button>
      <a class="brand" href=${link(["cases"])}>${t.common.product}</a>
      <${Navigation} />
      ${isAgent() && html`<${Search} field=${search} />`}
      <${Account} />
    </header>
    <main id="content" tabindex="-1"><${CurrentView} /></main>
    <${Toasts} /><${Live} /><${KeyList} /><${Ended} />`;
}

/** @param {Event} event */
function toContent(event) {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

function Navigation() {
  const area = address.value.parts[0] ?? "cases";
  const { unread, unprocessed } = counts.value;
  const items = [
    isAgent() && { area: "cases", text: t.common.cases, count: unread },
    isAdmin() && { area: "unprocessed", text: t.common.unprocessed, count: unprocessed },
    isAdmin() && { area: "configuration", text: t.common.configuration },
    isAdmin() && { area: "try", text: t.common.tryAnEmail },
    configuration.local && { area: "outbox", text: t.common.outbox },
  ];
  const shut = () => { const nav = document.getElementById("nav"); if (nav?.matches(":popover-open")) nav.hidePopover(); };
  return html`
    <nav id="nav" class="pop" aria-label=${t.common.main} popover>
      <ul>
        ${items.map((item) => item && html`
          <li key=${item.area}><a href=${link([item.area])} aria-current=${current(item.area, area)} onClick=${shut}>${item.text}${item.count ? html` <span class="count" aria-hidden="true">${item.count}</span>` : null}</a></li>`)}
      </ul>
    </nav>`;
}

/** @param {string} item @param {string} area */
function current(item, area) {
  if (item !== area) return undefined;
  return address.value.parts.length > 1 ? "true" : "page";
}

/** Looks through all cases. What is searched for stands in the address of the list. @param {{field: import("../vendor/ui.js").RefObject<HTMLInputElement>}} props */
function Search({ field }) {
  const inList = address.value.parts[0] === "cases" && address.value.parts.length === 1;
  const wanted = inList ? address.value.query.get("q") ?? "" : "";
  useEffect(() => { if (field.current && document.activeElement !== field.current) field.current.value = wanted; }, [wanted]);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const q = field.current?.value.trim() ?? "";
    go(link(["cases"], q ? { q } : {}));
  };
  return html`
    <search><form onSubmit=${submit}>
      <input ref=${field} type="search" name="q" autocomplete="off" maxlength="200" defaultValue=${wanted} aria-label=${t.common.searchAllCases} placeholder=${t.common.searchAllCases} aria-keyshortcuts="/" />
    </form></search>`;
}

function Banners() {
  if (newVersion.value) return html`<p class="banner" role="status"><span>${t.common.newVersion}</span><button onClick=${() => location.reload()}>${t.common.reload}</button></p>`;
  return html`<div role="status">${offline.value && html`<p class="banner">${t.common.offline}</p>`}</div>`;
}
