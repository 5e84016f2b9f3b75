/* report.js — the page comes alive: theme, slider, sections in order. */

/* ---- theme: the visitor's choice, else the system's; always light on paper ---- */

function startTheme() {
  const system = window.matchMedia('(prefers-color-scheme: dark)'), button = document.getElementById('theme');
  const asked = new URLSearchParams(location.search).get('theme');
  let chosen = asked === 'dark' || asked === 'light' ? asked : memory.get('theme'), printing = false;
  const apply = again => {
    theme.dark = !printing && (chosen ? chosen === 'dark' : system.matches);
    document.documentElement.dataset.theme = theme.dark ? 'dark' : 'light';
    document.documentElement.classList.toggle('printing', printing); /* drawn for the sheet's width, so that words keep their size */
    button.textContent = theme.dark ? 'light' : 'dark';
    if (again) figures.forEach(f => f.redraw());
  };
  button.addEventListener('click', () => {
    chosen = theme.dark ? 'light' : 'dark';
    memory.set('theme', chosen);
    apply(true);
  });
  system.addEventListener('change', () => apply(true));
  window.addEventListener('beforeprint', () => { printing = true; apply(true); });
  window.addEventListener('afterprint', () => { printing = false; apply(true); });
  apply(false);
}

/* ---- one slider for all ---- */

function startTransport() {
  const bar = document.getElementById('transport'), slider = document.getElementById('step'), play = document.getElementById('play'), now = document.getElementById('now');
  const PLAY_MS = 9000, LEAST_MS = 33;
  let timer = null;
  const stop = () => { clearInterval(timer); timer = null; tell(); };
  const start = () => {
    const last = shown.run.frameStep.length - 1;
    if (shown.frame >= last) shown.moveTo(0);
    timer = setInterval(() => { if (shown.frame >= last) stop(); else shown.moveTo(shown.frame + 1); }, Math.max(LEAST_MS, PLAY_MS / (last + 1)));
    tell();
  };
  const toggle = () => (timer === null ? start() : stop());
  function tell() {
    const run = shown.run, loss = run.loss[run.frame[shown.frame]], words = `step ${formatStep(shown.step)}`;
    slider.max = run.frameStep.length - 1;
    slider.value = shown.frame;
    slider.style.setProperty('--share', shown.frame / Math.max(1, run.frameStep.length - 1));
    slider.setAttribute('aria-valuetext', `${words} of ${formatStep(run.lastStep)}, loss ${formatNumber(loss)}`);
    now.textContent = '';
    now.append(element('b', {text: words}), element('span', {text: ` of ${formatStep(run.lastStep)}`}), element('span', {class: 'loss', text: ` · loss ${formatNumber(loss)}`}));
    play.setAttribute('aria-label', timer === null ? 'Play' : 'Pause');
    play.dataset.state = timer === null ? 'paused' : 'playing';
  }
  slider.addEventListener('input', () => { if (timer !== null) stop(); shown.moveTo(+slider.value); });
  play.addEventListener('click', toggle);
  document.addEventListener('keydown', event => {
    const busy = event.target.closest('button, select, input, a, summary, textarea') && event.target !== slider;
    if (busy || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === ' ') toggle();
    else if (event.target === slider) return;
    else if (event.key === 'ArrowRight') shown.moveTo(shown.frame + 1);
    else if (event.key === 'ArrowLeft') shown.moveTo(shown.frame - 1);
    else return;
    event.preventDefault();
  });
  shown.listen(tell);
  if (shown.run.frameStep.length < 2) bar.hidden = true;
  tell();
}

function startRunChoice() {
  if (shown.runs.length < 2) return;
  const select = document.getElementById('run');
  document.getElementById('which').hidden = false;
  select.append(...shown.runs.map((r, i) => element('option', {value: i, text: shown.theory ? shortName(r) : runName(r)})));
  select.value = shown.run.index;
  select.addEventListener('change', () => shown.choose(+select.value));
}

/* ---- head and foot ---- */

function startCopy() {
  for (const button of document.querySelectorAll('button.copy')) {
    button.addEventListener('click', async () => {
      const code = button.previousElementSibling;
      let done = false;
      try {
        await navigator.clipboard.writeText(code.textContent);
        done = true;
      } catch (refused) { /* a file may not use the clipboard: select the words and copy them as a hand would */
        const range = document.createRange();
        range.selectNodeContents(code);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        done = document.execCommand('copy');
      }
      button.textContent = done ? 'copied' : 'press Ctrl+C';
      setTimeout(() => { button.textContent = 'copy'; }, 1600);
    });
  }
}

/* What the page holds less of than the history does. */
function thinningWords(runs) {
  const run = runs[0], words = [];
  if (run.step.length < run.records) words.push(`losses and bands at ${grouped(run.step.length)} of ${grouped(run.records)} records`);
  if (run.frame.length < run.records) words.push(`spectra at ${grouped(run.frame.length)} of ${grouped(run.records)} records`);
  if (run.joined > 1) words.push(`${grouped(run.joined)} neighbouring frequencies joined into one row`);
  const top = run.row[run.row.length - 1].high;
  if (top < run.xi_top * (1 - 1e-9)) words.push(`frequencies up to ${formatXi(top)} of ${formatXi(run.xi_top)} cycles/unit, which hold ${formatPercent(run.kept_energy)} of the target’s energy`);
  if (run.probe && run.probe.record.length > 1 && run.probe.record.length < run.records) words.push(`the function at ${grouped(run.probe.record.length)} of ${grouped(run.records)} records`);
  if (words.length === 0) return '';
  return `To stay small this page holds ${words.join('; ')}. Learning steps and errors at the strong frequencies come from everything recorded; history.npz holds it all.`;
}

/* One run's own title; what repetitions share; the names of what is compared. */
function pageTitle() {
  if (shown.runs.length === 1) return document.querySelector('h1').textContent;
  if (shown.theory) return shown.run.title;
  if (shown.repetitions) return `${stem(shown.run.title)} · ${countWord(shown.runs.length)} seeds`;
  return shown.runs.slice(0, 4).map(r => r.title).join(' · ');
}

function findTheory(runs) {
  const foretold = runs.filter(r => r.foretold);
  return runs.length === 2 && foretold.length === 1 ? foretold[0] : null;
}

function startPage() {
  const numbers = JSON.parse(document.getElementById('numbers').textContent);
  shown.runs = numbers.runs.map(readRun);
  shown.theory = findTheory(shown.runs);
  shown.run = shown.theory ? shown.runs[1 - shown.theory.index] : shown.runs[0];
  shown.frame = shown.run.frameStep.length - 1;
  shown.repetitions = !shown.theory && areRepetitions(shown.runs);
  startTheme();
  startCopy();
  startRunChoice();
  const title = pageTitle();
  document.title = title + ' · lowfirst';
  document.querySelector('h1').replaceChildren(...d3.merge(title.split(' ').map(word => [element('span', {text: word, class: word.length < 24 ? 'whole' : ''}), ' '])).slice(0, -1));
  answer('learned', () => (shown.repetitions ? pooledSentence(shown.runs) : learnedSentence(shown.run)));
  makeLearned();
  makeWhen();
  makeFunction();
  makeSpectrum();
  makeLoss();
  makeMissing();
  if (shown.runs.length > 1 && !shown.repetitions) makeCompare(shown.theory ? [shown.run, shown.theory] : shown.runs);
  startTransport();
  document.getElementById('thinning').textContent = thinningWords(shown.runs);
  document.documentElement.dataset.ready = 'yes';
}

startPage();
