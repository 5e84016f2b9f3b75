# every word of every option runs; options do what they say
needs_numpy
number=0
tiny() {
  number=$((number + 1))
  expect 0 lowfirst train --steps 3 --quiet --no-report --out o$number "$@"
  silent
}
words() { # the words of an option, as its own error lists them in the table
  lowfirst help --markdown | sed -n "s/^| \`--$1 .*; one of \([a-z0-9_ -]*\) *|.*/\1/p"
}
on="--target sin(x) --points 16 --net 1-8-1"

for act in $(words act) sin:30 ricker:0.3 leaky_relu:0.2; do tiny $on --act $act; done
for opt in $(words opt); do
  case $opt in
  lbfgs | newton-cg | bobyqa | newuoa | praxis | crs | esch) ;; # t_search.sh
  *) tiny $on --opt $opt --batch 5 ;;
  esac
done
for loss in mse half_mse sse mae huber; do tiny $on --loss $loss; done
tiny --target '0.5+0.5*sin(x)' --points 16 --net 1-8-1 --output sigmoid --loss cross_entropy
tiny --target '0.5+0.5*sin(x); 0.5-0.5*sin(x)' --points 16 --net 1-8-2 --output softmax --loss cross_entropy
for schedule in constant step:2:0.5 exponential:0.9 cosine cosine:0.1; do tiny $on --schedule $schedule --warmup 2; done
for features in none fourier:gauss:1:8 fourier:uniform:2:8 fourier:log:0.1:4:8 siren:10:8 multiscale:1,2,4 multiscale-2:1,2,4; do
  tiny $on --features $features
done
tiny $on --features fourier:gauss:1:8 --train-features
tiny --target 'sin(x)' --points 16 --net 1-1 --features fourier:gauss:1:8 --train-features --scaling inverse-sqrt
for scaling in $(words scaling); do tiny $on --scaling $scaling; done
tiny $on --std w=1.3,b=3,a=0.7
for init in normal:0.1 width-power:0.5 uniform:0.3 glorot he lecun ntk siren:30 torch 'he,0=siren:30,last=zero'; do tiny $on --init $init; done
tiny $on --bias-init normal:0.3
for split in none random:0.25 every:4; do tiny $on --split $split; done
for sampling in $(words sampling); do tiny --target 'sin(x1)*x2' --range 0:1,0:2 --points 16 --sampling $sampling --net 2-8-1; done
tiny --target 'sin(x1)*x2' --points 8,8 --split columns:2 --net 2-8-1
tiny --target 'sin(x1)*x2' --points 8,8 --split pixels:2 --net 2-8-1
for window in none hann dpss dpss:3; do tiny $on --window $window; done
for record in log:5 every:1 none; do tiny $on --record $record; done
tiny $on --delta amplitude --learned 0.5 --xi-max 3 --noise 0.1 --test-points 7 --data-seed 4 --seed 9 --threads 2

# two lenses: two records
tiny $on --lens dft nudft
[ -s o$number/history-2.npz ] || fail 'the second lens wrote nothing'
expect 0 lowfirst train --resume o$number --steps 5 --quiet --no-report

"$python" - <<'PY'
import numpy, struct, zlib
numpy.save('xi.npy', numpy.array([[0.2], [0.5], [1.5]]))
x = numpy.random.default_rng(0).uniform(-1, 1, (40, 2))
numpy.savez('d.npz', x=x, y=x[:, :1] * x[:, 1:], x_test=x[:5], y_test=x[:5, :1])
with open('d.csv', 'w') as f:
    f.write('time;up;down\n' + ''.join('%g;%g;%g\n' % (i / 8, numpy.sin(i), numpy.cos(i)) for i in range(32)))
rows = b''.join(b'\0' + bytes((7 * i * j) % 256 for j in range(6)) for i in range(5))
chunk = lambda name, data: struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))
open('d.png', 'wb').write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 6, 5, 8, 0, 0, 0, 0)) +
                          chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))
PY
tiny --data d.npz --net 2-8-1
tiny --data d.csv --y-cols up,down --net 1-8-2
tiny --data d.csv --net 2-8-1
tiny --data d.png --split columns:2 --net 2-8-1
tiny --target 'sin(x)' --points 16 --xi xi.npy --out xi
tiny --target 'sin(x)' --points 64 --range -pi:pi --bands 0,0.3,1,3 --out bands
tiny $on --asi --out asi
tiny $on --no-output-bias --precision f64 --out bare
[ $number -gt 80 ] || fail "only $number runs: the words of the options were not found"
"$python" - <<'PY' || fail 'an option did not do what it says'
import json, numpy, struct
load = lambda d: numpy.load(d + '/history.npz')
assert (load('xi')['xi'] == numpy.load('xi.npy')).all()
assert numpy.allclose(load('bands')['band_edges'], [0, .3, 1, 3])
assert abs(load('asi')['fit_hat'][0]).max() < 1e-7
bytes = open('bare/weights.safetensors', 'rb').read()
header = json.loads(bytes[8:8 + struct.unpack('<Q', bytes[:8])[0]])
header.pop('__metadata__', None)
assert list(header) == ['0.weight', '0.bias', '2.weight'], header
assert all(t['dtype'] == 'F64' for t in header.values())
PY
