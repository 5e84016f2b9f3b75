# theory in place of training: what is predicted, in words and in the record; against training; refusals
needs_numpy
on="--target sin(x)+sin(2*x) --range -pi:pi --points 100 --net 1-512-1 --act erf --scaling ntk"

expect 0 lowfirst predict $on --out p
prints 'learned at step'
prints '2 of 2 frequencies are learned within 10 000 steps'
prints 'rank 41 of 100 in double: bands from'
prints 'add --ridge'
prints 'the largest stable rate here is'
says 'at infinite width'
[ -s p/report.html ] && [ -s p/run.json ] && [ ! -e p/weights.safetensors ] || fail 'the run directory is not whole'
expect 0 lowfirst predict --config p/run.json --out again --quiet --json
silent
"$python" - <<'PY' || fail 'predict --json or its history is wrong'
import json, numpy
r = json.load(open('.out'))
assert r['rank'] == 41 and r['rows'] == 100 and 0 < r['loo_rmse'] < 1e-3 and r['condition'] > 1, r
assert len(r['steps_to_learn']) == 2 and 0 < r['steps_to_learn'][0] < r['steps_to_learn'][1], r
assert abs(r['lr'] - r['stable_rate'] / 2) < 1e-9 and r['exact'] and r['trusted_xi'] > r['xi_k'][1], r
a, b = numpy.load('p/history.npz'), numpy.load('again/history.npz')
assert sorted(a.files) == sorted(b.files)
assert all(a[k].tobytes() == b[k].tobytes() for k in a.files if k != 'wall_s')
assert a['fit'].shape == (len(a['step']), len(a['x_probe']), 1) and numpy.isfinite(a['fit']).all()
assert numpy.allclose(a['t'], 2 * r['lr'] * a['step']) and a['step'][-1] == 10000
assert abs(a['fit'][-1] - a['target_probe']).max() < 0.05
PY

# a ridge brings the rank back; times; rules
expect 0 lowfirst predict $on --out r --ridge 1e-6 --quiet
prints 'rank 100 of 100'
expect 0 lowfirst predict $on --out t --times 1,10,100 --quiet --json
"$python" -c "import numpy; assert list(numpy.load('t/history.npz')['t']) == [0, 1, 10, 100]" || fail '--times'
for opt in momentum nesterov adam; do expect 0 lowfirst predict $on --out $opt --opt $opt --quiet; done
prints 'Theory has no exact rule for adam'
"$python" -c "import numpy; assert numpy.isnan(numpy.load('nesterov/history.npz')['t'][1:]).all()" || fail 'flow time of nesterov'
"$python" -c "import numpy; numpy.save('at.npy', numpy.array([[0.1], [4.0]]))"
expect 0 lowfirst predict $on --out at --at at.npy --quiet
"$python" -c "import numpy; assert numpy.load('at/history.npz')['fit'].shape[1] == 2" || fail '--at'
expect 0 lowfirst predict --target 'sin(3*x)' --range -pi:pi --points 48 --net 1-100-1 --scaling ntk --steps 10 --out few --quiet
prints '0 of 1 frequencies are learned within 10 steps'
prints 'not within the steps looked at'

# a net of this width, trained, goes the way of its own kernel at the start
expect 0 lowfirst train $on --opt gd --lr 0.05 --steps 300 --precision f64 --seed 3 --out net --quiet
expect 0 lowfirst predict --config net/run.json --by empirical --out told --quiet
[ -s told/weights.safetensors ] || fail 'the weights that it starts from are not there'
expect 0 lowfirst compare told net --json
"$python" - <<'PY' || fail 'training does not follow the prediction'
import json
d = json.load(open('.out'))['compared'][0]
# apart by what the kernel moves: 1/sqrt(512) of a target of size 1, twice for good measure
assert max(d['band_rms'][:2]) < 0.05 and 0.9 < d['loss_ratio'] < 1.1 and d['fit_rms'] < 0.1, d
PY
expect 0 lowfirst predict --config net/run.json --by empirical --weights told/weights.safetensors --out same --quiet --seed 9
cmp told/weights.safetensors same/weights.safetensors || fail '--weights are not what it starts from'

refused 2 '--lr 100: gd grows without end' lowfirst predict $on --lr 100 --quiet
refused 2 '--loss huber: theory is exact for' lowfirst predict $on --loss huber --quiet
refused 2 '--output sigmoid or softmax' lowfirst predict $on --output sigmoid --quiet
refused 2 'did you mean --by empirical?' lowfirst predict $on --weights told/weights.safetensors --quiet
refused 2 'give one' lowfirst predict $on --times 1,2 --steps 5 --quiet
refused 2 '--times 2,1: times >= 0 are needed, ascending' lowfirst predict $on --times 2,1 --quiet
refused 2 '--opt momentum counts steps' lowfirst predict $on --times 1,2 --opt momentum --quiet
refused 2 'nothing to learn' lowfirst predict --quiet
refused 2 'records a run of lowfirst predict' lowfirst train --config p/run.json --quiet
refused 1 'missing.safetensors' lowfirst predict $on --by empirical --weights missing.safetensors --quiet
[ ! -e runs ] || fail 'a refused prediction left a folder behind'
