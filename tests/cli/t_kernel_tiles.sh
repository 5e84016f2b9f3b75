# kernels larger than --memory: tile by tile, the same bytes, announced, and nothing left behind by what ends early
needs_numpy
"$python" - <<'PY'
import numpy
r = numpy.random.default_rng(1)
numpy.save('x.npy', r.normal(size=(300, 2))), numpy.save('z.npy', r.normal(size=(200, 2)))
numpy.save('long.npy', r.normal(size=(4000, 2)))
numpy.save('many.npy', numpy.linspace(0, 1, 2000000))
PY
limit='--net 2-9-9-1 --act relu' finite='--net 2-20-3 --act tanh --kind empirical'
for what in "$limit" "$finite"; do
  for columns in '' '--x2 z.npy'; do
    expect 0 lowfirst kernel --x x.npy $columns $what --out whole.npy
    silent
    expect 0 lowfirst kernel --x x.npy $columns $what --out tiles.npy --memory 5e-4 --threads 2
    says 'in tiles of'
    says 'GB on the disk, which has room for'
    one_line
    prints 'by tiles of'
    cmp whole.npy tiles.npy || fail "tiles of '$what $columns' have other bytes"
  done
done
expect 0 lowfirst kernel --x x.npy $limit --out tiles.npy --memory 5e-4 --json --quiet
silent
"$python" -c "
import json
r = json.load(open('.out'))
assert r['tile'] == 128 and r['largest'] is None and r['rows'] == 300, r" || fail 'json of a kernel by tiles'

# where K alone fits, its largest eigenvalue is told, from the file
expect 0 lowfirst kernel --x x.npy $finite --out whole.npy --json --quiet
mv .out whole.json
expect 0 lowfirst kernel --x x.npy $finite --out tiles.npy --memory 6.6e-3 --json --quiet
"$python" -c "
import json
r, whole = json.load(open('.out')), json.load(open('whole.json'))
assert r['tile'] > 0 and whole['tile'] == 0 and r['largest'] == whole['largest'] > 0, (r, whole)" || fail 'eigenvalue of a kernel by tiles'

# on a terminal, how far it is
"$python" - "$program" $finite <<'PY' || fail 'no progress on a terminal'
import os, pty, subprocess, sys, time
ours, theirs = pty.openpty()
command = [sys.argv[1], 'kernel', '--x', 'long.npy', '--memory', '3e-4', '--out', 'no.npy'] + sys.argv[2:]
run = subprocess.Popen(command, stderr=theirs, stdout=subprocess.DEVNULL, env={**os.environ, 'TERM': 'xterm'})
time.sleep(1)
run.terminate()
run.wait()
os.close(theirs)
said = b''
while True:
    try:
        part = os.read(ours, 4096)
    except OSError:
        break
    if not part:
        break
    said += part
assert b'% ' in said and b'million entries/s' in said and b' left' in said, said
PY

refused 1 '--memory: a kernel of 300 x 300 points needs' lowfirst kernel --x x.npy $limit --memory 1e-5 --out no.npy
refused 1 'no.npy: a kernel of 2000000 x 2000000 takes 3.2e+04 GB, and its disk has room for' \
  lowfirst kernel --x many.npy --net 1-9-1 --act relu --memory 1e3 --out no.npy

# a full disk: the old file stays, nothing else does
cp whole.npy before.npy
for blocks in 0 8 100; do
  (
    trap '' XFSZ
    ulimit -f $blocks
    "$program" kernel --x x.npy $limit --memory 5e-4 --out whole.npy >/dev/null 2>&1
  )
  [ $? -eq 1 ] || fail 'a full disk went unnoticed'
  cmp whole.npy before.npy || fail 'a full disk left half a kernel'
done

# an interrupt: the same
for signal in INT TERM; do
  "$program" kernel --x long.npy $finite --memory 3e-4 --out whole.npy >.out 2>.err &
  job=$!
  sleep 0.4
  kill -$signal $job
  wait $job
  [ $? -eq 1 ] || fail "SIG$signal: not exit code 1"
  says 'whole.npy: ended at'
  says 'nothing was written'
  cmp whole.npy before.npy || fail "SIG$signal left half a kernel"
done
[ "$(ls *.tmp no.npy 2>/dev/null)" = '' ] || fail "something was left behind: $(ls)"
