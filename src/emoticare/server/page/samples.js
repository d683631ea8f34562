// A request as programs make it.

import { curl } from "./curl.js";
import { json } from "./literals.js";

export const LANGUAGES = ["curl", "Python", "JavaScript"];
const LINE = 56;

// request: method, url, body (undefined for none), needsKey, isJson (the answer).
export function sample(language, request) {
  return { curl, Python: python, JavaScript: javascript }[language](request);
}

function python({ method, url, body, needsKey, isJson }) {
  return [
    "import requests", "",
    `answer = requests.${method}(`,
    `    ${JSON.stringify(url)},`,
    ...(needsKey ? ['    headers={"Authorization": "Bearer KEY"},'] : []),
    ...(body === undefined ? [] : [`    json=${literal(body, 1)},`]),
    "    timeout=30,", ")",
    "answer.raise_for_status()",
    `print(answer.${isJson ? "json()" : "text"})`,
  ].join("\n");
}

function literal(value, depth) {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const items = Array.isArray(value)
    ? value.map((item) => literal(item, depth + 1))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${literal(item, depth + 1)}`);
  const line = `${open}${items.join(", ")}${close}`;
  if (line.length < LINE && !line.includes("\n")) return line;
  const indent = "    ".repeat(depth + 1);
  return `${open}\n${items.map((item) => `${indent}${item},\n`).join("")}${"    ".repeat(depth)}${close}`;
}

function javascript({ method, url, body, needsKey, isJson }) {
  const headers = {
    ...(needsKey && { Authorization: "Bearer KEY" }),
    ...(body !== undefined && { "Content-Type": "application/json" }),
  };
  const settings = [
    ...(body === undefined ? [] : [`  method: "${method.toUpperCase()}",`]),
    ...(Object.keys(headers).length ? [`  headers: ${JSON.stringify(headers)},`] : []),
    ...(body === undefined ? [] : [`  body: JSON.stringify(${json(body).replaceAll("\n", "\n  ")}),`]),
  ];
  return [
    `const answer = await fetch(${JSON.stringify(url)}${settings.length ? `, {\n${settings.join("\n")}\n}` : ""});`,
    "if (!answer.ok) throw new Error(await answer.text());",
    `console.log(await answer.${isJson ? "json" : "text"}());`,
  ].join("\n");
}
