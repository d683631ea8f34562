// The scores of a file's texts as they come, packed: a file may have a million rows.

const DECIMALS = 1e6;
const DOUBTFUL = ["not_english", "out_of_domain", "too_short"];

export class FileScores {
  constructor(model, nTexts) {
    this.model = model;
    this.nLabels = model.labels.length;
    this.values = new Float32Array(nTexts * this.nLabels);
    this.nTokens = new Uint32Array(nTexts);
    this.warnings = [];
  }

  // How many texts are scored.
  get length() {
    return this.warnings.length;
  }

  add(result) {
    const row = this.length;
    this.model.labels.forEach((label, i) => {
      this.values[row * this.nLabels + i] = result.scores[label];
    });
    this.nTokens[row] = result.n_tokens;
    this.warnings.push(result.warnings);
  }

  score(row, i) {
    return Math.round(this.values[row * this.nLabels + i] * DECIMALS) / DECIMALS;
  }

  scores(row) {
    return this.model.labels.map((_, i) => this.score(row, i));
  }

  // At the thresholds of the page, best first.
  labelsOf(row) {
    const { labels, thresholds } = this.model;
    return labels.map((label, i) => [label, this.score(row, i)])
      .filter(([label, score]) => score >= thresholds[label])
      .sort((a, b) => b[1] - a[1]).map(([label]) => label);
  }

  best(row) {
    const scores = this.scores(row);
    return this.model.labels[scores.indexOf(Math.max(...scores))];
  }

  isDoubtful(row) {
    return this.warnings[row].some((name) => DOUBTFUL.includes(name));
  }

  countWarnings() {
    const counts = {};
    for (const name of this.warnings.flat()) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  }
}
