/**
 * What the server says about this deployment: the attribute `content` of <meta name="console"> in index.html.
 * @typedef {object} Configuration
 * @property {string} version a new release has another one
 * @property {boolean} local on one machine: there is an outbox
 * @property {string} files origin of the signed links
 * @property {string} issuer
 * @property {string} authorization_endpoint
 * @property {string} token_endpoint
 * @property {string | null} end_session_endpoint
 * @property {"standard" | "cognito"} sign_out how to leave: OpenID Connect RP-Initiated Logout, or Cognito's own way
 * @property {string} client_id
 * @property {string} scopes
 * @property {"access" | "id"} token which token the API takes
 */

const meta = /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[name="console"]'));

/** @type {Configuration} */
export const configuration = JSON.parse(meta?.content || "{}");
