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

function makeCompare(runs) {
  const peaks = commonPeaks(runs), section = document.getElementById('compare');
  section.hidden = false;
  answer('compare', () => compareSentence(runs, peaks));
  if (peaks.length === 0) return;
  makeFigure({section: 'compare', name: 'compare', height: w => Math.max(320, Math.min(440, 0.46 * w)) + 18 * runs.length, draw: f => drawCompare(f, runs, peaks),
    label: () => compareSentence(runs, peaks),
    caption: () => 'Error Δ of the strong frequencies the runs share; colour tells the frequency (cycles/unit), the dash the run.',
    table: () => [['xi', ...runs.map(r => 'learned_step ' + r.title)], ...peaks.map(p => [p.xi, ...runs.map((r, k) => r.peaks[p.place[k]].step)])]});
  section.append(element('div', {class: 'table'}, element('table', {class: 'order'}, element('caption', {text: 'Step from which each strong frequency stays learned.'}),
    element('thead', {}, element('tr', {}, ...['ξ', ...runs.map(r => r.title)].map(text => element('th', {scope: 'col', text})))),
    element('tbody', {}, ...peaks.map(p => element('tr', {}, element('th', {scope: 'row', text: p.name}),
      ...runs.map((r, k) => element('td', {text: isFinite(r.peaks[p.place[k]].step) ? formatStep(r.peaks[p.place[k]].step) : 'not learned'}))))))));
}
