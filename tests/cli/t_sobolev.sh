# --loss sobolev: by every optimiser, in minibatches, over seeds, with noise and splits, killed and resumed to the same bytes, from npz files
needs_numpy
on='--target sin(x)+sin(3*x) --range -pi:pi --points 40 --net 1-8-1 --loss sobolev --record every:50 --quiet --no-report'

searches='lbfgs newton-cg bobyqa newuoa praxis crs esch'
if lowfirst train $on --opt lbfgs --steps 1 --out probe >.out 2>.err; then :; else
  says 'install libnlopt-dev'
  searches=
fi
for opt in sgd nesterov adam rmsprop $searches; do
  expect 0 lowfirst train $on --opt $opt --steps 300 --box 3 --lr 1e-3 --out $opt
  silent
  expect 0 lowfirst train $on --opt $opt --steps 150 --box 3 --lr 1e-3 --threads 2 --out $opt-part
  expect 0 lowfirst train --resume $opt-part --steps 300 --quiet --no-report
  same $opt $opt-part
done

# a wide net has several strips; 40 samples in batches of 7 leave a rest of 5
for more in '--batch 7' '--net 1-64-64-1 --points 200' '--net 1-64-64-1 --points 200 --batch 90' '--noise 0.3' '--split random:0.3' '--split every:3 --batch 5'; do
  expect 0 lowfirst train $on $more --steps 200 --out more
  expect 0 lowfirst train $on $more --steps 100 --threads 2 --out part
  expect 0 lowfirst train --resume part --steps 200 --quiet --no-report
  same more part
  rm -r more part
done

expect 0 lowfirst train $on --steps 200 --seed 1 --seeds 3 --threads 2 --out three
expect 0 lowfirst train $on --steps 200 --seed 3 --out third
same three/seed-3 third

# dy (n,c,d) of a file says the same as the expression, with the axis of the one output or without it
"$python" - <<'PY'
import numpy as np
x = np.stack(np.meshgrid(np.linspace(-1, 1, 12), np.linspace(-1, 1, 12), indexing='ij'), -1).reshape(-1, 2)
y = np.sin(2 * x[:, 0]) + x[:, 1] ** 2
dy = np.stack([2 * np.cos(2 * x[:, 0]), 2 * x[:, 1]], 1)
np.savez('three.npz', x=x, y=y, dy=dy[:, None, :])
np.savez('two.npz', x=x, y=y, dy=dy)
np.savez('turned.npz', x=x, y=y, dy=dy.T)
dy[5, 1] = np.nan
np.savez('nan.npz', x=x, y=y, dy=dy)
np.savez('none.npz', x=x, y=y)
PY
loss() { sed -n 's/^ *"loss": \(.*\),$/\1/p' .out; }
run='--net 2-20-1 --loss sobolev --lr 1e-2 --steps 300 --precision f64 --json --quiet --no-report'
expect 0 lowfirst train --target 'sin(2*x1)+x2^2' --range -1:1 --points 12 $run --out a
expected=$(loss)
for file in three two; do
  expect 0 lowfirst train --data $file.npz $run --out of-$file
  "$python" -c "import sys; a, b = map(float, sys.argv[1:]); sys.exit(abs(a - b) > 1e-6 * a or a > 0.05)" "$expected" "$(loss)" || fail "$file.npz: loss $(loss), not $expected"
done
refused 1 'turned.npz: dy has the shape (2,144); expected (144,1,2)' lowfirst train --data turned.npz --loss sobolev --out no
refused 1 'nan.npz: dy[5,1] is nan' lowfirst train --data nan.npz --loss sobolev --out no
refused 1 'none.npz: there are no derivatives of y' lowfirst train --data none.npz --loss sobolev --out no
expect 0 lowfirst train --data none.npz --net 2-5-1 --steps 5 --out values --quiet --no-report
refused 2 'output identity' lowfirst train $on --output sigmoid --out no
