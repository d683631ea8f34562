// What a schema takes or gives, as rows of a table: a field's path, its type, what it means.

import { element } from "./dom.js";

const DEEPEST = 6;
// An object of more fields of one and the same type is a map, of which each name need not be told.
const MAP_FROM = 8;
const NEEDS = ["required", "one of these", ""];

// isSent: whether a client sends them, and has to know which it must.
export function fieldsTable(schema, api, caption, isSent) {
  const rows = [];
  collect(schema, "", { api, rows, depth: 0 });
  if (!rows.length) {
    const { word, about } = described(schema, api);
    rows.push({ path: "(the whole)", word, about, need: "" });
  }
  const heads = ["Field", "Type and meaning"].map((head) => element("th", { scope: "col" }, head));
  return element("table", { class: "fields" },
    element("caption", {}, caption),
    element("thead", { class: "visually-hidden" }, element("tr", {}, ...heads)),
    element("tbody", {}, ...rows.map((row) => fieldRow(row, isSent))));
}

function fieldRow({ path, word, about, need }, isSent) {
  const parts = path.split(/(?<=[.\]])/).flatMap((part) => [part, element("wbr")]);
  return element("tr", {},
    element("th", { scope: "row" }, element("code", {}, ...parts)),
    element("td", {}, element("span", { class: "type" }, word),
      ...(isSent && need ? [" ", element("span", { class: "need" }, need)] : []),
      ...(about ? [element("p", {}, ...prose(about))] : [])));
}

// Words in backticks are code.
export function prose(text) {
  return text.split("`").map((part, i) => (i % 2 ? element("code", {}, part) : part));
}

export function resolved(schema, api) {
  if (!schema?.$ref) return schema ?? {};
  const target = schema.$ref.split("/").slice(1).reduce((node, key) => node[key], api);
  const { $ref, ...own } = schema;
  return { ...target, ...own };
}

function options(schema, api) {
  const given = schema.anyOf ?? schema.oneOf;
  return given ? given.map((one) => resolved(one, api)).filter(({ type }) => type !== "null") : [schema];
}

function collect(schema, path, { api, rows, depth }) {
  if (depth > DEEPEST) return;
  const inside = { api, rows, depth: depth + 1 };
  const variants = options(resolved(schema, api), api);
  const objects = variants.filter(({ properties }) => properties && !isMap({ properties }, api));
  const names = [...new Set(objects.flatMap(({ properties }) => Object.keys(properties)))];
  const fields = names.map((name) => {
    const having = objects.filter(({ properties }) => name in properties);
    const isNeeded = having.every(({ required }) => required?.includes(name));
    const need = NEEDS[isNeeded ? Number(having.length < objects.length) : 2];
    return { name, need, field: having[0].properties[name] };
  });
  fields.sort((a, b) => NEEDS.indexOf(a.need) - NEEDS.indexOf(b.need));
  for (const { name, need, field } of fields) {
    rows.push({ path: `${path}${name}`, need, ...described(field, api) });
    collect(field, `${path}${name}.`, inside);
  }
  for (const variant of variants) {
    const items = variant.items && options(resolved(variant.items, api), api);
    if (items?.some((item) => item.properties || item.items)) {
      collect(variant.items, `${path.replace(/\.$/, "")}[].`, inside);
    }
    const values = variant.additionalProperties;
    if (values && typeof values === "object") collect(values, `${path}{name}.`, inside);
  }
}

function isMap({ properties }, api) {
  const fields = Object.values(properties ?? {});
  return fields.length >= MAP_FROM
    && fields.every((field) => type(field, api) === "number" && !field.description);
}

function described(field, api) {
  const schema = resolved(field, api);
  const about = [schema.description, ...limits(schema, api)].filter(Boolean)
    .map((sentence) => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`));
  return { word: type(schema, api), about: about.join(" ") };
}

function type(field, api) {
  const schema = resolved(field, api);
  const variants = options(schema, api);
  if (variants.length > 1 || variants[0] !== schema) {
    return [...new Set(variants.map((one) => type(one, api)))].join(" or ");
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.length > MAP_FROM ? "a label" : schema.enum.map((one) => JSON.stringify(one)).join(" or ");
  if (schema.type === "array") return `list of ${many(type(schema.items, api))}`;
  if (schema.additionalProperties && typeof schema.additionalProperties === "object") {
    return `${many(type(schema.additionalProperties, api))} by name`;
  }
  if (isMap(schema, api)) return "numbers by label";
  return schema.type ?? "anything";
}

function many(word) {
  if (word === "a label") return "labels";
  return /^(string|number|integer|object|boolean)$/.test(word) ? `${word}s` : word;
}

function limits(schema, api) {
  const said = [];
  for (const one of options(schema, api)) {
    if (one.minimum !== undefined && one.maximum !== undefined) said.push(`From ${one.minimum} to ${one.maximum}`);
    if (one.maxLength !== undefined) said.push(`At most ${one.maxLength.toLocaleString("en")} characters`);
    if (one.maxItems !== undefined && one.maxItems !== one.minItems) said.push(`At most ${one.maxItems.toLocaleString("en")}`);
  }
  if (schema.default !== undefined && schema.default !== null && schema.default !== "") {
    said.push(`By default ${JSON.stringify(schema.default)}`);
  }
  return [...new Set(said)];
}
