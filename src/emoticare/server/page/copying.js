// What the page asked and what it was told, for the clipboard.

import { curl } from "./curl.js";
import { currentKey } from "./keys.js";
import { announce } from "./notices.js";

const SAID_MS = 1800;

export function watchCopying(button, words) {
  const name = button.textContent;
  let timer = 0;
  button.addEventListener("click", async () => {
    const said = await copy(words()) ? "Copied" : "Not copied: the browser forbids it";
    button.textContent = said;
    announce(said);
    clearTimeout(timer);
    timer = setTimeout(() => { button.textContent = name; }, SAID_MS);
  });
}

// What the page asked; its key stays here.
export function asCurl({ path, body }) {
  return curl({ url: new URL(path, document.baseURI).href, body, needsKey: Boolean(currentKey()) });
}

async function copy(words) {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    return copyAsSelection(words);
  }
}

// Without TLS a browser has no other way, but on this machine itself.
function copyAsSelection(words) {
  const field = document.createElement("textarea");
  field.value = words;
  field.className = "visually-hidden";
  const focused = document.activeElement;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return isCopied;
}
