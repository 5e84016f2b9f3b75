# the same options give the same bytes: --config, one thread or two, several seeds against each alone
needs_numpy
what='--points 200 --sampling uniform --noise 0.1 --net 1-32-32-1 --opt sgd --batch 16 --lr 0.01 --steps 400 --record log:20'
expect 0 lowfirst train --target 'sin(x)+sin(3*x)' --range -pi:pi $what --lens nudft --threads 1 --out one --quiet
expect 0 lowfirst train --config one/run.json --out again --quiet
same one again
cmp one/run.json again/run.json || fail 'the record of the repeated run differs'
expect 0 lowfirst train --config one/run.json --threads 2 --out two --quiet
same one two
expect 0 lowfirst train --config one/run.json --seed 5 --out other --quiet
cmp -s one/weights.safetensors other/weights.safetensors && fail 'another seed gave the same weights'

expect 0 lowfirst train --config one/run.json --seeds 3 --threads 2 --out three
prints 'Over 3 seeds'
same one three
for seed in 2 3; do
  expect 0 lowfirst train --config three/seed-$seed/run.json --out alone-$seed --quiet
  same three/seed-$seed alone-$seed
done
expect 0 lowfirst train --config one/run.json --seeds 3 --threads 1 --out three-1 --quiet --json
same three-1/seed-3 three/seed-3
"$python" - <<'PY' || fail 'the JSON of several seeds'
import json
r = json.load(open('.out'))['seeds']
assert r['count'] == 3 and r['seed'] == [1, 2, 3] and len(r['median']) == len(r['low']) == len(r['high'])
PY

# a folder with another run is left alone; the same run may be written again
refused 2 'holds another run: its lr is' lowfirst train --config one/run.json --lr 0.5 --out one --quiet
expect 0 lowfirst train --config one/run.json --out one --quiet
same one again
mkdir foreign && : >foreign/history.npz
refused 2 'is not a run of lowfirst' lowfirst train --config one/run.json --out foreign --quiet

# config files that are none
echo '{"net": "1-8-1", "nett": 3}' >c.json
refused 2 'c.json: nett: --nett is not known; the nearest is --net' lowfirst train --config c.json
echo '{"lr": "fast"}' >c.json
refused 2 "c.json: lr: --lr: 'fast' is not a number" lowfirst train --config c.json
echo '{"lr": [1, 2]}' >c.json
refused 1 'c.json: lr: one value was expected' lowfirst train --config c.json
echo '{"lr": 1' >c.json
refused 1 'c.json:' lowfirst train --config c.json
echo '[1]' >c.json
refused 1 'a JSON object' lowfirst train --config c.json
: >c.json
refused 1 'c.json:' lowfirst train --config c.json
refused 1 'none.json' lowfirst train --config none.json
