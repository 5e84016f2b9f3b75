# predictions from elsewhere; runs side by side; pages, figures and tables
needs_numpy
"$python" - <<'PY'
import numpy
x = numpy.linspace(-numpy.pi, numpy.pi, 100, endpoint=False)
y = numpy.sin(x) + .5 * numpy.sin(3 * x)
fits = [0 * y, numpy.sin(x), numpy.sin(x) + .3 * numpy.sin(3 * x), y]
numpy.save('x.npy', x), numpy.save('y.npy', y[:, None]), numpy.save('all.npy', numpy.stack(fits)[:, :, None])
for k, fit in enumerate(fits):
    numpy.save('p%d.npy' % k, fit)
numpy.save('short.npy', y[:50])
numpy.save('wide.npy', numpy.zeros((100, 2)))
numpy.save('word.npy', numpy.array(['a'] * 100))
fits[0][7] = numpy.nan
numpy.save('nan.npy', fits[0])
open('cut.npy', 'wb').write(open('p1.npy', 'rb').read()[:-3])
PY
expect 0 lowfirst measure --x x.npy --y y.npy --fit p0.npy p1.npy p2.npy p3.npy --out m --quiet --json
silent
"$python" - <<'PY' || fail 'measure does not find what was put in'
import json, numpy
result = json.load(open('.out'))
assert result['t_k'] == [1, 3] and result['steps'] == 3 and result['loss'] == 0, result
assert numpy.allclose(result['xi_k'], [1 / (2 * numpy.pi), 3 / (2 * numpy.pi)])
h = numpy.load('m/history.npz')
assert list(h['step']) == [0, 1, 2, 3]
at = [numpy.argmin(abs(h['xi'][:, 0] - k / (2 * numpy.pi))) for k in (1, 3)]
assert numpy.allclose(h['delta'][:, at], [[1, 1], [0, 1], [0, .4], [0, 0]], atol=1e-12), h['delta'][:, at]
PY
expect 0 lowfirst measure --x x.npy --y y.npy --fit all.npy --out stacked --quiet
cmp m/history.npz stacked/history.npz || fail 'files one by one and stacked differ'
expect 0 lowfirst measure --config m/run.json --out again --quiet
cmp m/history.npz again/history.npz || fail '--config does not reproduce'

refused 2 '--fit is missing' lowfirst measure --x x.npy --y y.npy --quiet
refused 2 'the samples are missing' lowfirst measure --x x.npy --fit p0.npy --quiet
refused 1 '--y short.npy has 50 samples, but --x x.npy has 100' lowfirst measure --x x.npy --y short.npy --fit p0.npy --quiet
refused 1 'short.npy: predictions of shape (100,1) are needed' lowfirst measure --x x.npy --y y.npy --fit p0.npy short.npy --quiet
refused 1 'wide.npy' lowfirst measure --x x.npy --y y.npy --fit wide.npy --quiet
refused 1 'nan.npy: element 7 is nan' lowfirst measure --x x.npy --y y.npy --fit nan.npy --quiet
for file in word.npy cut.npy missing.npy .; do
  refused 1 "$file" lowfirst measure --x x.npy --y y.npy --fit $file --quiet
done
[ ! -e runs ] || fail 'a refused run left a folder behind'

expect 0 lowfirst compare m stacked
prints 'stacked against m'
expect 0 lowfirst compare m stacked again/history.npz --json --html both.html
"$python" -c "import json; r = json.load(open('.out'))['compared']; assert len(r) == 2 and r[0]['t_k'] == r[0]['t_k_reference'] == [1, 3], r" || fail 'compare --json'
[ -s both.html ] || fail 'compare --html'
refused 2 'two runs or more' lowfirst compare m
refused 1 'missing' lowfirst compare m missing

expect 0 lowfirst report m --html m.html --table m.csv
prints 'm.html'
[ -s m.html ] && [ -s m.csv ] || fail 'report did not write'
expect 0 lowfirst report m --table m.tex --json
prints '{"written": ["m.tex"]}'
refused 2 'say what to write' lowfirst report m
refused 2 'report needs a run' lowfirst report --html x.html
refused 2 '--figure bandz is not known; the nearest is bands' lowfirst report m --figure bandz --to x.svg
refused 2 'which figure?' lowfirst report m --to x.svg
refused 1 'missing' lowfirst report missing --html x.html
if command -v gnuplot >/dev/null; then
  expect 0 lowfirst report m --figure bands --to bands.svg
  [ -s bands.svg ] && [ -s bands.gp ] || fail 'the figure or its script is missing'
fi
