/* report_learned.js — What was learned? Frequency x step, coloured by error. */

const VIRIDIS = colourTable(d3.interpolateViridis);
const ERROR_FLOOR = {relative: 0.01, absolute: 1e-4}; /* errors below are as good as learned: one colour */

function learnedSentence(run) {
  const peaks = run.peaks, learned = peaks.filter(p => isFinite(p.step)), missed = peaks.filter(p => !isFinite(p.step));
  if (peaks.length === 0) return 'No frequency of the target stands out from the rest: the picture shows them all.';
  const told = someOf(learned, 5).map((p, i) => (i === 0 && peaks.length > 1 ? 'ξ\u00a0=\u00a0' : '') + p.name + (i === 0 ? (p.step === 0 ? ' from the start' : ' after ' + formatStep(p.step) + ' steps')
    : ' after ' + formatStep(p.step)));
  const lost = someOf(missed, 4).map(p => `${p.name} (${!run.foretold ? formatPercent(p.last) + ' off' : isFinite(p.foretold) ? 'after ' + formatStep(p.foretold) : 'not in sight'})`);
  const unit = '\u00a0cycles/unit', was = run.foretold ? 'will be' : 'was', were = run.foretold ? 'will be' : 'were';
  if (missed.length === 0 && peaks.length === 1) return `The one strong frequency of the target ${was} learned: ${told[0].replace(/ (after|from)/, unit + ' $1')}.`;
  if (missed.length === 0) return `${peaks.length === 2 ? 'Both' : 'All ' + countWord(peaks.length)} strong frequencies ${were} learned: ${listWords(told)}, in cycles/unit.`;
  if (learned.length === 0) {
    const best = peaks.reduce((a, b) => (b.last < a.last ? b : a));
    return `${peaks.length === 1 ? `The one strong frequency ${run.foretold ? 'will not be' : 'was not'}` : (peaks.length === 2 ? 'Neither' : 'None') + ' of the ' + countWord(peaks.length) + ' strong frequencies ' + was} learned in ` +
      `${formatStep(run.lastStep)} steps; ${peaks.length === 1 ? 'it' : best.name + unit + ' came closest and'} is still ${formatPercent(best.last)} off.`;
  }
  return `${capital(countWord(learned.length))} of the ${countWord(peaks.length)} strong frequencies ${learned.length === 1 ? was : were} learned: ` +
    `${listWords(told)}, in cycles/unit. Not ${run.foretold ? `within the ${formatStep(run.lastStep)} steps looked at` : 'learned'}: ${listWords(lost)}.`;
}

/* Median over repetitions, and in how many each frequency was learned. */
function pooledPeaks(runs) {
  return runs[0].peaks.map((p, k) => {
    const steps = runs.map(r => r.peaks[k].step);
    return {name: p.name, xi: p.xi, step: medianInterval(steps), half: medianInterval(runs.map(r => r.peaks[k].half)),
      last: medianInterval(runs.map(r => r.peaks[k].last)), learned: steps.filter(isFinite).length, steps};
  });
}

function pooledSentence(runs) {
  const peaks = pooledPeaks(runs), n = runs.length, sure = peaks.filter(p => p.learned === n).length;
  if (peaks.length === 0) return learnedSentence(runs[0]);
  const told = someOf(peaks, 5).map((p, i) => (i === 0 ? 'ξ\u00a0=\u00a0' : '') + p.name + (isFinite(p.step.median) ? ' after ' + formatStep(p.step.median) + (i === 0 ? ' steps' : '') +
    (p.learned < n ? ` (in ${p.learned} of ${n})` : '') : p.learned > 0 ? ` in only ${p.learned} of ${n}` : ' in none'));
  const head = sure === peaks.length ? `In ${n === 2 ? 'both' : 'all ' + countWord(n)} seeds every strong frequency was learned` : `In ${n === 2 ? 'both' : 'all ' + countWord(n)} seeds ${countWord(sure)} of the ${countWord(peaks.length)} strong frequencies ${sure === 1 ? 'was' : 'were'} learned`;
  return `${head}; in the median ${listWords(told)}, in cycles/unit.`;
}

const WIDE = 64; /* so many rows on one axis are drawn on a logarithmic one, or the low would be squeezed */

/* Which rows are in view, first..end; a logarithmic axis leaves out frequency 0. */
function frequencyView(run, all) {
  const top = all ? run.edge[run.edge.length - 1] : openingXi(run), end = run.row.filter((r, k) => run.edge[k] < top).length;
  const first = all && end > WIDE && run.edge[0] === 0 ? 1 : 0, log = all && end > WIDE && run.edge[first] > 0;
  return {first, end, log, low: run.edge[first], high: Math.min(top, run.edge[end])};
}

const frequencyScale = (view, range) => (view.log ? logScale([view.low, view.high], range) : linearScale([view.low, view.high], range));
const rowInView = (run, view, xi) => Math.max(view.first, Math.min(view.end - 1, d3.bisectRight(run.edge, xi) - 1));

/* Pixels of the map: each belongs to the frame nearest in log step and to the row around its frequency. */
function mapAddress(run, view, measure, width, height, stepAt, xiAt) {
  const frames = Array.from({length: width}, (_, i) => nearestFrame(run, stepAt(i)));
  const rows = Array.from({length: height}, (_, j) => rowInView(run, view, xiAt(j)));
  const scale = -255 / Math.log(ERROR_FLOOR[measure]);
  return paintedAddress(width, height, pixels => {
    for (let j = 0; j < height; j++) {
      const row = run.row[rows[j]], share = measure === 'relative' ? 1 : Math.max(row.size / run.largest, 1e-12);
      if (measure === 'relative' && !row.relevant) continue;
      for (let i = 0; i < width; i++) {
        const error = run.delta[frames[i] * run.row.length + rows[j]] * share;
        if (!Number.isNaN(error)) pixels[j * width + i] = VIRIDIS[Math.max(0, Math.min(255, Math.round(-Math.log(error) * scale)))];
      }
    }
  });
}

/* Where each frequency's error has come below theta for good: a staircase from row to row. */
function contourPath(run, view, x, y) {
  let path = '', previous = -1;
  for (let k = view.first; k < view.end; k++) {
    const from = run.row[k].relevant ? settledFrom(run.frame.length, i => run.delta[i * run.row.length + k], run.learned) : -1;
    const top = y(Math.min(view.high, run.edge[k + 1])), bottom = y(run.edge[k]);
    if (from >= 0) path += `${previous >= 0 ? 'L' : 'M'}${x(run.frameStep[from])},${bottom}V${top}`;
    previous = from;
  }
  return path;
}

function drawLegend(f, right, top, measure, theta) {
  const width = Math.min(150, 0.3 * f.width), left = right - width, g = f.svg.append('g').attr('class', 'legend');
  const id = 'ramp-' + f.spec.name, ramp = g.append('linearGradient').attr('id', id);
  d3.range(0, 1.01, 0.1).forEach(t => ramp.append('stop').attr('offset', t).attr('stop-color', d3.interpolateViridis(t)));
  g.append('rect').attr('x', left).attr('y', top).attr('width', width).attr('height', 8).attr('fill', `url(#${id})`);
  const floor = ERROR_FLOOR[measure], place = v => left + width * Math.log(v) / Math.log(floor);
  const ticks = measure === 'relative' ? [1, 0.1, 0.01] : [1, 0.01, 1e-4];
  ticks.forEach((v, i) => (i !== 1 || width > 110) && g.append('text').attr('x', place(v)).attr('y', top + 20).attr('text-anchor', ['start', 'middle', 'end'][i])
    .text((i === 0 ? '≥ ' : i === 2 ? '≤ ' : '') + formatNumber(v)));
  if (measure === 'relative') g.append('path').attr('class', 'theta').attr('d', `M${pixel(place(theta))},${top - 2}v12`);
  g.append('text').attr('x', left - 10).attr('y', top + 8).attr('text-anchor', 'end')
    .text(f.width < 560 ? 'Δ' : measure === 'relative' ? 'relative error Δ' : 'error / largest');
}

function drawPeaks(f, run, view, x, y) {
  const g = f.svg.append('g').attr('class', 'peaks'), last = x.right;
  const items = run.peaks.filter(p => p.xi >= view.low && p.xi <= view.high).map(p => {
    const learned = isFinite(p.step), at = learned ? x(p.step) : last, words = f.width < 560 ? (learned ? formatStep(p.step) : 'not learned')
      : p.name + (learned ? ` · step ${formatStep(p.step)}` : ' · not learned');
    return {p, learned, at, words, y: y(p.xi), end: !learned || at + 12 + 7 * words.length > last};
  });
  spread(items, 15, y(view.high) + 8, y(view.low) - 6);
  for (const item of items) {
    if (item.learned) g.append('circle').attr('cx', item.at).attr('cy', item.y).attr('r', 4.5);
    g.append('text').attr('x', item.end ? item.at - (item.learned ? 10 : 6) : item.at + 10).attr('y', item.placed).attr('dy', '0.33em')
      .attr('text-anchor', item.end ? 'end' : 'start').text(item.words);
  }
}

function makeLearned() {
  const state = {measure: 'relative', all: false};
  let f = null;
  const range = choice('Frequencies', ['what matters', 'all frequencies'], 0, i => { state.all = i === 1; f.redraw(); });
  if (shown.runs.every(r => openingXi(r) >= r.edge[r.edge.length - 1])) range.hidden = true;
  const measure = choice('Error', ['relative', 'to the largest'], 0, i => { state.measure = i ? 'absolute' : 'relative'; f.redraw(); });

  function draw(figure) {
    const run = shown.run, view = frequencyView(run, state.all), top = 46, bottom = figure.height - 44;
    const y = frequencyScale(view, [bottom, top]), ticks = y.tickValues(figure.width < 560 ? 5 : 7);
    const left = labelRoom(ticks, formatXi), right = figure.width - 10, x = stepScale(run.frameStep, left, right);
    const area = {left, right, top, bottom};
    const hatch = figure.svg.append('pattern').attr('id', 'hatch').attr('width', 6).attr('height', 6).attr('patternUnits', 'userSpaceOnUse')
      .attr('patternTransform', 'rotate(45)');
    hatch.append('rect').attr('width', 6).attr('height', 6).attr('class', 'hatch-paper');
    hatch.append('path').attr('d', 'M0,0V6').attr('class', 'hatch-line');
    figure.svg.append('rect').attr('x', left).attr('y', top).attr('width', right - left).attr('height', bottom - top).attr('fill', 'url(#hatch)');
    const width = Math.round(right - left), height = Math.round(bottom - top);
    figure.svg.append('image').attr('x', left).attr('y', top).attr('width', right - left).attr('height', bottom - top)
      .attr('preserveAspectRatio', 'none').attr('href', mapAddress(run, view, state.measure, width, height,
        i => x.invert(left + (i + 0.5) * (right - left) / width), j => y.invert(top + (j + 0.5) * (bottom - top) / height)));
    const path = contourPath(run, view, x, y);
    figure.svg.append('path').attr('class', 'contour casing').attr('d', path);
    figure.svg.append('path').attr('class', 'contour').attr('d', path);
    leftAxis(figure, y, left, {ticks, minor: y.minor ? y.minor() : [], format: formatXi, title: xiTitle(run), titleY: 14});
    bottomAxis(figure, x, bottom, {left, right, ticks: x.ticks(figure.width < 560 ? 5 : 9), minor: x.minor(), format: formatStep, title: stepTitle});
    drawLegend(figure, right, 6, state.measure, run.learned);
    stepMarker(figure, x, top, bottom);
    drawPeaks(figure, run, view, x, y);
    reading(figure, area, (px, py) => readMap(run, view, x, y, px, py), px => shown.moveToStep(x.invert(px)));
  }

  f = makeFigure({section: 'learned', name: 'learned', controls: [measure, range], height: w => Math.max(300, Math.min(460, 0.46 * w)), draw,
    update: figure => figure.moveMarker(), label: () => 'Heat map of the error of each frequency over training. ' + learnedSentence(shown.run),
    caption: () => learnedCaption(shown.run, state), table: () => learnedTable(shown.run)});
}

function readMap(run, view, x, y, px, py) {
  const frame = nearestFrame(run, x.invert(px)), k = rowInView(run, view, y.invert(py)), row = run.row[k];
  const rows = [{label: 'frequency', value: rowName(row)}];
  if (row.relevant) rows.push({label: 'relative error Δ', value: formatNumber(run.delta[frame * run.row.length + k])});
  else rows.push({label: 'target', value: 'nothing here to learn'});
  rows.push({label: 'target |f̂|', value: formatNumber(row.size)}, {label: 'fit |ĥ|', value: formatNumber(run.size[frame * run.row.length + k])});
  return {title: 'step ' + formatStep(run.frameStep[frame]), rows, x: x(run.frameStep[frame]), y: y(Math.max(view.low, Math.min(row.xi, view.high)))};
}

const rowName = row => (row.count > 1 && row.high > row.low * (1 + 1e-9) ? formatXi(row.low) + '–' + formatXi(row.high) : formatXi(row.xi));

function learnedCaption(run, state) {
  const joined = run.xi_d > 1 ? ' Frequencies of like length |ξ| share a row; circles stand for single ones.' : run.joined > 1 ? ` ${capital(countWord(run.joined))} neighbouring frequencies share a row.` : '';
  const what = state.measure === 'relative'
    ? `Error Δ(ξ) = |ĥ − f̂| / |f̂| of each frequency of the fit ĥ against the target f̂ during training: dark is not learned, bright is learned. ` +
      `The line joins the steps from which Δ stays below θ = ${formatNumber(run.learned)}; circles mark the target’s strongest frequencies.` + (run.row.every(r => r.relevant) ? '' :
      ` Hatched: the target holds less than ${formatPercent(RELEVANT)} of its largest coefficient there, nothing to learn.`)
    : 'Error |û| = |ĥ − f̂| of each frequency as a share of the target’s largest coefficient during training; unlike the relative error it also shows what the fit holds ' +
      'where the target holds nothing.';
  return ofRun(what) + joined;
}

function learnedTable(run) {
  const head = ['step', ...run.row.map(r => 'delta_at_' + r.xi.toPrecision(6))];
  return [head, ...run.frameStep.map((step, i) => [step, ...run.row.map((_, k) => run.delta[i * run.row.length + k])])];
}
