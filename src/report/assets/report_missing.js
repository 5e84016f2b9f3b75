/* report_missing.js — What is missing, in words, and what to try. */

/* Where a mode's error is heading: least squares of log error over the second half of the steps. */
function outlook(run, k) {
  const error = column(run.peak_delta, k), half = run.lastStep / 2;
  const points = Array.from(run.step, (s, i) => [s, Math.log(error[i])]).filter(([s, e]) => s >= half && isFinite(e));
  if (points.length < 3) return {steps: Infinity};
  const ms = d3.mean(points, p => p[0]), me = d3.mean(points, p => p[1]), spreadS = d3.sum(points, p => (p[0] - ms) ** 2);
  const slope = d3.sum(points, p => (p[0] - ms) * (p[1] - me)) / spreadS, last = error[error.length - 1];
  return {steps: slope < 0 ? run.lastStep + Math.log(last / run.learned) / -slope : Infinity};
}

const LONG = 20; /* more than so many times the steps taken is no longer a matter of patience */

function missingModes(run) {
  return run.peaks.map((p, k) => Object.assign({k}, p)).filter(p => !isFinite(p.step)).map(p => Object.assign(p, outlook(run, p.k)));
}

/* Energy of the error at the end as a share of the target's, and the row that holds most of it. */
function energyMissing(run) {
  const error = line(run.delta, run.frame.length - 1), missing = run.row.map((r, k) => (r.relevant ? (Math.min(error[k], 1) * r.size) ** 2 : 0));
  return {share: d3.sum(missing) / d3.sum(run.row, r => r.size * r.size), worst: run.row[d3.scan(missing, (a, b) => b - a)]};
}

function missingSentence() {
  const run = shown.run, modes = missingModes(run), {share, worst} = energyMissing(run);
  const rest = share < 0.001 ? 'less than 0.1' + THIN + '% of the target’s energy is left to learn.' : `${formatPercent(share)} of the target’s energy is left to learn, most of it near ${rowName(worst)}\u00a0cycles/unit.`;
  if (run.peaks.length === 0) return ofRun('No frequency stands out, so none is singled out as missing; ' + rest);
  if (modes.length === 0) return ofRun(`Nothing that stands out: every strong frequency is learned to within ${formatPercent(run.learned)}, and ${rest}`);
  return ofRun(`${modes.length === 1 ? 'The frequency' : 'The frequencies'} ${listWords(someOf(modes, 6).map(p => formatXi(p.xi)))}\u00a0cycles/unit ${modes.length === 1 ? 'is' : 'are'} missing; ${rest}`);
}

function missingList(run) {
  return missingModes(run).map(p => `${formatXi(p.xi)}\u00a0cycles/unit is ${formatPercent(p.last)} off` + (p.steps <= LONG * run.lastStep
    ? `; if it goes on as in the second half of the run, it is learned near step ${formatStep(+p.steps.toPrecision(2))}.` : ' and hardly moves any more.'));
}

/* Energy the fit holds where the target holds none. */
function strayEnergy(run) {
  const size = line(run.size, run.size.rows - 1);
  let sum = 0, worst = null;
  run.row.forEach((r, k) => {
    if (r.relevant) return;
    sum += size[k] * size[k];
    if (worst === null || size[k] > size[worst]) worst = k;
  });
  return {share: sum / d3.sum(run.row, r => r.size * r.size), row: worst};
}

function whatToTry(run) {
  const modes = missingModes(run), patient = modes.filter(p => p.steps <= LONG * run.lastStep), stuck = modes.filter(p => p.steps > LONG * run.lastStep), out = [];
  if (patient.length > 0) {
    const steps = +(1.2 * d3.max(patient, p => p.steps)).toPrecision(2);
    out.push(['Train longer: ', `--steps ${steps}`, ` should be enough for ${listWords(someOf(patient, 4).map(p => formatXi(p.xi)))}.`]);
  }
  if (modes.length > 0) {
    const scale = +(d3.max(modes, p => p.xi) / 1.5).toPrecision(2), head = stuck.length > 0 ? 'Give the net the missing band to start with: ' : 'Or give the net the missing band to start with: ';
    if (run.d <= 3 && scale > 0) out.push([head, `--features fourier:gauss:${scale}:128`, `, Gaussian Fourier features whose scale reaches ${formatXi(d3.max(modes, p => p.xi))}\u00a0cycles/unit.`]);
    out.push(['Or start from larger weights in the first layer, or scale x up: both shift what is learned early towards high frequencies.']);
  }
  const best = bestTest(run);
  if (best) out.push([`The test loss was best at step ${formatStep(best.step)}: stop there, or give more samples.`]);
  const stray = strayEnergy(run);
  if (stray.share > 0.01) out.push([`The fit holds energy where the target holds none (${formatPercent(stray.share)} of the target’s, most of it at ${rowName(run.row[stray.row])}\u00a0cycles/unit): more samples, or less noise, would take it away.`]);
  if (out.length === 0) out.push(['Nothing needs to be done. For a harder test, raise the highest frequency of the target, or hold out samples.']);
  out[0][0] = out[0][0].replace(/^Or (.)/, (_, letter) => letter.toUpperCase());
  return out;
}

function makeMissing() {
  const box = element('div', {class: 'advice'}), section = document.getElementById('missing');
  answer('missing', missingSentence);
  section.append(box);
  const fill = () => {
    const run = shown.run, list = missingList(run);
    box.textContent = '';
    if (list.length > 0) box.append(element('ul', {}, ...list.map(text => element('li', {text}))));
    box.append(element('h3', {text: 'What to try'}), element('ul', {}, ...whatToTry(run).map(parts => element('li', {}, ...parts.map((part, i) => (i === 1 ? element('code', {text: part}) : part))))));
  };
  shown.listen(what => { if (what !== 'frame') fill(); });
  fill();
}
