/** Signing in at the stack's own user pool (Cognito) and at another issuer: what is sent, which token the API gets, how people leave. */
import assert from "node:assert/strict";
import { test } from "node:test";

const COGNITO = {
  issuer: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc", authorization_endpoint: "https://acme-1a2b.auth.eu-west-1.amazoncognito.com/oauth2/authorize",
  token_endpoint: "https://acme-1a2b.auth.eu-west-1.amazoncognito.com/oauth2/token", end_session_endpoint: "https://acme-1a2b.auth.eu-west-1.amazoncognito.com/logout",
  sign_out: "cognito", client_id: "client", scopes: "openid profile email", token: "id",
};
const OTHER = { ...COGNITO, issuer: "https://login.example", authorization_endpoint: "https://login.example/auth", token_endpoint: "https://login.example/token", end_session_endpoint: "https://login.example/logout", sign_out: "standard", token: "access" };
const PAGE = "https://console.example/";

const kept = new Map();
globalThis.sessionStorage = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value), removeItem: (name) => kept.delete(name), clear: () => kept.clear() };
let went = "";
globalThis.location = { origin: PAGE.slice(0, -1), href: PAGE, hash: "", search: "", assign: (url) => { went = url; } };
globalThis.history = { replaceState: (_state, _title, url) => { location.href = new URL(url, PAGE).href; } };
globalThis.document = { querySelector: () => ({ content: "{}" }) };
const { configuration } = await import("../../../../console/configuration.js");
const { accessToken, finishSignIn, signIn, signOut, SessionEnded } = await import("../../../../console/signin.js");

/** What the token endpoint is asked, and how it answers. */
let asked = [];
function issuerAnswers(nonce, extra = {}) {
  const now = Math.floor(Date.now() / 1000);
  const text = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const idToken = `${text({ alg: "RS256" })}.${text({ iss: configuration.issuer, aud: "client", sub: "1", nonce, iat: now, exp: now + 3600 })}.x`;
  globalThis.fetch = async (url, { body }) => {
    asked.push([String(url), Object.fromEntries(new URLSearchParams(body))]);
    return Response.json({ access_token: "the-access-token", token_type: "Bearer", expires_in: 3600, id_token: idToken, refresh_token: "first", ...extra });
  };
  return idToken;
}

async function signedIn(settings) {
  Object.assign(configuration, settings);
  kept.clear();
  asked = [];
  location.hash = "#/cases/7K3F92QDX0";
  await signIn();
  const request = new URL(went).searchParams;
  const idToken = issuerAnswers(request.get("nonce"));
  location.href = `${PAGE}?code=abc&state=${request.get("state")}`;
  assert.equal(await finishSignIn(), true);
  return { request, idToken };
}

for (const [name, settings] of Object.entries({ COGNITO, OTHER })) {
  test(`code with PKCE: ${name}`, async () => {
    const { request, idToken } = await signedIn(settings);
    assert.ok(went.startsWith(`${settings.authorization_endpoint}?`));
    const { state, nonce, code_challenge, ...fixed } = Object.fromEntries(request);
    assert.deepEqual(fixed, { response_type: "code", client_id: "client", redirect_uri: PAGE, scope: "openid profile email", code_challenge_method: "S256" });
    for (const secret of [state, nonce, code_challenge]) assert.match(secret, /^[\w-]{43}$/);
    const [[url, form]] = asked;
    assert.equal(url, settings.token_endpoint);
    const { code_verifier, ...rest } = form;
    assert.deepEqual(rest, { grant_type: "authorization_code", code: "abc", redirect_uri: PAGE, client_id: "client" });
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code_verifier));
    assert.equal(Buffer.from(digest).toString("base64url"), code_challenge);
    assert.equal(location.href, `${PAGE}#/cases/7K3F92QDX0`, "the page is where it was, without the code");
    assert.equal(await accessToken(), settings.token === "id" ? idToken : "the-access-token");
  });
}

test("leaving Cognito, and another issuer", async () => {
  await signedIn(COGNITO);
  signOut();
  assert.equal(went, `${COGNITO.end_session_endpoint}?client_id=client&logout_uri=${encodeURIComponent(PAGE)}`);
  assert.equal(kept.size, 0);
  const { idToken } = await signedIn(OTHER);
  signOut();
  assert.deepEqual(Object.fromEntries(new URL(went).searchParams), { client_id: "client", post_logout_redirect_uri: PAGE, id_token_hint: idToken });
});

test("a renewal keeps the refresh token that the answer lacks, and takes a new one", async () => {
  const early = { refresh_token: undefined, expires_in: 1 };
  await signedIn(COGNITO);
  const expire = () => kept.set("email-channels.tokens", JSON.stringify({ ...JSON.parse(kept.get("email-channels.tokens")), expires_at: 0 }));
  expire();
  issuerAnswers(undefined, early);
  await Promise.all([accessToken(), accessToken(), accessToken()]);
  assert.deepEqual(asked.slice(1).map(([, form]) => form.refresh_token), ["first"], "one renewal for three");
  expire();
  issuerAnswers(undefined, { refresh_token: "second" });
  await accessToken();
  expire();
  globalThis.fetch = async () => Response.json({ error: "invalid_grant" }, { status: 400 });
  await assert.rejects(accessToken(), SessionEnded);
  assert.deepEqual(asked.at(-1)[1].refresh_token, "first");
  assert.equal(JSON.parse(kept.get("email-channels.tokens")).refresh_token, "second");
});

test("a code that this page did not ask for, or with another nonce", async () => {
  Object.assign(configuration, COGNITO);
  kept.clear();
  location.href = `${PAGE}?code=stolen&state=guessed`;
  assert.equal(await finishSignIn(), false);
  await signIn();
  issuerAnswers("another nonce");
  location.href = `${PAGE}?code=abc&state=${new URL(went).searchParams.get("state")}`;
  await assert.rejects(finishSignIn());
});
