// Talks to the server this page came from; without the password the form is shown again.

/** What went wrong, in the server's words. */
export class Failure extends Error {}

/** @type {Record<string, string>} */
const HEADERS = { "x-requested-with": "opencode" };

/** What goes wrong is told in this language from now on. @param {string} locale */
export function hear(locale) {
  HEADERS["accept-language"] = locale;
}

/** @param {string} path @returns {Promise<any>} */
export const get = (path) => ask("GET", path);
/** @param {string} path @param {any} [body] @returns {Promise<any>} */
export const post = (path, body) => ask("POST", path, body);
/** @param {string} path @param {any} body @returns {Promise<any>} */
export const patch = (path, body) => ask("PATCH", path, body);
/** @param {string} path @param {any} body @returns {Promise<any>} */
export const put = (path, body) => ask("PUT", path, body);
/** @param {string} path @returns {Promise<any>} */
export const remove = (path) => ask("DELETE", path);

/**
 * @param {string} path
 * @param {Record<string, string>} headers
 * @param {AbortSignal} signal
 * @returns {Promise<Response>} an answer that goes on
 */
export async function open(path, headers, signal) {
  const answer = await fetch(path, { headers: { ...HEADERS, ...headers }, signal, cache: "no-store" });
  if (answer.status === 401) location.reload();
  if (!answer.ok || !answer.body) throw new Failure(`${answer.status}`);
  return answer;
}

/** @param {string} method @param {string} path @param {any} [body] */
async function ask(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? HEADERS : { ...HEADERS, "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (answer.status === 401) location.reload();
  const text = await answer.text();
  const said = text ? JSON.parse(text) : null;
  if (!answer.ok) throw new Failure(said?.error?.message ?? `${answer.status}`);
  return said;
}
