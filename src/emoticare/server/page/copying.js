// What the page asked and what it was told, for the clipboard.

import { currentKey } from "./keys.js";
import { quoted } from "./literals.js";
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

export function curl({ path, body }) {
  return [
    `curl ${quoted(new URL(path, document.baseURI).href)}`,
    ...(currentKey() ? [quoted("-HAuthorization: Bearer KEY")] : []),
    `--json ${quoted(JSON.stringify(body))}`,
  ].join(" \\\n  ");
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
