# optimisers by NLopt: each runs, killed and resumed it leaves the same bytes, seeds side by side are the seeds alone
needs_numpy
if lowfirst train --target 'sin(x)' --points 8 --net 1-2-1 --opt lbfgs --steps 1 --out probe --quiet >.out 2>.err; then :; else
  refused 1 'install libnlopt-dev' lowfirst train --target 'sin(x)' --points 8 --net 1-2-1 --opt lbfgs --out probe
  exit 0
fi
on='--target sin(x)+sin(3*x) --range -pi:pi --points 40 --net 1-8-1 --record every:50 --quiet --no-report'

for opt in lbfgs newton-cg bobyqa newuoa praxis crs esch; do
  expect 0 lowfirst train $on --opt $opt --steps 400 --box 3 --out $opt
  silent
  expect 0 lowfirst train $on --opt $opt --steps 150 --box 3 --threads 2 --out $opt-part
  expect 0 lowfirst train --resume $opt-part --steps 400 --quiet --no-report
  same $opt $opt-part
done

# killed as a power cut would, while it goes again through what it did before as well
expect 0 lowfirst train $on --opt crs --steps 20000 --out whole
"$program" train $on --opt crs --steps 20000 --out part --checkpoint 0.05 >.out 2>.err &
job=$!
sleep 0.3
kill -9 $job 2>/dev/null
wait $job 2>/dev/null
"$program" train --resume part --checkpoint 0.05 --quiet --no-report >.out 2>.err &
job=$!
sleep 0.15
kill -9 $job 2>/dev/null
wait $job 2>/dev/null
expect 0 lowfirst train --resume part --quiet --no-report
same whole part

expect 0 lowfirst train $on --opt esch --steps 400 --seed 1 --seeds 3 --threads 2 --out three
expect 0 lowfirst train $on --opt esch --steps 400 --seed 3 --out third
same three/seed-3 third

refused 2 'batch must be 0' lowfirst train $on --opt lbfgs --batch 5 --out no
refused 2 'it is for small nets' lowfirst train $on --opt newuoa --net 1-200-200-1 --out no
refused 2 'must be > 0' lowfirst train $on --opt crs --box 0 --out no
expect 0 lowfirst train --target 'sin(x)' --points 8 --net 1-2-1 --opt lbfgs --steps 100000 --precision f64 --out end --quiet --json
prints '"stop": "converged"'
