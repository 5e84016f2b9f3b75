# kernels into npy files: what they hold, what is said, what is refused
needs_numpy
"$python" - <<'PY'
import numpy
x = numpy.linspace(-1, 1, 7)
numpy.save('x.npy', x), numpy.save('z.npy', numpy.array([[.3], [.5]])), numpy.save('wide.npy', numpy.ones((3, 2)))
x[4] = numpy.inf
numpy.save('inf.npy', x)
numpy.save('w.npy', numpy.array([[.5], [1.5]]))
PY
expect 0 lowfirst kernel --x x.npy --net 1-1000-1 --act relu --scaling inverse-sqrt --std w=1.3,b=0.8,a=0.7 --out K.npy
prints 'K.npy  7 x 7 · ntk of 1-1000-1 relu'
prints 'largest eigenvalue'
silent
expect 0 lowfirst kernel --x x.npy --x2 z.npy --net 1-1000-1 --act relu --scaling inverse-sqrt --std w=1.3,b=0.8,a=0.7 --out Z.npy --json --threads 2
silent
"$python" - <<'PY' || fail 'the numbers are not the formula'
import json, numpy
result = json.load(open('.out'))
assert result['kind'] == 'ntk' and result['rows'] == 7 and result['columns'] == 2 and result['largest'] is None, result
assert 0 < result['error'] < 1e-12 and result['out'] == 'Z.npy' and result['note'] == '', result
K, x, z = numpy.load('K.npy'), numpy.linspace(-1, 1, 7)[:, None], numpy.array([[.3], [.5]])
def relu(x, z):  # arc-cosine kernel, angle from the cross product
    c, s = 1.69 * x @ z.T + .64, numpy.abs(1.3 * .8 * (x - z.T))
    t = numpy.arctan2(s, c)
    return (s + (numpy.pi - t) * c) / (2 * numpy.pi) + .49 * (x @ z.T + 1) * (numpy.pi - t) / (2 * numpy.pi)
assert abs(K - relu(x, x)).max() < 1e-14, abs(K - relu(x, x)).max()
assert abs(numpy.load('Z.npy') - relu(x, z)).max() < 1e-14 and (K == K.T).all()
PY
expect 0 lowfirst kernel --x x.npy --net 1-8-2 --act tanh --kind empirical --seed 4 --precision f64 --out E.npy --json
"$python" -c "
import json, numpy
K, r = numpy.load('E.npy'), json.load(open('.out'))
assert K.shape == (14, 14) and r['rows'] == 14 and r['n'] == 7, r
assert abs(numpy.linalg.eigvalsh(K)[-1] - r['largest']) < 1e-3 * r['largest']" || fail 'empirical kernel of two outputs'
expect 0 lowfirst train --target 'sin(3*x)' --points 20 --net 1-8-1 --steps 20 --out run --quiet
expect 0 lowfirst kernel --x x.npy --net 1-8-1 --kind empirical --weights run/weights.safetensors --out W.npy
expect 0 lowfirst kernel --x x.npy --net 1-8-1 --kind nngp --features fourier:file:w.npy --out F.npy --quiet
expect 0 lowfirst kernel --x x.npy --net 1-8-1 --init torch --out U.npy
prints 'uniform weights'
expect 0 lowfirst kernel --x x.npy --net 1-8-1 --act relu --scaling inverse-sqrt --std w=1,b=10,a=2 --kind lfp --out L.npy
prints 'L.npy  7 x 7 · lfp of 1-8-1 relu'
expect 0 lowfirst kernel --x x.npy --net 1-8-1 --act relu --scaling inverse-sqrt --std w=1,b=10,a=2 --kind lfp --simplified --out A.npy --json
"$python" - <<'PY' || fail 'the LFP kernel is not its formula'
import json, numpy
r, x = json.load(open('.out')), numpy.linspace(-1, 1, 7)
assert r['kind'] == 'lfp' and r['error'] < 1e-13, r
h, density, mean = abs(x[:, None] - x), 1 / (numpy.sqrt(2 * numpy.pi) * 10), numpy.sqrt(2 / numpy.pi)
cusp = density * (2 * mean * h ** 3 / 12 - 4 * mean * h / 2)
assert abs(numpy.load('A.npy') - cusp).max() < 1e-15
assert abs(numpy.load('L.npy') - cusp + density * 4 * x[:, None] * x * mean * h / 2).max() < 1e-15
PY

refused 2 'the points are missing: give --x' lowfirst kernel --out a.npy
refused 2 'where to? Give --out' lowfirst kernel --x x.npy
refused 1 'inf.npy: element 4 is inf' lowfirst kernel --x inf.npy --out a.npy
refused 1 '--x2 wide.npy: rows of 1 numbers are needed, it has rows of 2' lowfirst kernel --x x.npy --x2 wide.npy --out a.npy
refused 2 '--net 2-8-1 takes 2 inputs' lowfirst kernel --x x.npy --net 2-8-1 --out a.npy
refused 2 '--kind lfp: activation sin: a wave has one frequency' lowfirst kernel --x x.npy --net 1-8-1 --act sin --kind lfp --out a.npy
refused 2 '--simplified is of --kind lfp' lowfirst kernel --x x.npy --net 1-8-1 --simplified --out a.npy
refused 2 '--kind emperical is not known; the nearest is empirical' lowfirst kernel --x x.npy --kind emperical --out a.npy
refused 2 '--weights are of one net, and --kind ntk is of infinite width' lowfirst kernel --x x.npy --weights run/weights.safetensors --out a.npy
refused 1 'missing.npy: could not be opened' lowfirst kernel --x x.npy --net 1-8-1 --features fourier:file:missing.npy --out a.npy
refused 2 '--steps is not an option of lowfirst kernel' lowfirst kernel --x x.npy --steps 5
[ ! -e a.npy ] || fail 'a refused kernel left a file behind'
