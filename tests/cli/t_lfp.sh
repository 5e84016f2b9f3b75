# the linear frequency principle in place of training: between points and on a grid, what is said of both, refusals
needs_numpy
on="--target sin(x)+sin(3*x)+sin(5*x) --range -pi:pi --points 60 --net 1-1000-1 --act relu --scaling inverse-sqrt --std w=1,b=10,a=1"

expect 0 lowfirst predict $on --by lfp --out p
prints '3 of 3 frequencies are learned within 10 000 steps'
prints 'beside 2 free polynomials, which no bound knows'
prints 'held out:'
prints 'rank 60 of 60'
says 'lfp · gd'
expect 0 lowfirst predict --config p/run.json --out again --quiet --json
silent
"$python" - <<'PY' || fail 'predict --by lfp --json is wrong'
import json, numpy
r = json.load(open('.out'))
assert r['by'] == 'lfp' and r['free'] == 2 and r['rank'] == 60 and r['gamma'] is None and r['bound_derived'] is None, r
assert 0 < r['risk'] < 1e-2 and r['fp_norm'] > 0 and r['steps_to_learn'] == sorted(r['steps_to_learn']), r
assert r['grid_period'] is None and r['grid_off'] is None, r
assert numpy.load('p/history.npz')['fit'].tobytes() == numpy.load('again/history.npz')['fit'].tobytes()
PY
# the exact kernel at the same spread learns the tones in the same order, the first at its pace
expect 0 lowfirst predict $on --by ntk --times 100,1000 --out ntk --quiet --json
cp .out ntk.json
expect 0 lowfirst predict $on --by lfp --times 100,1000 --out lfp --quiet --json
"$python" - <<'PY' || fail 'lfp and ntk disagree on when tones are learned'
import json
a, b = json.load(open('ntk.json'))['time_to_learn'], json.load(open('.out'))['time_to_learn']
assert all(abs(p - q) < 0.1 * p for p, q in zip(a[1:], b[1:])), (a, b)
PY

expect 0 lowfirst predict $on --by lfp --solver grid --out g --json
says 'frequencies k/'
"$python" - <<'PY' || fail 'predict --solver grid --json is wrong'
import json
r = json.load(open('.out'))
assert r['free'] == 0 and r['grid_highest'] == 3840 and 50 < r['grid_period'] < 50.5 and r['grid_off'] < 2e-3, r
assert r['risk'] < r['bound_derived'] < r['bound_published'] and r['gamma'] > 0, r
PY
expect 0 lowfirst predict $on --by lfp --solver grid --lfp-grid 30:400 --out own --quiet
prints 'On the grid, frequencies to 13.33 cycles/unit; off the solver kernel by'
grep -q 'bound, derived' own/report.html || fail 'the report does not say how wrong it can be'
prints 'derived; published:'
expect 0 lowfirst predict $on --by lfp --lfp radial --out r --quiet
expect 0 lowfirst predict --target 'x1*x2' --points 6,6 --act relu --init normal:3 --by lfp --out two --net 2-500-1 --quiet
prints 'beside 3 free polynomials'
expect 0 lowfirst predict --target '2*x+1' --points 2 --net 1-100-1 --act relu --init normal:3 --by lfp --out line --quiet
prints 'Nothing evolves'

refused 2 '--simplified is of --by lfp' lowfirst predict $on --simplified --quiet
refused 2 '--lfp-grid is of --solver grid' lowfirst predict $on --by lfp --lfp-grid 3:4 --quiet
refused 2 '--lfp-grid 3: a period > 0 and a whole number are needed' lowfirst predict $on --by lfp --solver grid --lfp-grid 3 --quiet
refused 2 '--by lfp: lfp radial is of relu and leaky_relu' lowfirst predict $on --act tanh --by lfp --lfp radial --quiet
refused 2 'lfp needs hidden biases spread wider' lowfirst predict --target 'sin(x)' --net 1-9-1 --init he --by lfp --quiet
refused 2 'lfp is of nets with one hidden layer' lowfirst predict --target 'sin(x)' --net 1-9-9-1 --by lfp --quiet
refused 2 'the solver grid takes 1 to 3 inputs' lowfirst predict --target 'x1+x4' --points 9 --sampling uniform --net 4-9-1 --by lfp --solver grid --quiet
[ ! -e runs ] || fail 'a refused prediction left a folder behind'
