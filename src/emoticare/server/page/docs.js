// The OpenAPI document of this server, for people: routes, examples as curl, schemas, errors.

import { byId, element } from "./dom.js";

const response = await fetch("openapi.json");
const api = await response.json();
byId("description").textContent = api.info.description.replaceAll("`", "");
for (const [path, methods] of Object.entries(api.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    if (!operation.tags.includes("pages")) byId("routes").append(route(path, method.toUpperCase(), operation));
  }
}

function route(path, method, operation) {
  const body = operation.requestBody?.content["application/json"];
  const examples = Object.entries(body?.examples ?? {}).flatMap(([name, { value }]) => [
    element("h3", { class: "small" }, name), code(curl(path, operation, value)),
  ]);
  const content = operation.responses["200"].content;
  const schemas = [
    ...(body ? [details("What it takes", body.schema)] : []),
    ...(content?.["application/json"] ? [details("What it gives", content["application/json"].schema)] : []),
  ];
  return element("section", { class: "card" },
    element("h2", {}, element("code", {}, `${method} ${path}`)),
    element("p", {}, operation.summary), ...examples,
    ...(body ? [] : [code(curl(path, operation))]), ...schemas, errors(operation));
}

function curl(path, operation, value) {
  const quoted = (word) => `'${word.replaceAll("'", `'\\''`)}'`;
  return [
    `curl ${new URL(`.${path}`, location)}`,
    ...(operation.security ? [quoted("-HAuthorization: Bearer KEY")] : []),
    ...(value ? [`--json ${quoted(JSON.stringify(value))}`] : []),
  ].join(" \\\n  ");
}

function code(text) {
  return element("pre", { tabindex: 0 }, element("code", {}, text));
}

function details(title, schema) {
  return element("details", {}, element("summary", {}, title),
    code(JSON.stringify(resolve(schema), null, 2)));
}

function resolve(schema) {
  if (Array.isArray(schema)) return schema.map(resolve);
  if (schema === null || typeof schema !== "object") return schema;
  if (schema.$ref) {
    return resolve(schema.$ref.split("/").slice(1).reduce((node, key) => node[key], api));
  }
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, resolve(value)]));
}

function errors(operation) {
  const rows = Object.entries(operation.responses).filter(([status]) => status !== "200")
    .map(([status, { description }]) => element("tr", {},
      element("th", { scope: "row" }, status), element("td", {}, description)));
  if (!rows.length) return "";
  return element("details", {}, element("summary", {}, "Errors"),
    element("table", {}, element("tbody", {}, ...rows)));
}
