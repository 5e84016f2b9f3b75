# killed at any moment, interrupted politely, or asked for more: the bytes are those of the run that was left alone
needs_numpy
what='--points 50 --net 1-24-24-1 --lr 1e-3 --record log:60 --steps 4000'
target='--target sin(x)+sin(3*x) --range -pi:pi'
expect 0 lowfirst train $target $what --out whole --quiet --no-report

# begin FOLDER options...: train in the background, as $job, until the folder has a run.json
begin() {
  begun=$1
  shift
  "$program" train "$@" --quiet >.out 2>.err &
  job=$!
  while [ ! -e $begun/run.json ] && kill -0 $job 2>/dev/null; do sleep 0.01; done
}
# kill it as a power cut would, after so many seconds
cut() {
  sleep $1
  kill -9 $job 2>/dev/null
  wait $job 2>/dev/null
}

for delay in 0 0.05 0.12 0.2 0.3; do
  rm -rf part
  begin part $target $what --out part --checkpoint 0.03 --no-report
  cut $delay
  for file in part/*.npz; do
    [ -e $file ] || continue
    "$python" -c "import sys, numpy; z = numpy.load(sys.argv[1]); [z[k] for k in z.files]" $file || fail "$file is half-written"
  done
  expect 0 lowfirst train --resume part --quiet --no-report
  same whole part
done

# killed again and again
rm -rf part
begin part $target $what --out part --checkpoint 0.03 --no-report
cut 0.1
for delay in 0.15 0.1 0.05; do
  begin part --resume part --checkpoint 0.03 --no-report
  cut $delay
done
expect 0 lowfirst train --resume part --quiet --no-report
same whole part

# SIGINT and SIGTERM: the state is saved, the message says how to go on, the exit code is 1
for signal in INT TERM; do
  rm -rf part
  begin part $target $what --steps 100000000 --out part
  sleep 0.3
  kill -$signal $job
  wait $job
  [ $? -eq 1 ] || fail "SIG$signal: not exit code 1"
  says 'go on with: lowfirst train --resume part'
  one_line
  [ -s part/checkpoint.npz ] || fail 'no checkpoint after an interruption'
  [ -s part/history.npz ] || fail 'no history after an interruption'
done

# further than was asked for first
expect 0 lowfirst train $target $what --record every:50 --out far --quiet
expect 0 lowfirst train $target $what --record every:50 --steps 2500 --out near --quiet
expect 0 lowfirst train --resume near --steps 4000 --quiet
same far near
expect 0 lowfirst train --resume near --quiet
same far near

# several seeds
expect 0 lowfirst train $target $what --seeds 2 --out pair --quiet --no-report
begin half $target $what --seeds 2 --out half --checkpoint 0.03 --no-report
cut 0.2
expect 0 lowfirst train --resume half --quiet --no-report
same pair half
same pair/seed-2 half/seed-2

refused 2 'with --resume only --steps' lowfirst train --resume near --lr 5
refused 2 'leave --out away' lowfirst train --resume near --out elsewhere
refused 1 'there is no nowhere/run.json' lowfirst train --resume nowhere
head -c 1000 near/checkpoint.npz >cut && mv cut near/checkpoint.npz
refused 1 'near/checkpoint.npz' lowfirst train --resume near
