# the doctor's page: a signal with a detail, what it writes, families, rules; and the cases that must get a sensible page
needs_numpy
"$python" - <<'PY'
import numpy
r = numpy.random.default_rng(1)
def save(name, x, y):
    numpy.savez(name, x=x, y=y)
x = (numpy.arange(96) + 0.5) / 96
save('two.npz', x, numpy.sin(2*numpy.pi*3*x) + 0.5*numpy.sin(2*numpy.pi*14*x))
save('constant.npz', x, 0*x + 2.5)
save('noise.npz', x, r.normal(size=96))
save('three.npz', numpy.array([0., 1., 2.]), numpy.array([0., 1., 0.]))
save('two_points.npz', numpy.array([0., 1.]), numpy.array([0., 1.]))
save('under.npz', x, numpy.sin(2*numpy.pi*44*x) + 0.3*numpy.sin(2*numpy.pi*47*x))
twice = numpy.repeat(x[::2], 2)
save('repeated.npz', twice, numpy.sin(2*numpy.pi*3*twice) + 0.2*r.normal(size=96))
many = (numpy.arange(1000000) + 0.5) / 1e6
save('million.npz', many, numpy.sin(2*numpy.pi*3*many) + 0.2*numpy.sin(2*numpy.pi*1000*many))
high = r.normal(size=(120, 20))
save('high.npz', high, numpy.tanh(high[:, 0] + high[:, 1]))
square = r.uniform(size=(150, 2))
save('uneven.npz', square, numpy.sin(2*numpy.pi*(square[:, 0] + 5*square[:, 1])))
PY
on="--net 0-32-0 --act relu --lr 1e-3 --steps 200 --feature-count 32 --samples 128 --budget 0.05"

expect 0 lowfirst doctor --data two.npz $on --out d --write w.safetensors
prints 'Your data      96 samples in one dimension'
prints 'of the energy'
prints 'Your network'
prints 'What to do'
prints 'Why: '
prints 'Run            lowfirst train --data two.npz'
prints 'as given'
prints 'Not known to theory: the path of adam'
for f in d/run.json d/doctor.json d/report.html w.safetensors w.json; do [ -s "$f" ] || fail "$f is missing"; done
expect 0 lowfirst doctor --config d/run.json --out again --quiet --json
silent
"$python" - <<'PY' || fail 'doctor --json is wrong'
import json
r, kept = json.load(open('.out')), json.load(open('d/doctor.json'))
for key in ('recommendation', 'candidates', 'bands'):   # the same input, the same advice
    assert json.dumps(r[key]).replace('again/', 'd/') == json.dumps(kept[key]), key
best, all = r['recommendation'], r['candidates']
assert {'features', 'scale', 'why', 'command'} <= set(best)
for c in all: assert {'features', 'scale', 'loo_rmse', 'steps'} <= set(c) and c['loo_rmse'] > 0, c
gauss = [c for c in all if c['family'] == 'fourier:gauss']
least = min(gauss, key=lambda c: c['expected'])
assert 2 < least['scale'] < 20 and least['expected'] < all[0]['expected'] / 2, least   # tones at 3 and 14
assert best['command'].startswith('lowfirst train --data two.npz'), best
assert abs(sum(r['data']['band_share']) - 1) < 0.05 and r['trials'] > 0 and r['trial_steps'] > 0
w = json.load(open('w.json'))
assert w['widths'][-1] == 1 and w['tensors'], w
PY
command=$("$python" -c "import json; print(json.load(open('d/doctor.json'))['recommendation']['command'])")
expect 0 eval "$command --steps 20 --out t --quiet"

expect 0 lowfirst doctor --data two.npz $on --family fourier:gauss --theory-only --opt gd --out g --quiet --json
"$python" - <<'PY' || fail 'one family by theory alone'
import json
r = json.load(open('.out'))
assert {c['family'] for c in r['candidates']} == {'given', 'fourier:gauss'} and r['trials'] == 0
assert all(c['trial'] is None for c in r['candidates'])
assert '--lr ' in r['recommendation']['command'] and '--features fourier:gauss:' in r['recommendation']['command']
steps = [c['steps'] for c in r['candidates'] if c['family'] == 'fourier:gauss' and c['steps']]
assert steps[0] > 10 * min(steps), steps   # narrow features take long to learn the detail
PY
expect 0 lowfirst doctor --data two.npz $on --theory-only --family fourier:gauss --verify --out v --quiet
prints 'trained to the end'

# --lr is that of the steps where theory has the rule: they go with its inverse
quarter=$("$python" -c "import json; print(json.load(open('g/doctor.json'))['candidates'][0]['stable_rate'] / 4)")
expect 0 lowfirst doctor --data two.npz $on --lr "$quarter" --family fourier:gauss --theory-only --opt gd --out fast --quiet --json
"$python" - "$quarter" <<'PY' || fail 'steps do not follow --lr'
import json, sys
slow, quarter = (json.load(open(d + '/doctor.json')) for d in ('g', 'fast'))
a, b = slow['candidates'][0]['steps'], quarter['candidates'][0]['steps']
assert abs(a / b / (float(sys.argv[1]) / 1e-3) - 1) < 0.02, (a, b)
assert '--lr ' + sys.argv[1][:6] in quarter['recommendation']['command']
PY
refused 2 '--lr 1e+06: gd grows without end; the largest stable rate of the given model is' \
  lowfirst doctor --data two.npz $on --lr 1e6 --opt gd --theory-only --out wild --quiet

# the net in hand: trained already, it has less to learn; its weights do not go along with another start
features="--features fourier:gauss:6:32 --family fourier:uniform"
expect 0 lowfirst train --data two.npz --net 0-32-0 --act relu --features fourier:gauss:6:32 --lr 1e-2 --steps 400 --out hand --quiet
expect 0 lowfirst doctor --data two.npz $on $features --out law --quiet
expect 0 lowfirst doctor --data two.npz $on $features --weights hand/weights.safetensors --out inhand --quiet
prints 'as given, these weights'
"$python" - <<'PY' || fail 'doctor --weights'
import json
law, hand = (json.load(open(d + '/doctor.json')) for d in ('law', 'inhand'))
assert hand['candidates'][0]['expected'] < law['candidates'][0]['expected'], hand['candidates'][0]
assert hand['candidates'][0]['trial'] < law['candidates'][0]['trial']
assert hand['bands'][0]['given'] == 0 and law['bands'][0]['given'] != 0, hand['bands']
kept = hand['recommendation']['family'] == 'given'
assert ('--weights hand/weights.safetensors' in hand['recommendation']['command']) == kept
PY
refused 1 'hand/weights.safetensors' lowfirst doctor --data two.npz --net 0-16-0 --act relu --weights hand/weights.safetensors --quiet
refused 1 'missing.safetensors' lowfirst doctor --data two.npz --net 0-32-0 --weights missing.safetensors --quiet

# an uneven target gets a scale per axis, and the file of its frequencies where that is advised
expect 0 lowfirst doctor --data uneven.npz $on --family fourier:axes --out axes --quiet --json
"$python" - <<'PY' || fail 'scales per axis'
import json, numpy, os
r = json.load(open('.out'))
a = r['data']['axis_xi']
assert a[1] > 2 * a[0], a
assert 3 <= sum(c['family'] == 'fourier:axes' for c in r['candidates']) <= 5 # the best and what lies two beside it
f = r['recommendation']['features']
if f.startswith('fourier:file:'): assert numpy.load(f[13:]).shape == (32, 2)
left = [n for n in os.listdir('axes') if n.startswith('frequencies')]
assert len(left) == f.startswith('fourier:file:'), left
PY

# a page for everything
expect 0 lowfirst doctor --data constant.npz $on --out c
prints 'All values are the same (2.5)'
[ "$(grep -c 'at every sample' .err)" = 1 ] || fail 'a remark is not made once'
expect 0 lowfirst doctor --data noise.npz $on --out n --quiet
prints 'no pattern that differs from noise'
grep -q '^Run' .out && fail 'a command where there is nothing to be done'
expect 0 lowfirst doctor --data three.npz $on --out three --quiet
prints '3 samples in one dimension'
prints 'What to do'
expect 0 lowfirst doctor --data two_points.npz $on --out two_points --quiet
prints 'Take more samples'
expect 0 lowfirst doctor --data under.npz $on --out under --quiet
prints 'Undersampled: '
expect 0 lowfirst doctor --data repeated.npz $on --out repeated --quiet
prints '96 samples lie where another one lies; there y scatters by 0.'
expect 0 lowfirst doctor --data million.npz $on --theory-only --out million --quiet
prints '1 000 000 samples in one dimension'
prints 'Fine bands may take about twice the steps with all 1 000 000 samples'
prints 'around 1e+03'
expect 0 lowfirst doctor --data high.npz $on --theory-only --out high --quiet
prints '120 samples in 20 dimensions.'
prints 'along the first principal direction'
expect 0 lowfirst doctor --target 'sin(x); cos(3*x)' --range 0:7 --points 64 $on --theory-only --out outputs --quiet

refused 2 'nothing to learn' lowfirst doctor --quiet
refused 2 "--family fourier:gaus" lowfirst doctor --data two.npz --family fourier:gaus --quiet
refused 2 'theory is exact for' lowfirst doctor --data two.npz --loss huber --quiet
refused 2 'theory predicts nets whose output is the identity' lowfirst doctor --data two.npz --output sigmoid --quiet
refused 2 '--budget 0: it must be > 0' lowfirst doctor --data two.npz --budget 0 --quiet
[ ! -e runs ] || fail 'refused advice left a folder behind'
