// Usage: node scores.mjs DIR < texts.json
// Reads a JSON list of texts, and of pairs of what was said before and a reply, and prints, for each
// precision, a list of {label: score} a text or pair.

import { createRequire } from 'node:module';
import { basename, dirname, resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

// The packages may lie in a folder of their own, which an import statement would not look into.
const packages = process.env.EMOTICARE_NODE_MODULES;
const library = packages
  ? pathToFileURL(createRequire(resolve(packages, 'x')).resolve('@huggingface/transformers')).href
  : '@huggingface/transformers';
const { env, pipeline } = await import(library);

const folder = resolve(process.argv[2]);
env.allowRemoteModels = false;
env.localModelPath = dirname(folder);

async function scoresOfPair(classifier, [said, reply]) {
  const inputs = classifier.tokenizer(said, { text_pair: reply, truncation: true });
  const { logits } = await classifier.model(inputs);
  const { id2label } = classifier.model.config;
  return logits.sigmoid().tolist()[0].map((score, i) => ({ label: id2label[i], score }));
}

const texts = JSON.parse(await readAll(process.stdin));
const scores = {};
for (const dtype of ['fp32', 'q8']) {
  const classifier = await pipeline('text-classification', basename(folder), { dtype });
  scores[dtype] = [];
  for (const text of texts) {
    const results = Array.isArray(text)
      ? await scoresOfPair(classifier, text)
      : await classifier(text, { top_k: null });
    scores[dtype].push(Object.fromEntries(results.map(({ label, score }) => [label, score])));
  }
}
console.log(JSON.stringify(scores));
