// The key that a server may ask for: held in memory alone, and asked for once for all who wait.

import { byId, element } from "./dom.js";

let key = "";
let asking = null;

export function currentKey() {
  return key;
}

export function askForKey(signal) {
  asking ??= ask(Boolean(key)).finally(() => { asking = null; });
  if (!signal) return asking;
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    asking.then(resolve, reject);
  });
}

function ask(isRefused) {
  const form = byId("key-form");
  const input = byId("key");
  form.hidden = false;
  sayRefused(form, input, isRefused);
  input.focus();
  input.select();
  return new Promise((resolve) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      key = input.value.trim();
      form.hidden = true;
      resolve();
    }, { once: true });
  });
}

function sayRefused(form, input, isRefused) {
  form.querySelector("[role=alert]")?.remove();
  input.toggleAttribute("aria-invalid", isRefused);
  if (!isRefused) return;
  form.append(element("p", { class: "alert", role: "alert", id: "key-alert" },
    "The server does not accept this key. Check it, and send it again."));
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", "key-alert");
}
