/* report_loss.js — How did the loss fall? */

const LOSS_COLOURS = {train: 'var(--fit)', test: 'var(--ink)'};

/* Of the run shown, or the medians over repetitions. */
function lossSentence() {
  const runs = shown.repetitions ? shown.runs : [shown.run], middle = valueOf => medianInterval(runs.map(valueOf)).median, end = values => values[values.length - 1];
  const foretells = !shown.repetitions && shown.run.foretold;
  const first = middle(r => r.loss[0]), last = middle(r => end(r.loss)), steps = formatStep(d3.max(runs, r => r.lastStep)) + ' steps', fell = first / last;
  if (!isFinite(first) || !isFinite(last)) return ofRun('The loss is not known for all of this history.');
  let words = runs[0].loss.length === 1 ? `The loss is ${formatNumber(last)} at the only step recorded.`
    : fell > 1.02 ? `The loss ${foretells ? 'falls' : 'fell'} ${formatNumber(+fell.toPrecision(2))}-fold, from ${formatNumber(first)} to ${formatNumber(last)}, in ${steps}.`
      : fell < 0.98 ? `The loss ${foretells ? 'rises' : 'rose'} from ${formatNumber(first)} to ${formatNumber(last)} in ${steps}: the rate may be too large.` : `The loss stayed at ${formatNumber(last)} over ${steps}.`;
  const test = middle(r => end(r.test_loss)), best = bestTest(shown.run);
  if (!isFinite(test)) return say(words);
  if (best && !shown.repetitions) words += ` The test loss was lowest at step ${formatStep(best.step)} (${formatNumber(best.loss)}) and ends at ${formatNumber(test)}: the net began to overfit.`;
  else words += test > 1.2 * last ? ` The test loss ends at ${formatNumber(test)}, ${formatNumber(+(test / last).toPrecision(2))} times the training loss.`
    : ` The test loss ends at ${formatNumber(test)}, close to the training loss: no sign of overfitting.`;
  return say(words);

  function say(text) { return shown.repetitions ? 'In the median: ' + text.charAt(0).toLowerCase() + text.slice(1) : ofRun(text); }
}

/* The step of the lowest test loss, where the test loss has risen since and training went on falling; null otherwise. */
function bestTest(run) {
  const test = Array.from(run.test_loss), at = d3.scan(test.map(v => (isFinite(v) ? v : Infinity))), end = test[test.length - 1];
  if (!(end > 1.1 * test[at] && end > 1.2 * run.loss[run.loss.length - 1])) return null;
  return {step: run.step[at], loss: test[at]};
}

function lossCurves() {
  const repeated = shown.repetitions, run = shown.run;
  const make = (name, kind, valuesOf) => ({name, kind, colour: LOSS_COLOURS[name], points: repeated ? curveOverRuns(shown.runs, valuesOf)
    : Array.from(run.step, (step, i) => ({step, median: valuesOf(run)[i], low: NaN, high: NaN}))});
  const out = [make('train', 'train', r => r.loss)];
  if (Array.from(run.test_loss).some(isFinite)) out.unshift(make('test', 'test', r => r.test_loss));
  return out;
}

/* The training loss of the run laid over the one shown. */
function otherLoss() {
  const other = shown.other;
  return other ? [{name: shortName(other), kind: 'train other', colour: 'var(--fit)', steps: other.step, points: Array.from(other.step, (step, i) => ({step, median: other.loss[i], low: NaN, high: NaN}))}] : [];
}

function drawLoss(f) {
  const curves = lossCurves(), others = otherLoss(), top = 34 + KEY_LINE * keyLines(f), bottom = f.height - 44;
  const values = d3.merge([...curves, ...others].map(c => d3.merge(c.points.map(p => [p.median, p.low, p.high])))).filter(v => v > 0 && isFinite(v));
  const [low, high] = values.length ? d3.extent(values) : [0.1, 1], pad = Math.pow(high / low, 0.06) || 1.1;
  const y = logScale([low / Math.max(pad, 1.05), high * Math.max(pad, 1.05)], [bottom, top]), ticks = y.tickValues(6), left = labelRoom(ticks, formatNumber);
  const right = f.width - 52, steps = curves[0].points.map(p => p.step), x = stepScale(steps, left, right), area = {left, right, top, bottom};
  leftAxis(f, y, left, {ticks, minor: y.minor(), format: formatNumber, grid: right - left, title: 'loss', titleY: 14});
  bottomAxis(f, x, bottom, {left, right, ticks: x.ticks(f.width < 560 ? 5 : 9), minor: x.minor(), format: formatStep, title: stepTitle});
  drawOtherKey(f);
  drawCurves(f, [...curves, ...others], x, y, area);
  drawCurveNames(f, curves, y, area);
  stepMarker(f, x, top, bottom);
  reading(f, area, px => readWithOther(curves, others, steps, x, y, px, formatNumber), px => shown.moveToStep(x.invert(px)));
}

function makeLoss() {
  answer('loss', lossSentence);
  makeFigure({section: 'loss', name: 'loss', height: w => Math.max(260, Math.min(360, 0.38 * w)), draw: drawLoss, update: f => f.moveMarker(),
    label: () => 'Loss against the training step. ' + lossSentence(),
    caption: () => 'Loss on the training samples' + (lossCurves().length > 1 ? ' and on held-out samples' : '') + ' before each recorded step' +
      (shown.repetitions ? `: median over ${countWord(shown.runs.length)} seeds with ${intervalName(shown.runs.length)}` : '') + '.' + otherWords(),
    table: () => {
      const curves = lossCurves();
      return [['step', ...d3.merge(curves.map(c => (shown.repetitions ? [c.name, c.name + '_low', c.name + '_high'] : [c.name])))],
        ...curves[0].points.map((p, i) => [p.step, ...d3.merge(curves.map(c => (shown.repetitions ? [c.points[i].median, c.points[i].low, c.points[i].high] : [c.points[i].median])))])];
    }});
}
