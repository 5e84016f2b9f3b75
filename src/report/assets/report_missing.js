/* report_missing.js — What is missing, in words, and what to try: the same words with which the program ended. */

const notLearned = run => run.peaks.filter(p => !isFinite(p.step));

/* Energy of the error at the end as a share of the target's, and the row that holds most of it. */
function energyMissing(run) {
  const error = line(run.delta, run.frame.length - 1), missing = run.row.map((r, k) => (r.relevant ? (Math.min(error[k], 1) * r.size) ** 2 : 0));
  return {share: d3.sum(missing) / d3.sum(run.row, r => r.size * r.size), worst: run.row[d3.scan(missing, (a, b) => b - a)]};
}

function missingSentence() {
  const run = shown.run, lost = notLearned(run), {share, worst} = energyMissing(run);
  const rest = !(share >= 0.001) ? 'less than 0.1' + THIN + '% of the target’s energy is left to learn.' : `${formatPercent(share)} of the target’s energy is left to learn, most of it near ${rowName(worst)}\u00a0cycles/unit.`;
  if (run.peaks.length === 0) return ofRun('No frequency stands out, so none is singled out as missing; ' + rest);
  if (lost.length === 0) return ofRun(`Nothing that stands out: every strong frequency is learned to within ${formatPercent(run.learned)}, and ${rest}`);
  return ofRun(`${lost.length === 1 ? 'The frequency' : 'The frequencies'} ${listWords(someOf(lost, 6).map(p => p.name))}\u00a0cycles/unit ${lost.length === 1 ? 'is' : 'are'} missing; ${rest}`);
}

/* A plain text's options ("--steps 3000") as code. */
function withCode(text) {
  return text.split(/(--[a-z][a-z-]*(?: [a-z0-9][a-z0-9.:]*[a-z0-9])?)/).map((part, i) => (i % 2 ? element('code', {text: part}) : part));
}

function makeMissing() {
  const section = document.getElementById('missing'), box = element('div', {class: 'advice'});
  answer('missing', missingSentence);
  section.append(box);
  const fill = () => {
    box.textContent = '';
    if (shown.run.sentence) box.append(element('h3', {text: 'In short, and what to try'}), element('p', {}, ...withCode(shown.run.sentence)));
  };
  shown.listen(what => { if (what !== 'frame') fill(); });
  fill();
}
