# the main road: a run, its directory, what it says and what it prints
needs_numpy
three='sin(x)+sin(3*x)+sin(5*x)'
small='--points 64 --net 1-40-40-1 --lr 2e-3 --steps 600 --record log:20'

expect 0 lowfirst train --target "$three" --range -pi:pi $small --out a
prints 'a/report.html'
prints 'lowfirst train --config a/run.json'
says 'data    64 samples on'
says 'net     1-40-40-1 tanh'
says 'train   adam 0.002'
if grep -q "$(printf '\033')" .err; then fail 'control characters on a stderr that is no terminal'; fi
[ "$(grep -c '%' .err)" -ge 15 ] || fail 'no line per record'
[ "$(wc -L <.err)" -le 120 ] || fail 'a line is too long'
for file in run.json history.npz weights.safetensors report.html checkpoint.npz; do
  [ -s a/$file ] || fail "$file is missing"
done
[ "$(ls a | wc -l)" -eq 5 ] || fail "more in the folder than the run's files: $(ls a)"

# --json: one object on stdout and nothing else, --quiet: nothing on stderr
expect 0 lowfirst train --target "$three" --range -pi:pi $small --out b --json --quiet --no-report
silent
[ ! -e b/report.html ] || fail '--no-report wrote a report'
"$python" - <<'PY' || fail 'the JSON or the history is not as promised'
import json, numpy
result = json.load(open('.out'))
for key in 'steps loss steps_per_s t_k xi_k tau half_life test_loss stop out seeds'.split():
    assert key in result, key
assert result['steps'] == 600 and result['stop'] == 'steps' and result['out'] == 'b'
assert len(result['t_k']) == len(result['xi_k']) == len(result['half_life']) == 3, result
assert all(t is None or isinstance(t, int) for t in result['t_k'])
assert len(result['seeds']['median']) == 3 and result['steps_per_s'] > 0
record = json.load(open('b/run.json'))
assert record['seed'] == 1 and record['threads'] >= 1 and record['net'] == '1-40-40-1' and record['lr'] == 0.002
for key in 'version cpu isa'.split():
    assert record[key], key
assert 'blas' in record
h = numpy.load('b/history.npz')
R, M = h['delta'].shape
assert h['step'][0] == 0 and h['step'][-1] == 600 and (numpy.diff(h['step']) > 0).all()
assert h['step'].dtype == numpy.int64 and h['fit_hat'].dtype == numpy.complex128
for key in 't wall_s loss test_loss'.split():
    assert h[key].shape == (R,), key
assert h['xi'].shape == (M, 1) and h['target_hat'].shape == (M, 1) and h['fit_hat'].shape == (R, M, 1)
assert h['band_error'].shape == (R, len(h['band_edges']) - 1)
assert h['x_probe'].shape[1] == 1 and h['loss'][-1] == result['loss']
PY
same a b

# --record every:1 records steps 0...10; --at; --keep-fit
"$python" -c "import numpy; numpy.save('at.npy', numpy.linspace(-1, 1, 7))"
expect 0 lowfirst train --target 'sin(x)' --points 32 --net 1-8-1 --steps 10 --record every:1 --at at.npy --keep-fit --out c --quiet
"$python" - <<'PY' || fail 'every:1, --at or --keep-fit'
import numpy
h = numpy.load('c/history.npz')
assert list(h['step']) == list(range(11))
assert h['fit'].shape == (11, 7, 1) and (h['x_probe'][:, 0] == numpy.load('at.npy')).all()
PY

# without --out: runs/DATE-K, counting up
expect 0 lowfirst train --target 'sin(x)' --points 32 --net 1-8-1 --steps 10 --quiet
expect 0 lowfirst train --target 'sin(x)' --points 32 --net 1-8-1 --steps 10 --quiet
[ "$(ls runs | sed 's/^[0-9]*-[0-9]*-[0-9]*-//' | tr '\n' ' ')" = '1 2 ' ] || fail "runs/ holds $(ls runs)"

# ends by loss and by band
expect 0 lowfirst train --target 'sin(x)' --range -pi:pi $small --steps 20000 --stop-loss 0.05 --out d --quiet --json
prints '"stop": "loss"'
expect 0 lowfirst train --target "$three" --range -pi:pi $small --steps 20000 --stop-band 0.159:0.3 --out e --quiet --json
prints '"stop": "band"'

# weights go out and in again: the run starts where the other ended
expect 0 lowfirst train --target "$three" --range -pi:pi $small --weights a/weights.safetensors --steps 0 --out f --quiet --json
"$python" - <<'PY' || fail '--weights did not start where the other run ended'
import numpy
a, f = numpy.load('a/history.npz'), numpy.load('f/history.npz')
assert abs(a['loss'][-1] - f['loss'][0]) <= 1e-6 * a['loss'][-1], (a['loss'][-1], f['loss'][0])
PY

# --profile: a table of phases on stderr, a member of the JSON, and the same run
expect 0 lowfirst train --target "$three" --range -pi:pi $small --out p --no-report --profile --json
says 'gradients of the weights'
says 'GFLOP/s'
"$python" - <<'PY' || fail 'the profile does not add up'
import json
profile = json.load(open('.out'))['profile']
phases = [v for v in profile.values() if isinstance(v, dict)]
assert len(phases) == 7 and profile['steps'] == 600
assert abs(sum(v['seconds'] for v in phases) / (profile['threads'] * profile['wall_s']) - 1) < 0.05
PY
cmp b/weights.safetensors p/weights.safetensors || fail 'a profile changes the run'
