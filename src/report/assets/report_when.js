/* report_when.js — When? Error of each band against the step, and the order of learning. */

function orderSentence(runs, repeated) {
  const taus = (repeated ? runs : [shown.run]).map(r => r.tau).filter(isFinite), tau = medianInterval(taus).median;
  const peaks = repeated ? pooledPeaks(runs).map(p => ({name: p.name, step: p.step.median})) : shown.run.peaks;
  const timed = peaks.filter(p => isFinite(p.step) && p.step > 0);
  if (taus.length === 0) return 'Fewer than two strong frequencies can be told apart in time, so there is no order to tell.';
  const ordered = repeated ? taus.filter(t => t > 0.999).length : 0;
  const foretells = !repeated && shown.run.foretold;
  let words = tau > 0.999 ? `Low frequencies first: none ${foretells ? 'is' : 'was'} learned before a lower one` : tau > 0.5 ? 'Mostly low frequencies first'
    : tau > -0.2 && tau < 0.2 ? 'In no clear order of frequency' : tau > 0 ? 'Low frequencies first by tendency only' : `High frequencies ${foretells ? 'come' : 'came'} first`;
  words += repeated ? `; strictly so in ${ordered === taus.length ? 'all ' + countWord(ordered) : ordered + ' of ' + taus.length} seeds (median Kendall τ = ${formatNumber(tau)}).` : ` (Kendall τ = ${formatNumber(tau)}).`;
  if (timed.length > 1) {
    const a = timed[0], b = timed[timed.length - 1], times = b.step / a.step;
    if (times >= 1.5) words += ` ${b.name}\u00a0cycles/unit ${foretells ? 'takes' : 'took'} ${formatNumber(+times.toPrecision(2))} times as many steps as ${a.name}.`;
  }
  return words;
}

/* Dashed in the same colours: the bands of the run laid over the one shown. */
function otherCurves(curves) {
  const other = shown.other, same = (p, q) => Math.abs(p.low - q.low) <= 1e-9 * p.high && Math.abs(p.high - q.high) <= 1e-9 * p.high;
  return other ? curves.map(c => ({c, band: other.band.find(b => same(b, c.band))})).filter(m => m.band).map(({c, band}) => ({name: `${c.name}, ${shortName(other)}`, colour: c.colour,
    kind: 'other', steps: other.step, points: Array.from(other.step, (step, i) => ({step, median: band.error[i], low: NaN, high: NaN}))})) : [];
}

/* Which run is drawn how: a line of its own above the plot, two where the names are long. */
const KEY_LINE = 20, keyWidth = run => 34 + 7 * shortName(run).length + 22;
const keyLines = f => (!shown.other ? 0 : keyWidth(shown.run) + keyWidth(shown.other) > f.width ? 2 : 1);

function drawOtherKey(f) {
  const lines = keyLines(f);
  for (const [i, run, kind] of lines ? [[0, shown.run, ''], [1, shown.other, ' other']] : []) {
    const x = lines === 1 && i === 1 ? keyWidth(shown.run) : 0, y = 34 + (lines === 2 ? i * KEY_LINE : 0);
    f.svg.append('path').attr('class', 'curve run' + kind).attr('d', `M${x},${y - 4}h26`);
    f.svg.append('text').attr('class', 'note').attr('x', x + 34).attr('y', y).text(shortName(run));
  }
}

const otherWords = () => (!shown.other ? '' : shown.theory ? ` Dashed: ${shown.other.foretold ? 'what theory foretells' : 'the training'}.` : ` Dashed: ${shown.other.title}.`);

/* Curves of the band errors: one run's, or median and interval over repetitions. */
function bandCurves() {
  const run = shown.run, bands = run.band;
  return bands.map((band, b) => ({band, colour: theme.ordinal(b, bands.length),
    points: shown.repetitions ? curveOverRuns(shown.runs, r => (r.band.find(other => other.low === band.low) || band).error)
      : Array.from(run.step, (step, i) => ({step, median: band.error[i], low: NaN, high: NaN}))}));
}

function errorDomain(curves, floor) {
  const values = d3.merge(curves.map(c => d3.merge(c.points.map(p => [p.median, p.low, p.high])))).filter(v => v > 0 && isFinite(v));
  const low = Math.max(floor, d3.min(values) || 0.01), high = Math.max(d3.max(values) || 1, 1);
  const decade = Math.pow(10, Math.floor(Math.log10(low)));
  return [Math.min(low / 1.15, 0.1), high * 1.25].map((v, i) => (i === 0 && v < 1.2 * decade ? decade / 1.15 : v));
}

function drawCurves(f, curves, x, y, area) {
  const inside = clipped(f, area), usable = p => p.median > 0 && isFinite(p.median);
  const path = d3.line().defined(usable).x(p => x(p.step)).y(p => y(p.median));
  const region = d3.area().defined(p => usable(p) && p.low < p.high && isFinite(p.high)).x(p => x(p.step)).y0(p => y(p.low)).y1(p => y(p.high));
  for (const c of curves) inside.append('path').attr('class', 'interval').attr('d', region(c.points)).style('fill', c.colour);
  for (const c of curves) inside.append('path').attr('class', 'curve ' + (c.kind || '')).attr('d', path(c.points)).style('stroke', c.colour);
}

/* Names at the right end of the curves (or at `end`), spread so that none covers another. */
function drawCurveNames(f, curves, y, area) {
  const items = curves.map(c => {
    if (c.end !== undefined) return {c, y: c.end};
    const ends = c.points.filter(p => p.median > 0 && isFinite(p.median));
    return {c, y: ends.length > 0 ? y(ends[ends.length - 1].median) : area.bottom};
  });
  spread(items, 15, area.top + 6, area.bottom - 4);
  const g = f.svg.append('g').attr('class', 'names');
  for (const item of items) {
    g.append('path').attr('d', `M${area.right + 2},${item.y}L${area.right + 10},${item.placed}`).style('stroke', item.c.colour);
    g.append('text').attr('x', area.right + 14).attr('y', item.placed).attr('dy', '0.33em').text(item.c.name);
  }
}

function readCurves(curves, steps, x, y, px, format) {
  const i = nearestFrame({frameStep: steps}, x.invert(px));
  const rows = curves.map(c => ({colour: c.colour, label: c.name,
    value: format(c.points[i].median) + (c.points[i].low < c.points[i].high ? ` (${format(c.points[i].low)}–${format(c.points[i].high)})` : '')}));
  return {title: 'step ' + formatStep(steps[i]), rows, x: x(steps[i])};
}

/* The same with what the dashed curves are there. */
function readWithOther(curves, others, steps, x, y, px, format) {
  const read = readCurves(curves, steps, x, y, px, format), step = steps[nearestFrame({frameStep: steps}, x.invert(px))];
  read.rows.push(...others.map(c => ({colour: c.colour, label: c.name, value: format(valueAt(c.steps, c.points.map(p => p.median), step))})));
  return read;
}

function makeBands() {
  function draw(f) {
    const curves = bandCurves(), top = 34 + KEY_LINE * keyLines(f), bottom = f.height - 44;
    curves.forEach(c => { c.name = c.band.label; });
    const others = otherCurves(curves), domain = errorDomain([...curves, ...others], 1e-4);
    const y = logScale(domain, [bottom, top]), ticks = y.tickValues(5), left = labelRoom(ticks, formatNumber);
    const right = f.width - 22 - 7 * (d3.max(curves, c => c.name.length) || 0), steps = curves.length ? curves[0].points.map(p => p.step) : [0, 1];
    const x = stepScale(steps, left, right), area = {left, right, top, bottom};
    leftAxis(f, y, left, {ticks, format: formatNumber, grid: right - left, title: 'error of the band', titleY: 14});
    bottomAxis(f, x, bottom, {left, right, ticks: x.ticks(f.width < 560 ? 5 : 9), minor: x.minor(), format: formatStep, title: stepTitle});
    f.svg.append('text').attr('class', 'note').attr('x', f.width).attr('y', 14).attr('text-anchor', 'end').text('cycles/unit');
    const threshold = f.svg.append('g').attr('class', 'threshold');
    threshold.append('path').attr('d', `M${left},${pixel(y(shown.run.learned))}H${right}`);
    threshold.append('text').attr('x', left + 6).attr('y', y(shown.run.learned) + 15).text('learned: θ = ' + formatNumber(shown.run.learned));
    drawOtherKey(f);
    drawCurves(f, [...others, ...curves], x, y, area);
    drawCurveNames(f, curves, y, area);
    stepMarker(f, x, top, bottom);
    if (curves.length) reading(f, area, px => readWithOther(curves, others, steps, x, y, px, formatPercent), px => shown.moveToStep(x.invert(px)));
  }
  makeFigure({section: 'when', name: 'bands', height: w => Math.max(280, Math.min(400, 0.42 * w)), draw, update: f => f.moveMarker(),
    label: () => 'Error of each frequency band against the training step. ' + orderSentence(shown.runs, shown.repetitions),
    caption: () => 'Error ‖ĥ − f̂‖ / ‖f̂‖ of each frequency band against the training step; a band is named for its strongest frequency, in cycles/unit, or for its limits. ' +
      (shown.repetitions ? `Lines are medians over ${countWord(shown.runs.length)} seeds, shaded ${intervalName(shown.runs.length)}. ` : '') +
      'The dotted line is the threshold θ below which a frequency counts as learned.' + otherWords(),
    table: () => {
      const curves = bandCurves();
      const head = ['step', ...d3.merge(curves.map(c => (shown.repetitions ? ['median', 'low', 'high'].map(w => `${w}_${bandName(c.band)}`) : ['error_' + bandName(c.band)])))];
      return [head, ...(curves.length ? curves[0].points : []).map((p, i) => [p.step, ...d3.merge(curves.map(c =>
        (shown.repetitions ? [c.points[i].median, c.points[i].low, c.points[i].high] : [c.points[i].median])))])];
    }});
}

const bandName = band => `${band.low.toPrecision(4)}_to_${band.high.toPrecision(4)}`;
const intervalName = n => (n < 5 ? 'their range' : 'an interval that covers the median with 90 % confidence or more');

/* ---- order of learning ---- */

function orderRows() {
  if (shown.repetitions) return pooledPeaks(shown.runs);
  const single = v => ({median: v, low: v, high: v});
  return shown.run.peaks.map(p => ({name: p.name, xi: p.xi, step: single(p.step), half: single(p.half), last: single(p.last), learned: isFinite(p.step) ? 1 : 0, steps: [p.step]}));
}

/* When the run laid over the one shown learns a peak of it; NaN: it does not look there. Theory is asked beyond its record too. */
function otherStep(xi) {
  const peak = shown.other && shown.other.peaks.find(p => Math.abs(p.xi - xi) <= 1e-6 * Math.max(xi, 1e-3 * shown.other.xi_top));
  return peak ? stepOf(shown.other, peak) : NaN;
}

function orderTable(box) {
  const repeated = shown.repetitions, range = v => (repeated && v.low < v.high ? `${formatStep(v.low)} – ${isFinite(v.high) ? formatStep(v.high) : 'never'}` : '');
  const show = v => [isFinite(v.median) ? formatStep(v.median) : 'no', range(v)];
  const beside = shown.other ? [shown.theory ? shortName(shown.other) : 'the other run'] : [];
  const head = ['ξ', 'half-way', 'learned', ...beside, ...(repeated ? ['seeds'] : []), 'error at the end'];
  const rows = orderRows().map(r => [[r.name], show(r.half), show(r.step), ...beside.map(() => [Number.isNaN(otherStep(r.xi)) ? '–' : isFinite(otherStep(r.xi)) ? formatStep(otherStep(r.xi)) : 'no']), ...(repeated ? [[`${r.learned} of ${shown.runs.length}`]] : []),
    [formatPercent(r.last.median)]]);
  box.textContent = '';
  box.append(element('table', {class: repeated ? 'order repeated' : 'order'}, element('caption', {text: 'Order of learning. Frequency in cycles/unit; steps from which Δ stays below ½ and below θ' + (repeated ? '; medians over seeds, below them the interval.' : '.')}),
    element('thead', {}, element('tr', {}, ...head.map(text => element('th', {scope: 'col', text})))),
    element('tbody', {}, ...rows.map(row => element('tr', {}, ...row.map(([text, small], i) => element(i ? 'td' : 'th', i ? {} : {scope: 'row'}, text, ...(small ? [element('small', {text: small})] : []))))))));
}

function drawOrder(f) {
  const rows = orderRows(), top = 34 + KEY_LINE * keyLines(f), bottom = f.height - 44, learned = rows.filter(r => isFinite(r.step.median));
  const others = shown.other ? rows.map(r => ({xi: r.xi, step: otherStep(r.xi)})).filter(r => r.step > 0 && isFinite(r.step)) : [];
  const last = d3.max(shown.runs, r => r.lastStep) || 1, steps = [...d3.merge(learned.map(r => [r.step.low, r.step.median, r.step.high])), ...others.map(r => r.step)].filter(s => s > 0 && isFinite(s));
  const lowest = Math.min(d3.min(steps) || 1, last), missing = learned.length < rows.length;
  const y = logScale([Math.max(0.8, lowest / 1.6), Math.max(last, 2 * lowest, d3.max(others, r => r.step) || 0) * (missing ? 1 : 1.2)], [bottom - 4, top + (missing ? 24 : 0)]);
  const ticks = y.tickValues(5), left = labelRoom(ticks, formatStep), right = f.width - 14;
  const extent = d3.extent(rows, r => r.xi), wide = extent[0] > 0 && extent[1] / extent[0] > 3;
  const pad = wide ? Math.pow(extent[1] / extent[0], 0.08) : 0.12 * (extent[1] - extent[0] || extent[1] || 1);
  const x = wide ? logScale([extent[0] / pad, extent[1] * pad], [left, right]) : linearScale([Math.max(0, extent[0] - pad), extent[1] + pad], [left, right]);
  leftAxis(f, y, left, {ticks, format: formatStep, grid: right - left, title: 'learned at step', titleY: 14});
  bottomAxis(f, x, bottom, {left, right, ticks: rows.map(r => r.xi), format: formatXi, title: xiTitle(shown.run)});
  const g = f.svg.append('g').attr('class', 'points'), colour = i => theme.ordinal(i, rows.length);
  g.append('path').attr('class', 'join').attr('d', d3.line().x(r => x(r.xi)).y(r => y(Math.max(r.step.median, 1e-9)))(learned));
  drawOtherKey(f);
  g.append('path').attr('class', 'join other').attr('d', d3.line().x(r => x(r.xi)).y(r => y(r.step))(others));
  g.selectAll('.hollow').data(others).enter().append('circle').attr('class', 'hollow').attr('cx', r => x(r.xi)).attr('cy', r => y(r.step)).attr('r', 7);
  rows.forEach((r, i) => {
    if (!isFinite(r.step.median)) {
      g.append('path').attr('d', `M${x(r.xi)},${top + 2}l6,10h-12z`).attr('class', 'never').style('stroke', colour(i));
      return;
    }
    if (r.step.low < r.step.high) g.append('path').attr('class', 'whisker').style('stroke', colour(i))
      .attr('d', `M${x(r.xi)},${y(Math.max(r.step.low, 1e-9))}V${isFinite(r.step.high) ? y(r.step.high) : top}`);
    g.append('circle').attr('cx', x(r.xi)).attr('cy', y(Math.max(r.step.median, 1e-9))).attr('r', 5).style('fill', colour(i));
  });
  if (missing) f.svg.append('text').attr('class', 'note').attr('x', right).attr('y', 14).attr('text-anchor', 'end').text('△ not learned by step ' + formatStep(last));
  reading(f, {left, right, top, bottom}, px => {
    const i = d3.scan(rows, (a, b) => Math.abs(x(a.xi) - px) - Math.abs(x(b.xi) - px)), r = rows[i];
    if (i === undefined) return null;
    return {title: r.name + '\u00a0cycles/unit', x: x(r.xi), rows: [{label: 'learned at step', value: isFinite(r.step.median) ? formatStep(r.step.median) : 'not learned'},
      ...(shown.other && !Number.isNaN(otherStep(r.xi)) ? [{label: shortName(shown.other), value: isFinite(otherStep(r.xi)) ? formatStep(otherStep(r.xi)) : 'not learned'}] : []),
      ...(shown.repetitions ? [{label: 'in', value: `${r.learned} of ${shown.runs.length} seeds`}] : []), {label: 'error at the end', value: formatPercent(r.last.median)}]};
  });
}

function makeOrder() {
  const pair = element('div', {class: 'pair'}), table = element('div', {class: 'table'});
  document.getElementById('when').append(pair);
  if (shown.run.peaks.length > 1) makeFigure({section: 'when', into: pair, name: 'order', height: w => Math.max(250, Math.min(320, 0.62 * w)), draw: drawOrder,
    label: () => 'Step at which each strong frequency was learned against its frequency.',
    caption: () => 'Learning step tₖ of the target’s strongest frequencies ξ' + (shown.repetitions ? `: median over ${countWord(shown.runs.length)} seeds with ${intervalName(shown.runs.length)}.`
      : isFinite(shown.run.tau) ? `; Kendall’s τ = ${formatNumber(shown.run.tau)}.` : '.') + otherWords().replace('Dashed', 'Hollow'),
    table: () => [['xi', 'learned_step', 'low', 'high', 'half_step', 'last_error', 'learned_in'],
      ...orderRows().map(r => [r.xi, r.step.median, r.step.low, r.step.high, r.half.median, r.last.median, r.learned])]});
  pair.append(table);
  shown.listen(what => { if (what !== 'frame') orderTable(table); });
  orderTable(table);
}

function makeWhen() {
  answer('when', () => orderSentence(shown.runs, shown.repetitions));
  if (shown.runs.some(r => r.band.length > 0)) makeBands();
  if (shown.run.peaks.length > 0) makeOrder();
}
