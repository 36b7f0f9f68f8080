/** The menu of the person: language, theme, keys, sign out. */
import { initials } from "../elements/labels.js";
import { claims, signOut } from "../signin.js";
import { chooseLanguage, language, languages, t } from "../texts.js";
import { html } from "../vendor/ui.js";
import { keysShown } from "./key_list.js";
import { me } from "./me.js";
import { chooseTheme, theme } from "./theme.js";

/** The name that is shown for the person. */
export function myName() {
  const claimed = claims();
  return me.value?.name || String(claimed.name ?? claimed.email ?? claimed.preferred_username ?? "") || me.value?.user || "?";
}

export function Account() {
  const name = myName();
  const place = (/** @type {ToggleEvent} */ event) => {
    const menu = /** @type {HTMLElement} */ (event.currentTarget), button = document.getElementById("account");
    if (event.newState !== "open" || !button) return;
    const box = button.getBoundingClientRect();
    menu.style.inset = `${box.bottom + 6}px ${Math.max(8, innerWidth - box.right)}px auto auto`;
  };
  const shut = () => document.getElementById("account-menu")?.hidePopover();
  return html`
    <button id="account" class="plain user" popovertarget="account-menu" aria-label=${t.common.account(name)}><span class="face" aria-hidden="true">${initials(name)}</span> <span class="name" aria-hidden="true">${name}</span></button>
    <div id="account-menu" class="pop menu-list account-menu" popover onToggle=${place}>
      <p class="quiet">${name}</p>
      <label>${t.common.language}
        <select onChange=${(/** @type {any} */ event) => chooseLanguage(event.target.value)}>${languages.map(({ code, name: own }) => html`<option key=${code} value=${code} lang=${code} selected=${code === language()}>${own}</option>`)}</select>
      </label>
      <label>${t.common.theme}
        <select onChange=${(/** @type {any} */ event) => chooseTheme(event.target.value)}>${(/** @type {const} */ (["system", "light", "dark"])).map((each) => html`<option key=${each} value=${each} selected=${each === theme.value}>${t.common.themes[each]}</option>`)}</select>
      </label>
      <button class="plain" onClick=${() => { shut(); keysShown.value = true; }}>${t.common.keys}</button>
      <button class="plain" onClick=${signOut}>${t.common.signOut}</button>
    </div>`;
}
