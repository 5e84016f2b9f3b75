/* report_base.js — numbers in, words out: the page's data, statistics, formats. */

/* ---- data ---- */

/* {type, shape, data} -> typed array with .rows, .columns */
function decode(array) {
  const text = atob(array.data), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const view = new DataView(bytes.buffer), wide = array.type === 'f8';
  const out = new (wide ? Float64Array : Float32Array)(array.shape[0] * array.shape[1]);
  for (let i = 0; i < out.length; i++) out[i] = wide ? view.getFloat64(8 * i, true) : view.getFloat32(4 * i, true);
  out.rows = array.shape[0];
  out.columns = array.shape[1];
  return out;
}

function decodeAll(object) {
  const out = {};
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (value && value.data !== undefined) out[key] = decode(value);
    else if (value && typeof value === 'object' && !Array.isArray(value)) out[key] = decodeAll(value);
    else out[key] = value;
  }
  return out;
}

const line = (array, i) => array.subarray(i * array.columns, (i + 1) * array.columns);
const column = (array, k) => Array.from({length: array.rows}, (_, i) => array[i * array.columns + k]);

/* Relevant: a frequency at which the target holds at least this share of its largest coefficient. */
const RELEVANT = 0.01;

function readRun(object, index) {
  const run = decodeAll(object);
  run.index = index;
  run.title = run.title || 'run ' + (index + 1);
  for (const key of ['learned', 'kept_energy', 'xi_top', 'tau']) run[key] = run[key][0];
  run.peaks = Array.from({length: run.order.rows}, (_, k) => {
    const [xi, step, half, last, size] = line(run.order, k);
    return {name: run.names[k].replace(/-/g, '−').replace(' ', '\u00a0'), xi, step: step < 0 ? Infinity : step, half: half < 0 ? Infinity : half, last, size,
      foretold: run.foretold ? (run.foretold[k] < 0 ? Infinity : run.foretold[k]) : NaN};
  });
  run.row = Array.from({length: run.rows.rows}, (_, k) => {
    const [low, high, count, size] = line(run.rows, k);
    return {low, high, count, size, xi: (low + high) / 2};
  });
  run.largest = d3.max(run.row, r => r.size) || 1;
  for (const r of run.row) r.relevant = r.size >= RELEVANT * run.largest;
  run.edge = rowEdges(run.row);
  run.frameStep = run.frame.map(i => run.step[i]);
  run.lastStep = run.step[run.step.length - 1];
  run.band = readBands(run);
  return run;
}

/* Borders between rows, halfway; the outermost as far out as their inner neighbours, but not below 0. */
function rowEdges(row) {
  const xi = row.map(r => r.xi), n = xi.length;
  if (n === 1) return [xi[0] / 2, xi[0] > 0 ? 1.5 * xi[0] : 1];
  const inner = d3.range(1, n).map(k => (xi[k - 1] + xi[k]) / 2);
  return [Math.max(0, xi[0] - (inner[0] - xi[0])), ...inner, xi[n - 1] + (xi[n - 1] - inner[n - 2])];
}

function readBands(run) {
  return d3.range(run.band_error.columns).map(b => {
    const low = run.band_edge[b], high = run.band_edge[b + 1];
    const inside = run.peaks.filter(p => p.xi >= low && (p.xi < high || (b + 1 === run.band_error.columns && p.xi <= high)));
    const error = column(run.band_error, b);
    return {low, high, peak: inside.length === 1 ? inside[0] : null, error,
      label: inside.length === 1 ? inside[0].name : formatXi(low) + '–' + formatXi(high)};
  }).filter(b => b.error.some(e => e > 0 && isFinite(e)));
}

/* The frequency up to which pictures open: half again the highest peak, or what 99.9 % of the target's energy needs and a quarter more. */
function openingXi(run) {
  const total = d3.sum(run.row, r => r.size * r.size);
  let sum = 0, reach = 0;
  for (const r of run.row) {
    if (sum < 0.999 * total) reach = r.xi;
    sum += r.size * r.size;
  }
  const highest = d3.max(run.peaks, p => p.xi) || 0;
  const wanted = Math.max(1.5 * highest, 1.25 * reach), last = run.edge[run.edge.length - 1];
  return wanted > 0.7 * last ? last : wanted;
}

/* What a run is called in a key, in few characters. */
function shortName(run) {
  const MOST = 40;
  if (shown.theory) return run.foretold ? 'theory' : 'training';
  return run.title.length > MOST ? run.title.slice(0, MOST - 1) + '…' : run.title;
}

/* Runs of one stem ("tanh, seed 1", "tanh, seed 2") with the same peaks are repetitions; others are compared. */
const SEED = /[\s,;:·(\[-]*\bseed[\s:=#]*\d+[)\]]?/i;
/* What tells a run from its repetitions: "seed 3". */
function runName(run) {
  const found = shown.repetitions ? run.title.match(SEED) : null;
  return found ? found[0].replace(/^[^a-z]+|[)\]]$/gi, '') : shown.repetitions ? 'run ' + (run.index + 1) : run.title;
}

const stem = title => title.replace(SEED, '').trim();

function areRepetitions(runs) {
  const first = runs[0];
  return runs.length > 1 && runs.every(r => stem(r.title) === stem(first.title) && r.peaks.length === first.peaks.length &&
    r.peaks.every((p, k) => Math.abs(p.xi - first.peaks[k].xi) <= 1e-9 * first.xi_top));
}

/* ---- statistics ---- */

const increasing = (a, b) => (a < b ? -1 : a > b ? 1 : 0); /* d3.ascending's, but Infinity - Infinity is no trouble */

/* Median and the distribution-free interval between order statistics of level >= 0.9; least and greatest where n < 5. */
function medianInterval(values) {
  const x = Array.from(values).filter(v => !Number.isNaN(v)).sort(increasing), n = x.length;
  if (n === 0) return {median: NaN, low: NaN, high: NaN, n};
  const middle = n % 2 ? x[(n - 1) / 2] : x[n / 2] === x[n / 2 - 1] ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
  let tail = Math.pow(0.5, n), term = tail, j = 1; /* tail = P(Bin(n, 1/2) <= j - 1) */
  for (;;) {
    const next = term * (n - j + 1) / j;
    if (2 * (tail + next) > 0.1 || j + 1 > (n + 1) / 2) break;
    term = next, tail += next, j++;
  }
  return {median: middle, low: x[j - 1], high: x[n - j], n};
}

/* Value of a recorded sequence at a step, linear in log step between records; NaN outside. */
function valueAt(steps, values, step) {
  const last = steps.length - 1;
  if (step < steps[0] || step > steps[last]) return NaN;
  const i = Math.min(d3.bisectRight(steps, step), last);
  if (i === 0 || steps[i] === steps[i - 1]) return values[i];
  const a = Math.log1p(steps[i - 1]), b = Math.log1p(steps[i]), u = (Math.log1p(step) - a) / (b - a);
  return u <= 0 ? values[i - 1] : u >= 1 ? values[i] : values[i - 1] + u * (values[i] - values[i - 1]);
}

/* Median curve with interval over runs, at the steps of the one that went furthest. */
function curveOverRuns(runs, valuesOf) {
  const longest = runs.reduce((a, b) => (b.lastStep > a.lastStep ? b : a));
  return Array.from(longest.step, step => Object.assign({step}, medianInterval(runs.map(r => valueAt(r.step, valuesOf(r), step)))));
}

/* First place from which every value to the end is below the threshold; -1: none. */
function settledFrom(count, valueOf, threshold) {
  let from = -1;
  for (let i = count - 1; i >= 0 && valueOf(i) < threshold; i--) from = i;
  return from;
}

const rootMeanSquare = values => Math.sqrt(d3.mean(values, v => v * v) || 0);

/* ---- words ---- */

const THIN = '\u202f', TIMES = '\u00d7';
const superscript = n => String(n).replace(/[-0-9]/g, c => (c === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[c]));
const grouped = n => String(Math.round(n)).replace(/\B(?=(\d{3})+(?!\d))/g, THIN);

function formatStep(n) {
  if (!isFinite(n)) return '–';
  return Math.abs(n) < 1e7 ? grouped(n) : formatNumber(n);
}

/* Three significant digits; powers of ten where plain digits grow long. */
function formatNumber(x) {
  if (!isFinite(x)) return '–';
  if (x === 0) return '0';
  const size = Math.abs(x);
  if (size >= 1e-3 && size < 1e5) return size >= 1e3 ? grouped(x).replace('-', '−') : String(+x.toPrecision(3)).replace('-', '−');
  const [digits, power] = x.toExponential(2).split('e');
  const lead = String(+digits).replace('-', '−');
  return (lead === '1' ? '' : lead + TIMES) + '10' + superscript(+power);
}

const formatXi = x => formatNumber(x);

function formatPercent(x) {
  if (!isFinite(x)) return '–';
  const p = 100 * x;
  if (p > 0 && p < 0.01) return '< 0.01' + THIN + '%';
  return (p >= 1e3 ? grouped(p) : p >= 9.95 ? Math.round(p) : +p.toPrecision(2)) + THIN + '%';
}

function listWords(words) {
  return words.length < 2 ? words.join('') : words.slice(0, -1).join(', ') + ' and ' + words[words.length - 1];
}

const countWords = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
const countWord = n => countWords[n] || grouped(n);
const capital = text => text.charAt(0).toUpperCase() + text.slice(1);

/* Long lists are told by their ends. */
function someOf(items, most) {
  return items.length <= most ? items : [...items.slice(0, most - 2), ...items.slice(-2)];
}

/* Where several runs are held, what is said of one names it; on a page of a training and its prediction only the latter is named. */
function ofRun(words) {
  if (shown.runs.length < 2 || (shown.theory && !shown.run.foretold)) return words;
  return (shown.theory ? 'Theory: ' : `“${shown.run.title}”: `) + words.charAt(0).toLowerCase() + words.slice(1);
}

/* ---- elements ---- */

function element(tag, attributes, ...children) {
  const out = document.createElement(tag);
  for (const key of Object.keys(attributes || {})) {
    if (key === 'text') out.textContent = attributes[key];
    else if (key === 'on') for (const event of Object.keys(attributes.on)) out.addEventListener(event, attributes.on[event]);
    else out.setAttribute(key, attributes[key]);
  }
  out.append(...children);
  return out;
}

/* Things remembered between visits; a page opened from a file may not be allowed to. */
const memory = {
  get(key) { try { return localStorage.getItem('lowfirst-' + key); } catch (refused) { return null; } },
  set(key, value) { try { localStorage.setItem('lowfirst-' + key, value); } catch (refused) { /* this visit only */ } },
};

/* What is shown: which run, which frame of it. Figures listen. */
const shown = {
  runs: [], run: null, frame: 0, repetitions: false, listeners: [],
  theory: null, /* of two runs the one that is a prediction, where the other is none */
  get step() { return this.run.frameStep[this.frame]; },
  /* Laid over the run shown, dashed: the other one of two. */
  get other() { return this.runs.length === 2 && !this.repetitions ? this.runs[1 - this.run.index] : null; },
  listen(heard) { this.listeners.push(heard); },
  moveTo(frame) {
    const last = this.run.frameStep.length - 1, to = Math.max(0, Math.min(last, Math.round(frame)));
    if (to === this.frame) return;
    this.frame = to;
    this.listeners.forEach(heard => heard('frame'));
  },
  moveToStep(step) { this.moveTo(nearestFrame(this.run, step)); },
  choose(index) {
    const step = this.step;
    this.run = this.runs[index];
    this.frame = nearestFrame(this.run, step);
    this.listeners.forEach(heard => heard('run'));
  },
};

function nearestFrame(run, step) {
  const steps = run.frameStep, i = d3.bisectLeft(steps, step);
  if (i === 0) return 0;
  if (i === steps.length) return i - 1;
  return Math.log1p(steps[i]) - Math.log1p(step) < Math.log1p(step) - Math.log1p(steps[i - 1]) ? i : i - 1;
}
