// The server, as the page asks it: with a key if it wants one, and again when it is busy.

import { askForKey, currentKey } from "./keys.js";

const MOST_RETRIES = 8;
const UNAUTHORIZED = 401;
const BUSY = [429, 503];

export class ServerError extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
    this.isOffline = status === 0;
  }
}

export function get(path, signal) {
  return ask(path, {}, { signal });
}

// `how` may have a signal, and onWait, which is told why and for how many seconds.
export function post({ path, body }, how = {}) {
  const headers = { "Content-Type": "application/json" };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body) }, how);
}

export const emotions = (body, how) => post({ path: "v1/emotions", body }, how);
export const explanation = (text, how) => post({ path: "v1/explanations", body: { text } }, how);
export const moderation = (input, how) => post({ path: "v1/moderations", body: { input } }, how);

async function ask(path, options, { signal, onWait }) {
  for (let retries = 0; ; retries += 1) {
    const response = await send(path, options, signal);
    if (response.ok) return content(response);
    const error = new ServerError(await reason(response), response.status);
    signal?.throwIfAborted();
    if (!BUSY.includes(response.status) || retries >= MOST_RETRIES) throw error;
    const seconds = Number(response.headers.get("Retry-After")) || 1;
    onWait?.(error.message, seconds);
    await pause(1000 * seconds, signal);
  }
}

async function send(path, options, signal) {
  for (;;) {
    const key = currentKey();
    const headers = { ...options.headers, ...(key && { Authorization: `Bearer ${key}` }) };
    const response = await reached(fetch(path, { ...options, headers, signal }));
    if (response.status !== UNAUTHORIZED) return response;
    // Another request may have been given the key meanwhile.
    if (key === currentKey()) await askForKey(signal);
  }
}

const content = (response) => reached(response.json());

async function reached(promise) {
  try {
    return await promise;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServerError("The server does not answer.");
  }
}

async function reason(response) {
  try {
    const { error } = await response.json();
    return error.message ?? error;
  } catch {
    return `The server answered with status ${response.status}.`;
  }
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
