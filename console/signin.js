/**
 * Sign-in by OpenID Connect: code with PKCE (RFC 7636). The protocol is oauth4webapi's business; here are what is kept,
 * one renewal at a time, and the two kinds of sign-out.
 *
 * Tokens are kept in sessionStorage: they outlive a reload, and end with the tab. A new tab signs in silently through
 * the issuer's own session.
 */
import { configuration } from "./configuration.js";
import { signal } from "./vendor/ui.js";

const TOKENS = "email-channels.tokens";
const PENDING = "email-channels.sign-in";
const RENEW_EARLY = 60_000;

/**
 * @typedef {object} Tokens
 * @property {string} token what the API takes
 * @property {string} access_token
 * @property {string} [id_token]
 * @property {string} [refresh_token]
 * @property {number} expires_at in milliseconds
 * @typedef {{state: string, nonce: string, verifier: string, address: string}} Pending
 */

/** The issuer refused to renew the session, or there is none. */
export class SessionEnded extends Error {}

/** Signing in failed; the message is the issuer's. */
export class SignInFailed extends Error {}

/** Whether the session has ended while the page was open. The page then asks for a new sign-in, over what it shows. */
export const sessionEnded = signal(false);

/** @returns {Tokens | null} */
function kept() {
  const text = sessionStorage.getItem(TOKENS);
  return text ? JSON.parse(text) : null;
}

/** Whether somebody is signed in, or was until a moment ago. */
export function signedIn() {
  return kept() !== null;
}

/** The claims of the ID token: who is signed in. Not verified: for showing a name only. @returns {Record<string, unknown>} */
export function claims() {
  const part = (kept()?.id_token ?? "").split(".")[1];
  if (!part) return {};
  const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

async function oauth() {
  const library = await import("./vendor/oauth.js");
  const server = /** @type {import("./vendor/oauth.js").AuthorizationServer} */ ({
    issuer: configuration.issuer,
    authorization_endpoint: configuration.authorization_endpoint,
    token_endpoint: configuration.token_endpoint,
  });
  // The issuer of the local stack has no TLS.
  const options = { [library.allowInsecureRequests]: configuration.token_endpoint.startsWith("http://127.0.0.1") };
  return { library, server, client: { client_id: configuration.client_id }, options };
}

/** Where the issuer sends people back to. It is registered there, so it has no address of a view. */
function home() {
  return `${location.origin}/`;
}

/** Leaves the page for the issuer's sign-in. After it, the page opens where it was. @param {string} [address] */
export async function signIn(address = location.hash) {
  const { library } = await oauth();
  const pending = { state: library.generateRandomState(), nonce: library.generateRandomNonce(), verifier: library.generateRandomCodeVerifier(), address };
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  sessionStorage.removeItem(TOKENS);
  const url = new URL(configuration.authorization_endpoint);
  for (const [name, value] of Object.entries({
    response_type: "code", client_id: configuration.client_id, redirect_uri: home(), scope: configuration.scopes, state: pending.state,
    nonce: pending.nonce, code_challenge: await library.calculatePKCECodeChallenge(pending.verifier), code_challenge_method: "S256",
  })) url.searchParams.set(name, value);
  location.assign(url.href);
}

/** Whether the address is one that the issuer sent us back to. */
export function returning() {
  const query = new URLSearchParams(location.search);
  return query.has("state") && (query.has("code") || query.has("error"));
}

/**
 * Takes the code that the issuer sent us back with, and restores the address. Raises SignInFailed.
 * @returns {Promise<boolean>} false if this page did not ask for the code: sign in anew
 */
export async function finishSignIn() {
  const url = new URL(location.href);
  const text = sessionStorage.getItem(PENDING);
  sessionStorage.removeItem(PENDING);
  const pending = text ? /** @type {Pending} */ (JSON.parse(text)) : null;
  history.replaceState(null, "", `/${pending?.address ?? ""}`);
  if (!pending || url.searchParams.get("state") !== pending.state) return false;
  const { library, server, client, options } = await oauth();
  try {
    const parameters = library.validateAuthResponse(server, client, url, pending.state);
    const response = await library.authorizationCodeGrantRequest(server, client, library.None(), parameters, home(), pending.verifier, options);
    keep(await library.processAuthorizationCodeResponse(server, client, response, { expectedNonce: pending.nonce, requireIdToken: true }));
  } catch (error) {
    throw failure(error);
  }
  return true;
}

/** @param {import("./vendor/oauth.js").TokenEndpointResponse} answer @param {Tokens | null} [before] */
function keep(answer, before = null) {
  // With rotation, each renewal answers with a new refresh token; without, with none.
  const tokens = {
    token: "",
    access_token: answer.access_token,
    id_token: answer.id_token ?? before?.id_token,
    refresh_token: answer.refresh_token ?? before?.refresh_token,
    expires_at: Date.now() + (answer.expires_in ?? 300) * 1000,
  };
  tokens.token = configuration.token === "id" ? tokens.id_token ?? "" : tokens.access_token;
  sessionStorage.setItem(TOKENS, JSON.stringify(tokens));
}

/** @param {unknown} error @returns {SignInFailed} */
function failure(error) {
  const told = /** @type {{error?: string, error_description?: string, message?: string}} */ (error);
  return new SignInFailed(told.error_description || told.error || told.message || String(error));
}

/** @type {Promise<void> | null} */
let renewal = null;

/** Renews the tokens. However many ask at the same time, one request is made. Raises SessionEnded, or TypeError if the issuer cannot be reached. */
export function renew() {
  renewal ??= renewNow().finally(() => { renewal = null; });
  return renewal;
}

async function renewNow() {
  const tokens = kept();
  if (!tokens?.refresh_token) throw ended();
  const { library, server, client, options } = await oauth();
  try {
    const response = await library.refreshTokenGrantRequest(server, client, library.None(), tokens.refresh_token, options);
    keep(await library.processRefreshTokenResponse(server, client, response), tokens);
  } catch (error) {
    if (error instanceof TypeError) throw error; // not reached: the session may go on
    throw ended();
  }
}

/** Says that the session has ended; the page shows it. @returns {SessionEnded} */
export function ended() {
  sessionEnded.value = true;
  return new SessionEnded("Your session has ended");
}

/** A token for the API, renewed a minute before it expires. Raises SessionEnded. @returns {Promise<string>} */
export async function accessToken() {
  const tokens = kept();
  if (!tokens) throw ended();
  if (tokens.expires_at - RENEW_EARLY > Date.now()) return tokens.token;
  await renew();
  return /** @type {Tokens} */ (kept()).token;
}

/** What else has to go at sign-out, such as drafts. @type {(() => void)[]} */
const forgetting = [];

/** @param {() => void} forget is called at sign-out */
export function atSignOut(forget) {
  forgetting.push(forget);
}

/** Ends the session here and at the issuer. */
export function signOut() {
  const tokens = kept();
  for (const forget of forgetting) forget();
  sessionStorage.clear();
  if (!configuration.end_session_endpoint) return location.assign("/?signed-out");
  const url = new URL(configuration.end_session_endpoint);
  url.searchParams.set("client_id", configuration.client_id);
  if (configuration.sign_out === "cognito") {
    url.searchParams.set("logout_uri", home());
  } else {
    url.searchParams.set("post_logout_redirect_uri", home());
    if (tokens?.id_token) url.searchParams.set("id_token_hint", tokens.id_token);
  }
  return location.assign(url.href);
}
