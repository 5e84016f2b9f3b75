# published experiments: the list, the words, one of them run to its verdict, run again with other seeds
expect 0 lowfirst reproduce list
for id in fp-1d fp-1d-amp fp-1d-script fp-ratio fp-step fp-image fp-early fp-zoo fp-nongrad anti-init anti-ricker anti-sobolev; do prints "$id "; done
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
