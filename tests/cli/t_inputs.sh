# bad data, files and shapes: one line that says what, where and what was expected; nothing is left behind
needs_numpy
"$python" - <<'PY'
import numpy
x = numpy.linspace(0, 1, 32)
numpy.savez('good.npz', x=x, y=numpy.sin(x))
numpy.savez('short.npz', x=x, y=numpy.sin(x)[:20])
numpy.savez('nan.npz', x=x, y=numpy.where(x > .5, numpy.nan, x))
numpy.savez('noy.npz', x=x)
numpy.savez('none.npz', x=x[:0], y=x[:0])
numpy.save('xi2.npy', numpy.zeros((3, 2)))
open('cut.npz', 'wb').write(open('good.npz', 'rb').read()[:200])
PY
printf 'x,y\n0,1\n0.5,abc\n1,2\n' >word.csv
printf 'x,y\n0,1\n0.5,nan\n1,2\n' >nan.csv
printf 'x,y\n0,1\n0.5\n1,2\n' >ragged.csv
printf 'x,y\n' >head.csv
: >empty.csv
printf 'x,y\n0,1\n0.5,3\n1,2\n' >good.csv
mkdir folder.csv
refused 1 "word.csv:3: column y: 'abc' is not a number" lowfirst train --data word.csv
refused 1 'nan.csv:3' lowfirst train --data nan.csv
refused 1 'ragged.csv:3' lowfirst train --data ragged.csv
for file in head.csv empty.csv folder.csv missing.csv cut.npz short.npz nan.npz noy.npz none.npz; do
  refused 1 "$file" lowfirst train --data $file
done
expect 2 lowfirst train --data good.txt
one_line
says 'good.txt'

refused 2 '--net 2-64-1 takes 2 inputs, but good.csv has 1 (x); did you mean --net 1-64-1?' lowfirst train --data good.csv --net 2-64-1
refused 2 '--net 1-64-3 gives 3 outputs, but good.csv has 1 (y); did you mean --net 1-64-1?' lowfirst train --data good.csv --net 1-64-3
refused 2 '--net 1-x-1' lowfirst train --data good.csv --net 1-x-1
refused 2 '--net 1-0-1' lowfirst train --data good.csv --net 1-0-1
refused 2 'nothing to learn' lowfirst train
refused 2 'give one' lowfirst train --data good.csv --target 'sin(x)'
refused 2 '--target sin(x' lowfirst train --target 'sin(x'
refused 2 '--range 1:0' lowfirst train --target 'sin(x)' --range 1:0
refused 2 '--points 0' lowfirst train --target 'sin(x)' --points 0
refused 2 '--split every:1' lowfirst train --target 'sin(x)' --split every:1
refused 2 '--features fourier:gauss:1' lowfirst train --target 'sin(x)' --features fourier:gauss:1
refused 2 '--init normal' lowfirst train --target 'sin(x)' --init normal
refused 2 '--schedule step' lowfirst train --target 'sin(x)' --schedule step
refused 2 '--record every' lowfirst train --target 'sin(x)' --record every
refused 2 '--bands 3,1' lowfirst train --target 'sin(x)' --bands 3,1
refused 2 '--stop-band 0.5' lowfirst train --target 'sin(x)' --stop-band 0.5
refused 2 'the bands reach from' lowfirst train --target 'sin(x)' --stop-band 1e6:0.1
refused 1 'missing.npy' lowfirst train --target 'sin(x)' --xi missing.npy
refused 1 'missing.npy' lowfirst train --target 'sin(x)' --at missing.npy
refused 1 'xi2.npy' lowfirst train --target 'sin(x)' --at xi2.npy
refused 1 'missing.safetensors' lowfirst train --target 'sin(x)' --weights missing.safetensors
expect 1 lowfirst train --target '1/x' --range -1:1 --points 3
one_line

# a loss that is no number any more: said where, the last good step is kept
expect 1 lowfirst train --target '100*sin(x)' --range -3:3 --points 32 --net 1-32-1 --act relu --opt gd --loss sse --lr 10 --steps 500 --record every:1 --out boom --quiet
one_line
says 'what was good is in boom'
[ -s boom/history.npz ] || fail 'nothing was kept'
rm -r boom
[ ! -e runs ] || fail 'a refused run left a folder behind'

# the samples carry less than the target holds: a warning before the work, which is done all the same
expect 0 lowfirst train --target 'sin(x)+sin(2*pi*12*x)' --range 0:1 --points 16 --net 1-8-1 --steps 5 --quiet --out alias
says 'lowfirst: warning:'
one_line
