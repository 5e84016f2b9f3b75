/* report_compare.js — How do the runs compare? Only where histories of different kind are given: theory beside training, net beside net. */

const DASHES = ['', '6 4', '2 3', '9 3 2 3'];

/* Frequencies that every run tells the order of. */
function commonPeaks(runs) {
  return runs[0].peaks.map((p, k) => ({name: p.name, xi: p.xi, place: runs.map((r, i) => (i === 0 ? k : r.peaks.findIndex(q => q.name === p.name || (r.xi_d === 1 && Math.abs(q.xi - p.xi) <= 1e-6 * Math.max(p.xi, r.xi_top * 1e-3)))))}))
    .filter(p => p.place.every(k => k >= 0));
}

function compareSentence(runs, peaks) {
  const [a, b] = runs, ratios = peaks.map(p => b.peaks[p.place[1]].step / a.peaks[p.place[0]].step).filter(v => v > 0 && isFinite(v));
  if (peaks.length === 0) return 'The runs share no strong frequency.';
  if (ratios.length === 0) return `Of the ${countWord(peaks.length)} strong frequencies they share, none was learned by both “${a.title}” and “${b.title}”.`;
  const r = medianInterval(ratios), words = r.median >= 1 ? `${formatNumber(+r.median.toPrecision(2))} times later` : `${formatNumber(+(1 / r.median).toPrecision(2))} times earlier`;
  const close = r.median > 0.95 && r.median < 1.05;
  return `“${b.title}” learned the strong frequencies ${close ? 'at the same steps as' : words + ' than'} “${a.title}” in the median${ratios.length > 1 ? `, by factors between ${formatNumber(+r.low.toPrecision(2))} and ${formatNumber(+r.high.toPrecision(2))}` : ''}.`;
}

/* Theory is asked beyond its record too. */
const stepOf = (run, peak) => (run.foretold ? peak.foretold : peak.step);

/* What theory said and what came of it. */
function theorySentence(run, theory, peaks) {
  if (peaks.length === 0) return 'Theory foretells no strong frequency that the training looks at.';
  const of = p => ({foretold: theory.peaks[p.place[1]].foretold, step: run.peaks[p.place[0]].step, name: p.name});
  const told = someOf(peaks, 4).map(of).map((p, i) => `${p.name} ${isFinite(p.foretold) ? `after ${formatStep(p.foretold)}${i === 0 ? ' steps' : ''}` : 'not in sight'} ` +
    (isFinite(p.step) ? `(it took ${formatStep(p.step)})` : `(not learned in ${formatStep(run.lastStep)})`));
  const most = d3.max(deviationCurves(run, theory), c => d3.max(c.points, p => Math.abs(p.apart)));
  return `Theory foretold ξ\u00a0=\u00a0${listWords(told)}. ` + (most === undefined ? '' : `The errors of the bands never differ by more than ${formatNumber(+most.toPrecision(2))}.`);
}

/* Error of each band they share in the first run, less that in the second, at the first one's steps. */
function deviationCurves(a, b) {
  return a.band.map((band, i) => ({band, other: b.band.find(o => Math.abs(o.low - band.low) <= 1e-9 * band.high && Math.abs(o.high - band.high) <= 1e-9 * band.high), colour: theme.ordinal(i, a.band.length)}))
    .filter(c => c.other).map(c => ({name: c.band.label, band: c.band, colour: c.colour, points: Array.from(a.step, (step, i) => ({step, apart: c.band.error[i] - valueAt(b.step, c.other.error, step)})).filter(p => isFinite(p.apart))}));
}

function drawDeviation(f, runs) {
  const curves = deviationCurves(...runs), top = 34, bottom = f.height - 44, extent = d3.extent(d3.merge(curves.map(c => c.points.map(p => p.apart))));
  const y = linearScale(padded([Math.min(0, extent[0]), Math.max(0, extent[1])], 0.08), [bottom, top]), ticks = y.tickValues(5), left = labelRoom(ticks, formatNumber);
  const right = f.width - 22 - 7 * (d3.max(curves, c => c.name.length) || 0), x = stepScale(d3.merge(curves.map(c => c.points.map(p => p.step))), left, right), area = {left, right, top, bottom};
  leftAxis(f, y, left, {ticks, format: formatNumber, grid: right - left, title: 'difference of the error', titleY: 14});
  bottomAxis(f, x, bottom, {left, right, ticks: x.ticks(f.width < 560 ? 5 : 9), minor: x.minor(), format: formatStep, title: stepTitle});
  f.svg.append('text').attr('class', 'note').attr('x', f.width).attr('y', 14).attr('text-anchor', 'end').text('cycles/unit');
  f.svg.append('path').attr('class', 'zero').attr('d', `M${left},${pixel(y(0))}H${right}`);
  const inside = clipped(f, area), path = d3.line().x(p => x(p.step)).y(p => y(p.apart));
  for (const c of curves) inside.append('path').attr('class', 'curve').attr('d', path(c.points)).style('stroke', c.colour);
  drawCurveNames(f, curves.map(c => ({name: c.name, colour: c.colour, end: y(c.points[c.points.length - 1].apart)})), y, area);
  reading(f, area, px => {
    const step = x.invert(px);
    return {title: 'near step ' + formatStep(step), x: px, rows: curves.map(c => ({colour: c.colour, label: c.name, value: formatNumber(valueAt(c.points.map(p => p.step), c.points.map(p => p.apart), step))}))};
  });
}

function drawCompare(f, runs, peaks) {
  const top = 34 + 18 * runs.length, bottom = f.height - 44, curves = d3.merge(peaks.map((p, i) => runs.map((r, k) => ({name: p.name, run: k, colour: theme.ordinal(i, peaks.length),
    points: Array.from(r.step, (step, n) => ({step, median: r.peak_delta[n * r.peak_delta.columns + p.place[k]], low: NaN, high: NaN}))}))));
  const y = logScale(errorDomain(curves, 1e-4), [bottom, top]), ticks = y.tickValues(5), left = labelRoom(ticks, formatNumber), right = f.width - 64, area = {left, right, top, bottom};
  const x = stepScale(d3.merge(runs.map(r => Array.from(r.step))), left, right), inside = clipped(f, area);
  leftAxis(f, y, left, {ticks, format: formatNumber, grid: right - left, title: 'error Δ', titleY: top - 20});
  bottomAxis(f, x, bottom, {left, right, ticks: x.ticks(f.width < 560 ? 5 : 9), minor: x.minor(), format: formatStep, title: stepTitle});
  runs.forEach((r, k) => {
    f.svg.append('path').attr('class', 'curve run').attr('d', `M0,${10 + 18 * k}h30`).attr('stroke-dasharray', DASHES[k % DASHES.length]);
    f.svg.append('text').attr('class', 'note').attr('x', 38).attr('y', 14 + 18 * k).text(r.title);
  });
  const path = d3.line().defined(p => p.median > 0 && isFinite(p.median)).x(p => x(p.step)).y(p => y(p.median));
  for (const c of curves) inside.append('path').attr('class', 'curve').attr('d', path(c.points)).style('stroke', c.colour).attr('stroke-dasharray', DASHES[c.run % DASHES.length]);
  drawCurveNames(f, curves.filter(c => c.run === 0), y, area);
  reading(f, area, px => {
    const step = x.invert(px);
    return {title: 'near step ' + formatStep(step), x: px, rows: curves.map(c => ({colour: c.colour, label: `${c.name}, ${runs[c.run].title.slice(0, 24)}`,
      value: formatPercent(valueAt(runs[c.run].step, c.points.map(p => p.median), step))}))};
  });
}

function makeDeviation(runs) {
  makeFigure({section: 'compare', name: 'deviation', height: w => Math.max(260, Math.min(340, 0.36 * w)), draw: f => drawDeviation(f, runs),
    label: () => 'Difference between the two errors of each band over the steps.',
    caption: () => `Error of each band in the ${shown.theory ? 'training less what theory foretells' : 'first run less that in the second'}, against the training step; at 0 the two agree.`,
    table: () => {
      const curves = deviationCurves(...runs), steps = curves[0].points.map(p => p.step);
      return [['step', ...curves.map(c => 'apart_' + bandName(c.band))], ...steps.map((step, i) => [step, ...curves.map(c => c.points[i].apart)])];
    }});
}

function makeCompare(runs) {
  const peaks = commonPeaks(runs), section = document.getElementById('compare');
  const sentence = () => (shown.theory ? theorySentence(runs[0], runs[1], peaks) : compareSentence(runs, peaks));
  section.hidden = false;
  if (shown.theory) section.querySelector('h2').textContent = 'How does theory compare?';
  answer('compare', sentence);
  if (runs.length === 2 && deviationCurves(...runs).length > 0) makeDeviation(runs);
  if (peaks.length === 0) return;
  if (!shown.theory) makeFigure({section: 'compare', name: 'compare', height: w => Math.max(320, Math.min(440, 0.46 * w)) + 18 * runs.length, draw: f => drawCompare(f, runs, peaks),
    label: sentence,
    caption: () => 'Error Δ of the strong frequencies the runs share; colour tells the frequency (cycles/unit), the dash the run.',
    table: () => [['xi', ...runs.map(r => 'learned_step ' + r.title)], ...peaks.map(p => [p.xi, ...runs.map((r, k) => stepOf(r, r.peaks[p.place[k]]))])]});
  section.append(element('div', {class: 'table'}, element('table', {class: 'order'}, element('caption', {text: 'Step from which each strong frequency stays learned.'}),
    element('thead', {}, element('tr', {}, ...['ξ', ...runs.map(r => (shown.theory ? shortName(r) : r.title))].map(text => element('th', {scope: 'col', text})))),
    element('tbody', {}, ...peaks.map(p => element('tr', {}, element('th', {scope: 'row', text: p.name}),
      ...runs.map((r, k) => { const step = stepOf(r, r.peaks[p.place[k]]); return element('td', {text: isFinite(step) ? formatStep(step) : 'not learned'}); })))))));
}
