// A request as a shell makes it.

import { json, quoted } from "./literals.js";

const LINE = 56;

// request: url, body (undefined for none), needsKey.
export function curl({ url, body, needsKey }) {
  return [
    `curl ${/^[\w:/.-]+$/.test(url) ? url : quoted(url)}`,
    ...(needsKey ? ["-H 'Authorization: Bearer KEY'"] : []),
    ...(body === undefined ? [] : [`--json ${quoted(compact(body))}`]),
  ].join(" \\\n  ");
}

function compact(body) {
  const line = JSON.stringify(body);
  return line.length < LINE ? line : json(body).replaceAll("\n", "\n  ");
}
