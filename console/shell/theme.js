/** Light, dark, or as the system: the attribute `data-theme` of <html>. */
import { signal } from "../vendor/ui.js";

/** @typedef {"system" | "light" | "dark"} Theme */

const KEPT = "email-channels.theme";

export const theme = signal(/** @type {Theme} */ (localStorage.getItem(KEPT) ?? "system"));

/** Shows the theme that was chosen on this device. */
export function showTheme() {
  if (theme.value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
}

/** @param {Theme} chosen */
export function chooseTheme(chosen) {
  theme.value = chosen;
  localStorage.setItem(KEPT, chosen);
  showTheme();
}
