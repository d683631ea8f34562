// The server, as the page asks it: with a key if it wants one, and again when it is busy.

import { byId } from "./dom.js";

const MOST_RETRIES = 8;
let key = "";

export class ServerError extends Error {}

export async function get(path, signal) {
  return ask(path, { signal });
}

export async function explanation(text, signal) {
  return ask("v1/explanations", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ text }),
    signal,
  });
}

export async function emotions(texts, signal, options = {}) {
  return ask("v1/emotions", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ texts, ...options }),
    signal,
  });
}

export async function conversation(chat, signal) {
  return ask("v1/conversations", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ chat, top_k: 6, moderate: true }),
    signal,
  });
}

async function ask(path, options) {
  for (let retries = 0; ; retries += 1) {
    const response = await send(path, options);
    if (response.ok) return response.json();
    const isBusy = response.status === 429 || response.status === 503;
    if (!isBusy || retries >= MOST_RETRIES) throw new ServerError(await reason(response));
    await pause(1000 * Number(response.headers.get("Retry-After") || 1), options.signal);
  }
}

async function send(path, options) {
  const headers = { ...options.headers, ...(key && { Authorization: `Bearer ${key}` }) };
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServerError("The server does not answer. Is it still running?");
  }
  if (response.status !== 401) return response;
  key = await askForKey(options.signal);
  return send(path, options);
}

async function reason(response) {
  try {
    return (await response.json()).error;
  } catch {
    return `The server answered with status ${response.status}.`;
  }
}

function askForKey(signal) {
  const form = byId("key-form");
  form.hidden = false;
  return new Promise((resolve, reject) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      form.hidden = true;
      resolve(byId("key").value.trim());
    }, { once: true, signal });
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
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
