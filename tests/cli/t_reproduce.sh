# published experiments: the list, the words, one of them run to its verdict, run again with other seeds
expect 0 lowfirst reproduce list
for id in fp-1d fp-1d-amp fp-1d-script fp-ratio fp-step fp-image fp-early anti-init; do prints "$id "; done
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
