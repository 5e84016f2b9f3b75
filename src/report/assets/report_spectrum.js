/* report_spectrum.js — spectra of target and fit at the step shown. */

const rowOf = (run, xi) => Math.max(0, Math.min(run.row.length - 1, d3.bisectRight(run.edge, xi) - 1));

function spectrumSentence() {
  const run = shown.run, at = `At step ${formatStep(shown.step)} the fit holds `;
  if (run.peaks.length === 0) {
    return ofRun(at + formatPercent(d3.sum(line(run.size, shown.frame), v => v * v) / d3.sum(run.row, r => r.size * r.size)) + ' of the target’s energy.');
  }
  const rows = Array.from(new Set(run.peaks.map(p => rowOf(run, p.xi)))); /* peaks of one length |ξ| share a row */
  const told = someOf(rows, 5).map((k, i) => {
    const share = run.size[shown.frame * run.row.length + k] / run.row[k].size;
    return `${formatPercent(share)}${i === 0 ? ' of the amplitude' : ''} at ${formatXi(run.peaks.find(p => rowOf(run, p.xi) === k).xi)}`;
  });
  return ofRun(at + listWords(told) + '\u00a0cycles/unit.');
}

/* Few frequencies: bars, the fit's inside the target's. Many: areas. */
function drawBars(f, run, rows, x, y, bottom) {
  const gap = rows.length > 1 ? d3.min(d3.range(1, rows.length), k => x(rows[k].xi) - x(rows[k - 1].xi)) : 40, width = Math.max(3, Math.min(26, 0.62 * gap));
  f.svg.append('g').attr('class', 'target-bars').selectAll('rect').data(rows).enter().append('rect').attr('x', r => x(r.xi) - width / 2).attr('width', width)
    .attr('y', r => y(r.size)).attr('height', r => Math.max(0, bottom - y(r.size)));
  const bars = f.svg.append('g').attr('class', 'fit-bars').selectAll('rect').data(rows).enter().append('rect').attr('x', r => x(r.xi) - width / 5).attr('width', width / 2.5);
  f.show = size => bars.attr('y', (_, k) => y(size[k])).attr('height', (_, k) => Math.max(0, bottom - y(size[k])));
}

function drawAreas(f, run, rows, x, y, area) {
  const inside = clipped(f, area), region = d3.area().curve(d3.curveStep).x((_, k) => x(rows[k].xi)).y0(area.bottom).y1(v => y(v)), path = d3.line().curve(d3.curveStep).x((_, k) => x(rows[k].xi)).y(v => y(v)); /* a coefficient stands for its own frequency only */
  inside.append('path').attr('class', 'target-area').attr('d', region(rows.map(r => r.size)));
  const fit = inside.append('path').attr('class', 'fit');
  f.show = size => fit.attr('d', path(size));
}

/* What is left to learn, |û| = Δ |f̂|; Δ is relative to 10^-12 of the largest where the target holds nothing. */
const leftAt = (run, frame, k) => run.delta[frame * run.row.length + k] * Math.max(run.row[k].size, 1e-12 * run.largest);

function drawSpectrum(f, state) {
  const run = shown.run, view = frequencyView(run, state.all), top = 34, bottom = f.height - 44;
  const rows = run.row.slice(view.first, view.end).map((r, k) => (state.left ? Object.assign({}, r, {size: leftAt(run, 0, view.first + k)}) : r)), bars = rows.length <= 48;
  const most = state.left ? d3.max(rows, r => r.size) : Math.max(run.largest, d3.max(line(run.size, run.size.rows - 1)));
  const y = state.log ? logScale([1e-4 * most, 1.6 * most], [bottom, top]) : linearScale([0, 1.12 * most], [bottom, top]).clamp(true);
  const ticks = y.tickValues(5), left = labelRoom(ticks, formatNumber), right = f.width - 10, area = {left, right, top, bottom};
  const room = bars && rows.length > 1 ? 0.5 * (rows[1].xi - rows[0].xi) : 0; /* half a bar left of the first */
  const x = frequencyScale(Object.assign({}, view, {low: Math.min(view.low, rows[0].xi - room)}), [left, right]);
  leftAxis(f, y, left, {ticks, format: formatNumber, grid: right - left, title: 'amplitude', titleY: 14});
  bottomAxis(f, x, bottom, {left, right, ticks: x.tickValues(f.width < 560 ? 5 : 9).filter(v => v >= 0), minor: x.minor ? x.minor() : [], format: formatXi, title: xiTitle(run)});
  drawKey(f, right, ['target', 'fit'], bars ? 'bars' : 'areas', state.left ? ['at the start', 'now'] : undefined);
  if (bars) drawBars(f, run, rows, x, y, bottom);
  else drawAreas(f, run, rows, x, y, area);
  reading(f, area, px => {
    const k = rowInView(run, view, x.invert(px)), row = run.row[k], size = run.size[shown.frame * run.row.length + k];
    if (state.left) return {title: rowName(row) + '\u00a0cycles/unit', x: x(row.xi), y: y(leftAt(run, shown.frame, k)), rows: [{label: 'left |û| at the start', value: formatNumber(leftAt(run, 0, k))},
      {label: 'left |û| now', value: formatNumber(leftAt(run, shown.frame, k))}]};
    return {title: rowName(row) + '\u00a0cycles/unit', x: x(row.xi), y: y(size), rows: [{label: 'target |f̂|', value: formatNumber(row.size)}, {label: 'fit |ĥ|', value: formatNumber(size)},
      ...(row.relevant ? [{label: 'relative error Δ', value: formatNumber(run.delta[shown.frame * run.row.length + k])}] : [])]};
  });
  f.sizes = () => (state.left ? d3.range(view.first, view.end).map(k => leftAt(run, shown.frame, k)) : Array.from(line(run.size, shown.frame)).slice(view.first, view.end));
}

function makeSpectrum() {
  const run = shown.run, relevant = run.row.filter(r => r.relevant).length, state = {log: relevant > 12, all: false, left: false};
  let f = null;
  answer('spectrum', spectrumSentence);
  const range = choice('Frequencies', ['what matters', 'all frequencies'], 0, i => { state.all = i === 1; f.redraw(); });
  if (shown.runs.every(r => openingXi(r) >= r.edge[r.edge.length - 1])) range.hidden = true;
  const what = choice('Shown', ['target and fit', 'what is left'], 0, i => { state.left = i === 1; f.redraw(); });
  f = makeFigure({section: 'spectrum', name: 'spectrum', controls: [what, choice('Amplitude axis', ['linear', 'log'], state.log ? 1 : 0, i => { state.log = i === 1; f.redraw(); }), range],
    height: w => Math.max(280, Math.min(380, 0.4 * w)), draw: figure => drawSpectrum(figure, state), update: figure => figure.show(figure.sizes()),
    label: () => 'Amplitude of target and fit at each frequency. ' + spectrumSentence(),
    caption: () => (state.left ? `What is left to learn, |û(ξ)| = |ĥ − f̂|, at the start (grey) and at step ${formatStep(shown.step)}: played, the damped heat equation of learning in frequency space.` : `Spectrum of the target (grey) and of the fit at step ${formatStep(shown.step)}: |ŷ(ξ)|, ŷ(ξ) = (1/n) Σ yᵢ exp(−2πi ξ·xᵢ)` +
      (shown.run.xi_d > 1 ? ', root of the sum of squares over frequencies of like length |ξ|' : shown.run.joined > 1 ? ', root of the sum of squares over the frequencies joined' : '') + '.'),
    table: () => [['xi', 'target', 'fit_at_step_' + shown.step, 'left_at_step_' + shown.step],
      ...shown.run.row.map((r, k) => [r.xi, r.size, shown.run.size[shown.frame * shown.run.row.length + k], leftAt(shown.run, shown.frame, k)])]});
}
