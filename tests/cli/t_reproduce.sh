# published experiments: the list, the words, one of them run to its verdict, run again with other seeds
expect 0 lowfirst reproduce list
for id in fp-1d fp-1d-amp fp-1d-script fp-ratio fp-step fp-image fp-early fp-zoo fp-nongrad anti-init anti-ricker anti-sobolev \
  fp-tanh-spectrum lfp-1d lfp-width lfp-xor lfp-operator lfp-dynamics lfp-init lfp-bound lfp-exponent pde-1d pde-2d \
  pde-control pde-deep pde-scale; do prints "$id "; done
expect 0 lowfirst reproduce
prints "last verdict here"
refused 2 "the nearest is fp-1d" lowfirst reproduce fp-1x
expect 0 lowfirst reproduce fp-1d --quick --seeds 1 --json
prints '"verdict": "reproduced"'
prints '"seeds": 1'
folder=runs/reproduce/fp-1d-quick
grep -q '^run,seed,k,step$' "$folder/numbers.csv" || fail "numbers.csv has no header"
[ "$(wc -l <"$folder/numbers.csv")" -eq 4 ] || fail "numbers.csv does not hold three tones"
[ -s "$folder/tanh/history.npz" ] || fail "no history"
expect 0 lowfirst reproduce list
prints "reproduced (quick)"

# an optimiser that has no learning rate; without NLopt it says what is missing
if lowfirst reproduce fp-nongrad --quick --seeds 1 --json >.out 2>.err; then
  prints '"verdict": "'
  prints 'lbfgs '
  [ "$(wc -l <runs/reproduce/fp-nongrad-quick/numbers.csv)" -eq 15 ] || fail "numbers.csv does not hold two tones of seven optimisers"
else
  says 'install libnlopt-dev'
fi

# two losses on the same nets, and the medians in numbers.csv: a median for each tone and loss
expect 0 lowfirst reproduce anti-sobolev --quick --seeds 1 --json
prints '"verdict": "reproduced"'
prints 'sobolev: '
numbers=runs/reproduce/anti-sobolev-quick/numbers.csv
[ "$(wc -l <$numbers)" -eq 13 ] || fail "numbers.csv does not hold three tones and their medians of two losses"
grep -q '^sobolev,median,5,[0-9]' $numbers || fail "no learning step of sin 5x"

# theory: a net's spectrum by formula and by quadrature, and what its gradient weighs
expect 0 lowfirst reproduce fp-tanh-spectrum --quick --seeds 1 --json
prints '"verdict": "reproduced"'
grep -q '^gradient,' runs/reproduce/fp-tanh-spectrum-quick/numbers.csv || fail "no gradient weights"

# the linear frequency principle: two ways to one limit; risks below the bounds; a trained net beside the spline, in two dimensions too
expect 0 lowfirst reproduce lfp-init --quick --seeds 1 --json
prints '"verdict": "reproduced"'
[ "$(wc -l <runs/reproduce/lfp-init-quick/curves.csv)" -eq 401 ] || fail "curves.csv does not hold 400 points"
expect 0 lowfirst reproduce lfp-bound --quick --seeds 1 --json
prints 'FP-norm 13.3 ... 136, tau = 1.00'
[ "$(wc -l <runs/reproduce/lfp-bound-quick/numbers.csv)" -eq 41 ] || fail "numbers.csv does not hold ten tones of four sizes"
expect 0 lowfirst reproduce lfp-xor --quick --seeds 1 --json
prints '"measured": "correlation 0.99'
