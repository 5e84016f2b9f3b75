/* report_function.js — What does it look like? The function at the step shown: a line, images, or fit against target. */

/* Values of the fit at the latest kept record not after the step shown (the first one, where all are later). */
function fitShown(run) {
  const probe = run.probe, i = Math.max(0, d3.bisectRight(probe.record.map(r => run.step[r]), shown.step) - 1);
  return {values: line(probe.fit, i), step: run.step[probe.record[i]]};
}

const output = {j: 0}; /* which output is shown, where there are several */
const pickOutput = (values, probe, j) => Array.from({length: probe.shown}, (_, i) => values[i * probe.outputs + j]);

/* What the run laid over this one has at the same points and step; null where it looked elsewhere or kept no function. */
function otherFit(run) {
  const other = shown.other, probe = run.probe;
  if (!other || !other.probe || other.probe.shown !== probe.shown || other.probe.outputs !== probe.outputs) return null;
  if (probe.x && (!other.probe.x || probe.x.some((x, i) => Math.abs(x - other.probe.x[i]) > 1e-6 * Math.abs(probe.x[probe.shown - 1] - probe.x[0])))) return null;
  const steps = other.probe.record.map(r => other.step[r]), step = fitShown(run).step, i = d3.bisectRight(steps, step) - 1;
  if (i < 0 || (steps.length === 1 && steps[0] !== step)) return null; /* its last function alone was kept, of another step */
  return line(other.probe.fit, i);
}

/* Size of the miss over all shown outputs: ||h - f|| / ||f||, and the largest. */
function missOf(run) {
  const probe = run.probe, fit = fitShown(run);
  if (!probe.target) return null;
  const miss = Array.from(fit.values, (v, i) => v - probe.target[i]), at = d3.scan(miss, (a, b) => Math.abs(b) - Math.abs(a));
  return {step: fit.step, share: rootMeanSquare(miss) / rootMeanSquare(probe.target), largest: Math.abs(miss[at]), point: Math.floor(at / probe.outputs)};
}

function functionSentence() {
  const run = shown.run, probe = run.probe;
  if (!probe) return 'The function was not kept in this history.';
  const miss = missOf(run), when = fitShown(run).step === run.lastStep ? `At the end (step ${formatStep(run.lastStep)})` : `At step ${formatStep(fitShown(run).step)}`;
  if (!miss) return `${when} the fit stands as drawn; the target at these points is not known.`;
  const size = isFinite(miss.share) ? `${formatPercent(miss.share)} of its size (root mean square), ${formatNumber(miss.largest)}` : formatNumber(miss.largest);
  return ofRun(`${when} the fit misses the target by ${size} at worst` +
    (run.d === 1 ? `, near x\u00a0=\u00a0${formatNumber(probe.x[miss.point])}.` : '.'));
}

function functionNotes(run) {
  const probe = run.probe, notes = [];
  if (probe.kept < run.records) notes.push('Only the last function was kept; --keep-fit keeps every recorded one, and the slider then moves this picture too.');
  if (probe.stride > 1) notes.push(probe.grid ? `Every ${ordinalWord(probe.stride)} pixel along both axes is shown.` : `Every ${ordinalWord(probe.stride)} of ${grouped(probe.points)} points is shown.`);
  if (run.c > probe.outputs) notes.push(`The first ${probe.outputs} of ${run.c} outputs are shown.`);
  return notes.length ? ' ' + notes.join(' ') : '';
}

const ordinalWord = n => (n === 2 ? 'second' : n === 3 ? 'third' : grouped(n) + 'th');

function outputChooser(run, redrawAll) {
  if (!run.probe || run.probe.outputs < 2) return [];
  const select = element('select', {'aria-label': 'Output shown', on: {change: () => { output.j = +select.value; redrawAll(); }}},
    ...d3.range(run.probe.outputs).map(j => element('option', {value: j, text: 'output ' + (j + 1)})));
  return [select];
}

function functionTable() {
  const run = shown.run, probe = run.probe, j = output.j, fit = fitShown(run).values;
  const where = probe.x ? i => [probe.x[i]] : probe.grid ? i => gridPoint(probe, i) : i => [i];
  const head = [...(probe.x ? ['x'] : probe.grid ? ['x1', 'x2'] : ['point']), ...(probe.target ? ['target'] : []), 'fit_at_step_' + fitShown(run).step];
  return [head, ...d3.range(probe.shown).map(i => [...where(i), ...(probe.target ? [probe.target[i * probe.outputs + j]] : []), fit[i * probe.outputs + j]])];
}

function gridPoint(probe, i) {
  const [rows, columns] = probe.grid, [a, b] = [line(probe.corner, 0), line(probe.corner, 1)], r = Math.floor(i / columns), c = i % columns;
  return [a[0] + (b[0] - a[0]) * r / Math.max(1, rows - 1), a[1] + (b[1] - a[1]) * c / Math.max(1, columns - 1)];
}

function padded(extent, share) {
  const pad = share * (extent[1] - extent[0]) || 0.1 * Math.abs(extent[1]) || 1;
  return [extent[0] - pad, extent[1] + pad];
}

/* ---- one input: a line, and the miss below it ---- */

function drawLine(f) {
  const run = shown.run, probe = run.probe, j = output.j, wanted = probe.target ? pickOutput(probe.target, probe, j) : null;
  const missHeight = wanted ? 84 : 0, top = 34, bottom = f.height - 44, split = bottom - missHeight - (wanted ? 22 : 0);
  const lastFit = pickOutput(line(probe.fit, probe.fit.rows - 1), probe, j);
  const y = linearScale(padded(d3.extent(wanted || lastFit), 0.12), [split, top]), ticks = y.tickValues(5);
  const left = Math.max(52, labelRoom(ticks, formatNumber)), right = f.width - 10, x = linearScale(d3.extent(probe.x), [left, right]);
  leftAxis(f, y, left, {ticks, format: formatNumber, grid: right - left, title: run.c > 1 ? 'output ' + (j + 1) : 'value', titleY: 14});
  bottomAxis(f, x, bottom, {left, right, ticks: x.tickValues(f.width < 560 ? 5 : 9), format: formatNumber, title: 'x'});
  const words = [...(wanted ? ['target'] : []), 'fit', ...(otherFit(run) ? ['other'] : [])];
  drawKey(f, right, words, '', words.map(word => (word === 'other' ? shortName(shown.other) : word)));
  const inside = clipped(f, {left, right, top, bottom: split});
  const path = d3.line().x((_, i) => x(probe.x[i])).y(v => y(v)), few = probe.shown <= 60;
  if (wanted) inside.append('path').attr('class', 'target').attr('d', path(wanted));
  if (wanted && few) inside.append('g').attr('class', 'target-points').selectAll('circle').data(wanted).enter().append('circle').attr('r', 2.5)
    .attr('cx', (_, i) => x(probe.x[i])).attr('cy', v => y(v));
  f.fitLine = inside.append('path').attr('class', 'fit');
  f.otherLine = inside.append('path').attr('class', 'other');
  const miss = wanted ? linearScale(padded([-1, 1], 0.05), [bottom, split + 22]) : null;
  if (wanted) f.svg.append('path').attr('class', 'zero').attr('d', `M${left},${pixel((bottom + split + 22) / 2)}H${right}`);
  f.missLine = wanted ? f.svg.append('path').attr('class', 'miss') : null;
  f.missName = wanted ? f.svg.append('text').attr('class', 'note').attr('x', left + 6).attr('y', split + 18) : null;
  f.show = () => {
    const fit = pickOutput(fitShown(run).values, probe, j);
    const beside = otherFit(run);
    f.fitLine.attr('d', path(fit));
    f.otherLine.attr('d', beside ? path(pickOutput(beside, probe, j)) : null);
    if (!wanted) return;
    const error = fit.map((v, i) => v - wanted[i]), most = d3.max(error, Math.abs) || 1;
    f.missLine.attr('d', d3.area().x((_, i) => x(probe.x[i])).y0(miss(0)).y1(v => miss(v / most))(error));
    f.missName.text('fit − target, drawn to ±' + formatNumber(most));
  };
  reading(f, {left, right, top, bottom}, px => {
    const i = Math.max(0, Math.min(probe.shown - 1, d3.bisect(probe.x, x.invert(px) - (probe.x[1] - probe.x[0] || 0) / 2)));
    const fit = fitShown(run).values[i * probe.outputs + j];
    return {title: 'x = ' + formatNumber(probe.x[i]), x: x(probe.x[i]), y: Math.max(top, Math.min(split, y(fit))), rows: [...(wanted ? [{label: 'target', value: formatNumber(wanted[i])}] : []),
      {label: 'fit', value: formatNumber(fit)}, ...(otherFit(run) ? [{label: shortName(shown.other), value: formatNumber(otherFit(run)[i * probe.outputs + j])}] : []), ...(wanted ? [{label: 'fit − target', value: formatNumber(fit - wanted[i])}] : [])]};
  });
}

/* Target and fit named at the top right. */
function drawKey(f, right, words, kind, names = words) {
  const g = f.svg.append('g').attr('class', 'key-words ' + (kind || ''));
  let x = right;
  for (let i = words.length - 1; i >= 0; i--) {
    g.append('text').attr('x', x).attr('y', 14).attr('text-anchor', 'end').text(names[i]);
    x -= 8 + 7 * names[i].length;
    g.append('path').attr('class', words[i]).attr('d', `M${x - 18},10h18`);
    x -= 36;
  }
}

/* ---- two inputs on an even grid: images ---- */

const DIVERGING = colourTable(t => d3.interpolateRdBu(1 - t));
const GREYS = colourTable(t => d3.rgb(255 * t, 255 * t, 255 * t));

/* Colour images have three outputs in [0,1]; grey ones one; other functions are drawn in viridis between their extremes. */
function imageLook(run) {
  const probe = run.probe, of = probe.target || line(probe.fit, probe.fit.rows - 1), extent = d3.extent(of);
  const unit = extent[0] >= 0 && extent[1] <= 1 && extent[1] > 0.5;
  if (unit && probe.outputs === 3 && run.c === 3) return {kind: 'colour', extent: [0, 1]};
  const own = probe.outputs > 1 ? d3.extent(pickOutput(of, probe, output.j)) : extent;
  return unit ? {kind: 'grey', extent: [0, 1], table: GREYS} : {kind: 'value', extent: own[1] > own[0] ? own : [own[0], own[0] + 1], table: VIRIDIS};
}

function imageAddress(probe, valueOf, look) {
  const [rows, columns] = probe.grid, byte = t => Math.max(0, Math.min(255, Math.round(255 * t)));
  return paintedAddress(columns, rows, pixels => {
    for (let i = 0; i < pixels.length; i++) {
      const value = valueOf(i);
      pixels[i] = look.kind === 'colour' ? (255 << 24 | byte(value[2]) << 16 | byte(value[1]) << 8 | byte(value[0])) >>> 0
        : look.table[byte((value - look.extent[0]) / (look.extent[1] - look.extent[0]))];
    }
  });
}

function drawImages(f) {
  const run = shown.run, probe = run.probe, look = imageLook(run), [rows, columns] = probe.grid, colour = look.kind === 'colour';
  const words = probe.target ? ['target', 'fit', 'fit − target'] : ['fit'], gap = 24, {across, side, tall} = imageLayout(f.width, probe);
  const at = k => ({x: (k % across) * (side + gap), y: 26 + Math.floor(k / across) * (tall + 74)});
  const valuesOf = values => (colour ? i => values.subarray(3 * i, 3 * i + 3) : i => values[i * probe.outputs + output.j]);
  const images = words.map((word, k) => {
    const {x, y} = at(k);
    f.svg.append('text').attr('class', 'title').attr('x', x).attr('y', y - 10).text(word);
    return f.svg.append('image').attr('class', 'pixels').attr('x', x).attr('y', y).attr('width', side).attr('height', tall).attr('preserveAspectRatio', 'none');
  });
  const ramps = words.map((_, k) => (colour && k < 2 ? null : imageRamp(f, at(k).x, at(k).y + tall + 12, side, k === 2 ? DIVERGING : look.table, k)));
  const fitAt = words.indexOf('fit');
  if (probe.target) images[0].attr('href', imageAddress(probe, valuesOf(probe.target), look));
  for (let k = 0; k <= fitAt; k++) if (ramps[k]) ramps[k](look.extent);
  f.show = () => {
    const fit = fitShown(run).values;
    images[fitAt].attr('href', imageAddress(probe, valuesOf(fit), look));
    if (!probe.target) return;
    const c = colour ? 3 : 1, error = i => (colour ? d3.mean(d3.range(3), j => fit[3 * i + j] - probe.target[3 * i + j])
      : fit[i * probe.outputs + output.j] - probe.target[i * probe.outputs + output.j]);
    const most = d3.max(d3.range(rows * columns), i => Math.abs(error(i))) || 1;
    images[2].attr('href', imageAddress(probe, error, {kind: 'value', table: DIVERGING, extent: [-most, most], channels: c}));
    ramps[2]([-most, most]);
  };
  images.forEach((_, k) => {
    const {x, y} = at(k);
    reading(f, {left: x, right: x + side, top: y, bottom: y + tall}, (px, py) => {
      const r = Math.max(0, Math.min(rows - 1, Math.floor((py - y) / tall * rows))), c = Math.max(0, Math.min(columns - 1, Math.floor((px - x) / side * columns))), i = r * columns + c;
      const tell = values => (colour ? Array.from(valuesOf(values)(i), formatNumber).join(' ') : formatNumber(valuesOf(values)(i)));
      return {title: `x = (${gridPoint(probe, i).map(formatNumber).join(', ')})`, rows: [...(probe.target ? [{label: 'target', value: tell(probe.target)}] : []),
        {label: 'fit', value: tell(fitShown(run).values)}]};
    });
  });
}

/* Three abreast where there is room, else below one another; pixels stay square. */
function imageLayout(width, probe) {
  const panels = probe.target ? 3 : 1, across = width < 560 ? 1 : panels, gap = 24;
  const side = Math.min(across === 1 ? 360 : 420, (width - gap * (across - 1)) / across), tall = side * Math.min(2, Math.max(0.25, probe.grid[0] / probe.grid[1]));
  return {across, side, tall, down: panels / across};
}

/* Colour bar; the result sets its ends. */
function imageRamp(f, x, y, width, table, k) {
  const g = f.svg.append('g').attr('class', 'legend'), id = `image-ramp-${k}`, ramp = g.append('linearGradient').attr('id', id);
  d3.range(0, 256, 15).forEach(i => ramp.append('stop').attr('offset', i / 255)
    .attr('stop-color', `rgb(${table[i] & 255},${table[i] >> 8 & 255},${table[i] >> 16 & 255})`));
  g.append('rect').attr('x', x).attr('y', y).attr('width', width).attr('height', 8).attr('fill', `url(#${id})`);
  const low = g.append('text').attr('x', x).attr('y', y + 23), high = g.append('text').attr('x', x + width).attr('y', y + 23).attr('text-anchor', 'end');
  return extent => { low.text(formatNumber(extent[0])); high.text(formatNumber(extent[1])); };
}

/* ---- otherwise: fit against target ---- */

function drawParity(f) {
  const run = shown.run, probe = run.probe, j = output.j, wanted = pickOutput(probe.target, probe, j), top = 34, bottom = f.height - 44;
  const domain = padded(d3.extent(wanted), 0.08), y = linearScale(domain, [bottom, top]), ticks = y.tickValues(5), left = Math.max(52, labelRoom(ticks, formatNumber));
  const right = Math.min(f.width - 10, left + bottom - top), x = linearScale(domain, [left, right]);
  leftAxis(f, y, left, {ticks, format: formatNumber, grid: right - left, title: 'fit', titleY: 14});
  bottomAxis(f, x, bottom, {left, right, ticks: x.tickValues(5), format: formatNumber, title: run.c > 1 ? `target, output ${j + 1}` : 'target'});
  const inside = clipped(f, {left, right, top, bottom});
  inside.append('path').attr('class', 'ideal').attr('d', `M${x(domain[0])},${y(domain[0])}L${x(domain[1])},${y(domain[1])}`);
  const dots = inside.append('g').attr('class', 'parity').selectAll('circle').data(wanted).enter().append('circle').attr('r', probe.shown > 500 ? 2 : 3).attr('cx', v => x(v));
  f.show = () => {
    const fit = pickOutput(fitShown(run).values, probe, j);
    dots.attr('cy', (_, i) => y(fit[i]));
  };
  reading(f, {left, right, top, bottom}, (px, py) => {
    const fit = pickOutput(fitShown(run).values, probe, j), far = i => Math.hypot(x(wanted[i]) - px, y(fit[i]) - py);
    const i = d3.scan(d3.range(wanted.length), (a, b) => far(a) - far(b));
    return far(i) > 30 ? null : {title: 'point ' + (i * probe.stride + 1), x: x(wanted[i]), y: Math.max(top, Math.min(bottom, y(fit[i]))),
      rows: [{label: 'target', value: formatNumber(wanted[i])}, {label: 'fit', value: formatNumber(fit[i])}]};
  });
}

/* ---- which of the three ---- */

function functionLook(run) {
  const probe = run.probe;
  if (probe.x) {
    return {draw: drawLine, height: w => Math.max(360, Math.min(480, 0.5 * w)), label: 'Target and fit over x.',
      caption: () => `Target and fit at step ${formatStep(fitShown(run).step)}${probe.target ? '; below, their difference on its own scale' : ''}.${otherFit(run) ? otherWords() : ''}`};
  }
  if (probe.grid) {
    return {draw: drawImages, height: w => { const {tall, down} = imageLayout(w, probe); return 26 + down * (tall + 74) - 26; }, label: 'Target, fit and their difference as images.',
      caption: () => `${probe.target ? 'Target, fit and their difference' : 'The fit'} at step ${formatStep(fitShown(run).step)}; x₁ runs down, x₂ to the right.` +
        (probe.target ? ' Target and fit share one colour scale; the difference has its own, even about zero.' : '')};
  }
  if (!probe.target) return null;
  return {draw: drawParity, height: w => Math.max(300, Math.min(460, w)), label: 'Fit against target.',
    caption: () => `Fit against target at step ${formatStep(fitShown(run).step)}, one dot a point; on the line they agree.`};
}

function makeFunction() {
  const run = shown.run;
  answer('function', functionSentence);
  const look = run.probe ? functionLook(run) : null;
  if (!look) return;
  let f = null;
  f = makeFigure({section: 'function', name: 'function', controls: outputChooser(run, () => f.redraw()), height: w => functionLook(shown.run).height(w),
    draw: figure => functionLook(shown.run).draw(figure), update: figure => figure.show(), label: () => look.label + ' ' + functionSentence(),
    caption: () => functionLook(shown.run).caption() + functionNotes(shown.run), table: functionTable});
}
