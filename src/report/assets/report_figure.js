/* report_figure.js — what all figures share: frame, axes, tooltip, downloads. */

/* ---- theme ---- */

const theme = {
  dark: false,
  /* Frequencies are ordered, so their colours are: viridis, kept off the paper's own brightness. */
  ordinal(k, n) {
    const t = n < 2 ? 0.5 : k / (n - 1);
    return d3.interpolateViridis(this.dark ? 0.36 + 0.62 * t : 0.8 * t);
  },
};

/* ---- tooltip ---- */

const tip = {
  box: document.getElementById('tip'),
  show(event, title, rows) {
    this.box.textContent = '';
    this.box.append(element('b', {text: title}));
    for (const row of rows) {
      const key = element('span', {class: 'key'});
      if (row.colour) key.append(element('i', {style: 'background:' + row.colour}));
      key.append(row.label);
      this.box.append(key, element('span', {class: 'value', text: row.value}));
    }
    this.box.hidden = false;
    const {width, height} = this.box.getBoundingClientRect(), away = 14;
    const right = event.clientX + away + width < document.documentElement.clientWidth - 4;
    const left = right ? event.clientX + away : Math.max(4, event.clientX - away - width);
    const top = event.clientY - height - away > 4 ? event.clientY - height - away : event.clientY + away;
    this.box.style.transform = `translate(${Math.round(left)}px,${Math.round(top)}px)`;
  },
  hide() { this.box.hidden = true; },
};
window.addEventListener('scroll', () => tip.hide(), {passive: true});

/* ---- frame ---- */

const figures = [];

/* spec: section, name, height(width), draw(f), update(f) after each move of the slider, label() for screen readers, caption(),
 * table() -> rows of cells with a header, controls: elements. Draws when its width, the run or the theme changes. */
function makeFigure(spec) {
  const f = {spec, svg: null, width: 0, height: 0};
  f.plot = element('div', {class: 'plot'});
  f.tools = element('div', {class: 'tools'}, ...(spec.controls || []), element('span', {class: 'downloads'},
    element('button', {type: 'button', text: 'numbers', title: 'Download the numbers as csv', 'aria-label': 'Download the numbers of this figure as csv',
      on: {click: () => download(fileStem(spec) + '.csv', 'text/csv', csvText(spec.table()))}}),
    element('button', {type: 'button', text: 'svg', title: 'Download the figure as svg', 'aria-label': 'Download this figure as svg',
      on: {click: () => download(fileStem(spec) + '.svg', 'image/svg+xml', svgText(f))}})));
  f.caption = element('figcaption');
  f.box = element('figure', {id: 'figure-' + spec.name}, f.tools, f.plot, f.caption);
  (spec.into || document.getElementById(spec.section)).append(f.box);
  f.number = figures.push(f);
  f.redraw = () => redraw(f);
  new ResizeObserver(() => { if (Math.abs(f.plot.clientWidth - f.width) >= 1) redraw(f); }).observe(f.plot);
  shown.listen(what => (what === 'frame' ? spec.update && f.svg && update(f) : redraw(f)));
  redraw(f);
  return f;
}

function redraw(f) {
  f.width = f.plot.clientWidth;
  if (f.width < 10) return;
  f.height = Math.round(f.spec.height(f.width));
  f.plot.textContent = '';
  f.svg = d3.select(f.plot).append('svg').attr('viewBox', `0 0 ${f.width} ${f.height}`).attr('role', 'img');
  f.spec.draw(f);
  update(f);
}

function update(f) {
  if (f.spec.update) f.spec.update(f);
  f.svg.attr('aria-label', f.spec.label());
  f.caption.textContent = '';
  f.caption.append(element('b', {text: 'Figure ' + f.number + '.'}), ' ' + f.spec.caption());
}

/* ---- downloads ---- */

const fileStem = spec => (shown.run.title.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40) || 'lowfirst') + '-' + spec.name;

/* Cells that hold a separator or a quote are quoted (RFC 4180); reals keep all their digits. */
function csvText(rows) {
  const cell = value => (typeof value === 'number' ? (isFinite(value) ? String(value) : '') : /[",\r\n]/.test(value) ? '"' + value.replace(/"/g, '""') + '"' : value);
  return rows.map(row => row.map(cell).join(',')).join('\n') + '\n';
}

function download(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], {type}));
  const link = element('a', {href: address, download: name});
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

const CARRIED = ['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-opacity', 'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin',
  'opacity', 'font-family', 'font-size', 'font-weight', 'font-style', 'text-anchor', 'dominant-baseline', 'paint-order', 'image-rendering'];

/* The picture alone, as it looks now: styles written into the elements, the paper behind it. */
function svgText(f) {
  const from = f.svg.node(), copy = from.cloneNode(true), bare = element('div');
  const sources = [from, ...from.querySelectorAll('*')], copies = [copy, ...copy.querySelectorAll('*')];
  sources.forEach((source, i) => {
    const style = getComputedStyle(source);
    copies[i].setAttribute('style', CARRIED.map(p => p + ':' + style.getPropertyValue(p)).join(';'));
    copies[i].removeAttribute('class');
  });
  const paper = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  for (const [key, value] of [['width', f.width], ['height', f.height], ['fill', getComputedStyle(document.body).backgroundColor]]) paper.setAttribute(key, value);
  copy.prepend(paper);
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', f.width);
  copy.setAttribute('height', f.height);
  bare.append(copy);
  return new XMLSerializer().serializeToString(copy);
}

/* ---- scales and axes ---- */

/* Ticks of a log axis: 1 2 5 per decade, thinned to powers of ten where there are many decades. */
function logTicks(low, high, most) {
  const from = Math.floor(Math.log10(low)), to = Math.ceil(Math.log10(high)), decades = Math.log10(high / low);
  const digits = 3 * decades <= most ? [1, 2, 5] : 2 * decades <= most ? [1, 3] : [1];
  const every = digits.length > 1 ? 1 : Math.max(1, Math.ceil(decades / most));
  const out = [];
  for (let p = from; p <= to; p++) if (p % every === 0) for (const d of digits) out.push(+(d * Math.pow(10, p)).toPrecision(1));
  return out.filter(v => v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9));
}

const between = (low, high) => d3.merge(d3.range(Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))).map(p =>
  d3.range(2, 10).map(d => d * Math.pow(10, p)))).filter(v => v >= low && v <= high);

/* Log axis of steps; step 0, which has no logarithm, stands apart at its left end. */
function stepScale(steps, left, right) {
  const positive = steps.filter(s => s > 0), first = d3.min(positive) || 1, last = Math.max(d3.max(positive) || 1, first);
  const zero = d3.min(steps) === 0, gap = zero ? Math.max(14, Math.min(30, 0.05 * (right - left))) : 0;
  const log = d3.scaleLog().domain([first, last > first ? last : 10 * first]).range([left + gap, right]);
  const scale = s => (s <= 0 ? left : log(Math.max(first, s)));
  scale.invert = x => (zero && x < left + gap / 2 ? 0 : Math.max(first, Math.min(last, log.invert(x))));
  scale.ticks = most => [...(zero ? [0] : []), ...logTicks(...log.domain(), most)];
  scale.minor = () => between(...log.domain());
  scale.left = left;
  scale.right = right;
  return scale;
}

function logScale(domain, range) {
  const scale = d3.scaleLog().domain(domain).range(range).clamp(true);
  scale.tickValues = most => logTicks(...domain, most);
  scale.minor = () => between(...domain);
  return scale;
}

function linearScale(domain, range) {
  const scale = d3.scaleLinear().domain(domain).range(range);
  scale.tickValues = most => scale.ticks(most).filter((v, i, all) => all.length <= most + 2 || i % 2 === 0);
  return scale;
}

const pixel = x => Math.round(x) + 0.5; /* hairlines fall on whole pixels */

/* options: ticks, format, minor, title, grid (length of grid lines into the plot) */
function bottomAxis(f, scale, y, options) {
  const g = f.svg.append('g').attr('class', 'axis');
  g.append('path').attr('class', 'domain').attr('d', `M${options.left},${pixel(y)}H${options.right}`);
  for (const v of options.minor || []) g.append('path').attr('class', 'tick minor').attr('d', `M${pixel(scale(v))},${pixel(y)}v3`);
  let end = -Infinity;
  for (const v of options.ticks) {
    const text = options.format(v), x = scale(v), half = 3.6 * text.length;
    g.append('path').attr('class', 'tick').attr('d', `M${pixel(x)},${pixel(y)}v5`);
    if (x - half < end + 4) continue; /* no two labels touch */
    end = x + half;
    g.append('text').attr('x', Math.min(x, f.width - half)).attr('y', y + 18).attr('text-anchor', 'middle').text(text);
  }
  if (options.title) g.append('text').attr('class', 'title').attr('x', options.right).attr('y', y + 36).attr('text-anchor', 'end').text(options.title);
}

function leftAxis(f, scale, x, options) {
  const g = f.svg.append('g').attr('class', 'axis');
  for (const v of options.minor || []) g.append('path').attr('class', 'tick minor').attr('d', `M${pixel(x)},${pixel(scale(v))}h-3`);
  for (const v of options.ticks) {
    if (options.grid) g.append('path').attr('class', 'grid').attr('d', `M${x},${pixel(scale(v))}h${options.grid}`);
    g.append('text').attr('x', x - 8).attr('y', scale(v)).attr('dy', '0.33em').attr('text-anchor', 'end').text(options.format(v));
  }
  if (options.title) g.append('text').attr('class', 'title').attr('x', options.titleX || 0).attr('y', options.titleY).text(options.title);
}

const stepTitle = 'training step';
const xiTitle = run => (run.xi_d > 1 ? 'frequency |ξ| (cycles/unit)' : 'frequency ξ (cycles/unit)');

/* Left edge of a plot: room for the longest label. */
const labelRoom = (ticks, format) => 14 + 7 * (d3.max(ticks, t => format(t).length) || 1);

/* Moves labels apart until none is nearer than gap, inside low..high. Items have y; gives each .placed. */
function spread(items, gap, low, high) {
  const order = items.slice().sort((a, b) => a.y - b.y);
  order.forEach(item => { item.placed = Math.max(low, Math.min(high, item.y)); });
  for (let round = 0; round < 60; round++) {
    let moved = false;
    for (let i = 1; i < order.length; i++) {
      const need = gap - (order[i].placed - order[i - 1].placed);
      if (need <= 0.01) continue;
      order[i - 1].placed -= need / 2;
      order[i].placed += need / 2;
      moved = true;
    }
    order.forEach(item => { item.placed = Math.max(low, Math.min(high, item.placed)); });
    if (!moved) break;
  }
}

/* A surface that reads: read(x, y) -> {title, rows, x, y} or null; pick(x, y) when pressed. */
function reading(f, area, read, pick) {
  const mark = f.svg.append('g').attr('class', 'mark').style('display', 'none');
  mark.append('path');
  mark.append('circle').attr('r', 4);
  const surface = f.svg.append('rect').attr('class', pick ? 'surface pick' : 'surface').attr('x', area.left).attr('y', area.top)
    .attr('width', Math.max(0, area.right - area.left)).attr('height', Math.max(0, area.bottom - area.top));
  const leave = () => { mark.style('display', 'none'); tip.hide(); };
  const move = () => {
    const [x, y] = d3.mouse(surface.node()), found = read(x, y);
    if (!found) return leave();
    mark.style('display', null);
    mark.select('path').attr('d', found.x === undefined ? null : `M${pixel(found.x)},${area.top}V${area.bottom}`);
    mark.select('circle').style('display', found.y === undefined ? 'none' : null).attr('cx', found.x).attr('cy', found.y);
    return tip.show(d3.event, found.title, found.rows);
  };
  surface.on('pointermove', move).on('pointerleave', leave).on('pointercancel', leave);
  if (pick) surface.on('click', () => pick(...d3.mouse(surface.node())));
  return surface;
}

/* The step shown, as a line through a plot with a step axis; moved by update(). */
function stepMarker(f, scale, top, bottom) {
  const g = f.svg.append('g').attr('class', 'now');
  g.append('path').attr('d', `M0.5,${top}V${bottom}`);
  g.append('path').attr('class', 'head').attr('d', `M0.5,${top}l-5,-7h10z`);
  f.moveMarker = () => g.attr('transform', `translate(${Math.round(scale(shown.step))},0)`);
}

/* A group that clips what leaves the plot. */
function clipped(f, area) {
  const id = 'clip-' + f.spec.name;
  f.svg.append('clipPath').attr('id', id).append('rect').attr('x', area.left).attr('y', area.top)
    .attr('width', Math.max(0, area.right - area.left)).attr('height', Math.max(0, area.bottom - area.top));
  return f.svg.append('g').attr('clip-path', `url(#${id})`);
}

/* Buttons of which one is pressed. */
function choice(name, words, chosen, choose) {
  const buttons = words.map((word, i) => element('button', {type: 'button', text: word, 'aria-pressed': String(i === chosen),
    on: {click: () => { buttons.forEach((b, k) => b.setAttribute('aria-pressed', String(k === i))); choose(i); }}}));
  return element('span', {class: 'choice', role: 'group', 'aria-label': name}, ...buttons);
}

/* The section's opening sentence; a function is asked again whenever what is shown changes. */
function answer(section, words) {
  const p = element('p', {class: 'answer'});
  document.getElementById(section).querySelector('h2').after(p);
  const say = () => { p.textContent = words(); };
  shown.listen(say);
  say();
  return p;
}

/* Values as pixels in an image element's address. */
function paintedAddress(width, height, colourAt) {
  const canvas = element('canvas', {width, height}), context = canvas.getContext('2d'), image = context.createImageData(width, height);
  colourAt(new Uint32Array(image.data.buffer));
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}

/* 256 colours of a d3 interpolator as little-endian RGBA words, which is what ImageData holds on every machine with a browser. */
function colourTable(interpolate) {
  return Uint32Array.from({length: 256}, (_, i) => {
    const {r, g, b} = d3.rgb(interpolate(i / 255));
    return (255 << 24 | b << 16 | g << 8 | r) >>> 0;
  });
}
