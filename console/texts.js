/**
 * The texts that people read, in their language. `t.common.save` is a string, `t.common.files(3)` a function.
 *
 * A language is one file, texts/<language>.js, with one block per area of the console. English is complete by definition;
 * tsc finds what another language lacks.
 *
 * @typedef {typeof import("./texts/en.js").default} Texts
 */

const LANGUAGES = {
  en: { name: "English", load: () => import("./texts/en.js") },
  de: { name: "Deutsch", load: () => import("./texts/de.js") },
};

/** @typedef {keyof typeof LANGUAGES} Language */

const KEPT = "email-channels.language";

/** The texts. They are there before any view is shown, and must not be read while modules are loaded. */
export const t = /** @type {Texts} */ ({});

/** The languages to choose from: code and name. */
export const languages = Object.entries(LANGUAGES).map(([code, { name }]) => ({ code: /** @type {Language} */ (code), name }));

/** @returns {Language} the one that was chosen, else the first of the browser's that is known, else English */
export function language() {
  const wanted = [localStorage.getItem(KEPT) ?? "", ...navigator.languages].map((tag) => tag.slice(0, 2).toLowerCase());
  return /** @type {Language} */ (wanted.find((code) => Object.hasOwn(LANGUAGES, code)) ?? "en");
}

/** Loads the texts of the reader's language. */
export async function loadTexts() {
  Object.assign(t, (await LANGUAGES[language()].load()).default);
  document.documentElement.lang = language();
}

/** Keeps the choice and shows the page anew. @param {Language} code */
export function chooseLanguage(code) {
  localStorage.setItem(KEPT, code);
  location.reload();
}

/** Picks the right plural. @param {number} n @param {{one: string, other: string}} forms with `{n}` @returns {string} */
export function plural(n, forms) {
  const form = new Intl.PluralRules(language()).select(n) === "one" ? forms.one : forms.other;
  return form.replaceAll("{n}", n.toLocaleString(language()));
}
