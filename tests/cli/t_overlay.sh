# theory laid over training: the column, the file, the words; compare tells how far they part and how far the kernel moved
needs_numpy
net="--target sin(x)+sin(2*x) --range -pi:pi --points 40 --net 1-512-1 --act erf --scaling ntk --opt gd --lr 0.2 --steps 200"

expect 0 lowfirst train $net --out a --record log:20
says 'theory  tangent kernel of this net at its start · gd step for step'
says ' learned at step'
prints 'Theory foretold 0.159 after '
prints 'The tangent kernel, which it takes to stand still, moved by '
prints '% from start to end (alignment 0.9'
[ "$(ls a | tr '\n' ' ')" = 'checkpoint.npz history.npz report.html run.json theory.npz weights.safetensors ' ] || fail "files: $(ls a)"
grep -q 'foretold' a/report.html || fail 'the report does not hold the prediction'
expect 0 lowfirst predict --config a/run.json --by empirical --out told --quiet --json
"$python" - <<'PY' || fail 'theory.npz is not what predict says'
import json, numpy
r = json.load(open('.out'))
a, b = numpy.load('a/theory.npz'), numpy.load('told/history.npz')
assert sorted(a.files) == sorted(b.files)
for name in a.files:
    assert name == 'wall_s' or a[name].tobytes() == b[name].tobytes(), name
assert list(a['foretold']) == r['steps_to_learn'] and 'foretold' not in numpy.load('a/history.npz').files
# the exact step is at most one record before the first recorded one
for k, step in zip(r['t_k'], r['steps_to_learn']):
    assert k == (step if step <= 200 else None), r
PY

# nothing else is touched by it
expect 0 lowfirst train $net --out off --record log:20 --theory off --quiet --json
[ ! -e off/theory.npz ] || fail '--theory off wrote a prediction'
same a off
cmp a/run.json off/run.json || fail 'run.json tells of --theory'
"$python" -c "import json; assert 'kernel_drift' not in json.load(open('.out'))" || fail 'a drift without a prediction'

# adam, the default, has no exact rule: no word of theory unless it is asked for
expect 0 lowfirst train --target 'sin(x)' --points 16 --net 1-8-1 --steps 5 --out adam
if grep -q -i theory .err .out; then fail 'theory is mentioned beside adam'; fi
[ ! -e adam/theory.npz ] || fail 'a prediction beside adam'
refused 2 '--theory on: theory knows the steps of gd, momentum and nesterov alone' lowfirst train $net --opt adam --theory on --out no --quiet
expect 0 lowfirst train $net --lr 30 --steps 1 --out wild
says 'theory  none: --lr 30: gd grows without end'

# training on theory
expect 0 lowfirst compare a/theory.npz a
prints 'a against a/theory.npz'
prints 'deviation of the error  largest'
prints ' at step '
prints '  the tangent kernel of a moved by '
expect 0 lowfirst compare off told --json
"$python" - <<'PY' || fail 'compare --json'
import json
d = json.load(open('.out'))['compared'][0]
assert 0 < d['kernel_drift'] < 1 and 0.9 < d['kernel_alignment'] < 1, d
assert len(d['band_apart']) == len(d['step']) > 5 and len(d['band_apart'][0]) == len(d['band_rms'])
rms = [(sum(row[b] ** 2 for row in d['band_apart']) / len(d['step'])) ** .5 for b in range(len(d['band_rms']))]
assert all(abs(x - y) < 1e-12 for x, y in zip(rms, d['band_rms'])), (rms, d['band_rms'])
assert max(abs(x) for row in d['band_apart'] for x in row[:2]) < 0.1
PY
expect 0 lowfirst compare a off
if grep -q kernel .out; then fail 'a drift where nothing was foretold'; fi
mv off/weights.safetensors kept
expect 0 lowfirst compare told off
silent
echo none >off/weights.safetensors
expect 0 lowfirst compare told off
says 'warning: how far the kernel of off moved is not known: '
expect 0 lowfirst report a a/theory.npz --html both.html --table order.md
grep -q '| cycles/unit | training | theory |' order.md || fail 'the table of a training and its prediction'
