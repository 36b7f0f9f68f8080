/** A field with its label, a hint and what is wrong with it. */
import { html, useId } from "../vendor/ui.js";

/**
 * `children` is a function that makes the input from the attributes that join it to its label:
 * html`<${Field} label="Name" error=${error?.of("name")}>${(a) => html`<input ...${a} value=${name} />`}<//>`
 * @param {{label: string, hint?: string | null, error?: string | null, children?: any}} props
 */
export function Field({ label, hint = null, error = null, children }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  const make = Array.isArray(children) ? children.find((child) => typeof child === "function") : children;
  return html`
    <div class="labelled">
      <label for=${id}>${label}</label>
      ${make({ id, "aria-describedby": described, "aria-invalid": error ? "true" : undefined })}
      ${hint && html`<span class="hint-text" id=${`${id}-hint`}>${hint}</span>`}
      ${error && html`<span class="error-text" id=${`${id}-error`}>${error}</span>`}
    </div>`;
}
