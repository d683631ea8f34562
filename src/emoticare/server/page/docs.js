// The API of this server for people, from its OpenAPI document.

import { Panel, codeBlock, useKey } from "./console.js";
import { byId, element } from "./dom.js";
import { fieldsTable, prose } from "./fields.js";
import { json } from "./literals.js";

const BASE = new URL(".", location).href.replace(/\/$/, "");
const MOST_OPEN = 7;
const WIDE = matchMedia("(min-width: 64rem)");
const STREAM = `const stream = new WebSocket("${BASE.replace(/^http/, "ws")}/v1/stream");
stream.onmessage = ({ data }) => console.log(JSON.parse(data));
stream.onopen = () => stream.send(JSON.stringify({ text: "Thanks a lot!", id: 1, top_k: 3 }));`;

try {
  const response = await fetch("openapi.json");
  if (!response.ok) throw new Error(`The server answered with status ${response.status}.`);
  describe(await response.json());
} catch (error) {
  byId("alert").textContent = `The API's description could not be loaded. ${error.message}`;
  byId("alert").hidden = false;
  byId("groups").replaceChildren();
}

function describe(api) {
  const paths = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));
  byId("version").textContent = `Version ${api.info.version}, as this server speaks it`;
  byId("description").replaceChildren(...prose(api.info.description));
  byId("base").textContent = BASE;
  byId("dashboard-link").hidden = !("/dashboard" in api.paths);
  byId("keys").hidden = !api.components.securitySchemes;
  // What no header can hold is no key.
  byId("key").addEventListener("input", ({ target }) => useKey(target.validity.valid ? target.value : ""));
  byId("key").addEventListener("change", ({ target }) => target.reportValidity());
  byId("keys").addEventListener("submit", (event) => event.preventDefault());
  const groups = api.tags.map((tag) => ({
    tag, routes: paths.filter(({ operation }) => operation.tags?.includes(tag.name) && !isPage(operation)),
  })).filter(({ routes }) => routes.length);
  byId("groups").replaceChildren(...groups.map(({ tag, routes }) => group(tag, routes, api)));
  byId("stream-sample").append(codeBlock("A stream in JavaScript", STREAM).node);
  byId("links").append(link("start", "Start"), ...groups.map(({ tag, routes }) =>
    element("li", {}, anchor(tag.name, tag["x-displayName"]), element("ul", {}, ...routes.map(
      ({ path, method, operation }) => link(operation.operationId,
        element("b", { class: method }, method.toUpperCase()), element("span", {}, ...breakable(path))))))),
  link("streams", "Streams"));
  openContents();
  watchReading();
  // What the address names has only now been made.
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

function isPage(operation) {
  return "text/html" in (operation.responses["200"].content ?? {});
}

function anchor(id, ...words) {
  return element("a", { href: `#${id}` }, ...words);
}

function link(id, ...words) {
  return element("li", {}, anchor(id, ...words));
}

function group(tag, routes, api) {
  return element("section", { class: "group", id: tag.name, "aria-labelledby": `${tag.name}-title` },
    element("div", { class: "prose" },
      element("h2", { id: `${tag.name}-title` }, tag["x-displayName"]),
      element("p", {}, ...prose(tag.description))),
    ...routes.map(({ path, method, operation }) => route(path, method, operation, api)));
}

function route(path, method, operation, api) {
  const { operationId: id, parameters = [] } = operation;
  const body = operation.requestBody?.content["application/json"];
  const given = operation.responses["200"].content ?? {};
  const answer = given["application/json"];
  const answers = values(answer?.examples);
  const panel = new Panel({
    method, url: `${BASE}${path}`, parameters,
    needsKey: Boolean(operation.security), isJson: Boolean(answer),
    requests: body ? values(body.examples) : { [Object.keys(answers)[0] ?? "plain"]: undefined },
    answers,
  });
  const about = element("div", { class: "about" },
    element("h3", { id: `${id}-title` }, element("span", { class: `method ${method}` }, method.toUpperCase()),
      " ", element("code", {}, ...breakable(path)), " ",
      element("a", { class: "here", href: `#${id}`, "aria-label": `Link to ${path}` }, "#")),
    element("p", {}, ...prose(`${operation.summary}.`)),
    ...(operation.security ? [element("p", { class: "note" }, "Needs a key.")] : []),
    ...(parameters.length ? [fieldsTable(query(parameters), api, "Query", true)] : []),
    ...(body ? [fieldsTable(body.schema, api, "Request", true)] : []),
    ...(answer ? [answerFields(answer.schema, api)]
      : [element("p", {}, `Answers with ${Object.keys(given).join(", ") || "nothing"}.`)]),
    ...errors(operation));
  return element("article", { class: "route", id, "aria-labelledby": `${id}-title` }, about, panel.node);
}

// The example beside it tells most of a long one.
function answerFields(schema, api) {
  const table = fieldsTable(schema, api, "Answer", false);
  const n = table.tBodies[0].rows.length;
  if (n <= MOST_OPEN) return table;
  return element("details", { class: "folded" },
    element("summary", {}, "Answer ", element("small", {}, `${n} fields`)), table);
}

function values(examples = {}) {
  return Object.fromEntries(Object.entries(examples).map(([name, { value }]) => [name, value]));
}

// Long paths may break after a slash or an underscore.
function breakable(path) {
  return path.split(/(?<=[/_])/).flatMap((part) => [part, element("wbr")]);
}

function query(parameters) {
  return {
    properties: Object.fromEntries(parameters.map(({ name, schema, description }) =>
      [name, { ...schema, description }])),
    required: parameters.filter(({ required }) => required).map(({ name }) => name),
  };
}

function errors(operation) {
  const refused = Object.entries(operation.responses).filter(([status]) => status >= 400);
  if (!refused.length) return [];
  const shown = refused.map(([, { content }]) => content?.["application/json"]?.example).find(Boolean);
  const rows = refused.map(([status, { description }]) => element("tr", {},
    element("th", { scope: "row" }, status), element("td", {}, ...prose(description))));
  return [element("details", { class: "errors folded" },
    element("summary", {}, "Errors ", element("small", {}, refused.map(([status]) => status).join(", "))),
    element("table", {}, element("tbody", {}, ...rows)),
    ...(shown ? [element("p", { class: "note" }, "Each looks like this:"),
      codeBlock("An error", json(shown)).node] : []))];
}

function openContents() {
  const contents = byId("contents");
  const fit = () => { contents.open = WIDE.matches; };
  fit();
  WIDE.addEventListener("change", fit);
  contents.addEventListener("click", (event) => {
    if (event.target.closest("a") && !WIDE.matches) contents.open = false;
  });
}

function watchReading() {
  const links = new Map([...byId("links").querySelectorAll("a")].map((a) => [a.hash.slice(1), a]));
  const observer = new IntersectionObserver((entries) => {
    const seen = entries.filter(({ isIntersecting }) => isIntersecting).at(-1);
    if (!seen) return;
    for (const a of links.values()) a.removeAttribute("aria-current");
    const current = links.get(seen.target.id);
    current.setAttribute("aria-current", "true");
    const list = byId("links");
    if (WIDE.matches) list.scrollTop = current.offsetTop - list.clientHeight / 2;
  }, { rootMargin: "-10% 0px -80% 0px" });
  for (const node of document.querySelectorAll(".route, #start, #streams")) observer.observe(node);
}
