# published experiments that take longer: nets against the linear frequency principle, its operator, its exponents
for id in lfp-operator lfp-exponent; do
  expect 0 lowfirst reproduce "$id" --quick --json
  prints '"verdict": "reproduced"'
done
prints 'd = 1, alpha = 0.5: -0.189 -0.0352 -0.0107 -0.00336'
for id in lfp-1d lfp-width lfp-dynamics; do
  expect 0 lowfirst reproduce "$id" --quick --seeds 1 --json
  prints '"verdict": "'
done
for name in cubic linear tanh-1 tanh-0; do
  [ "$(wc -l <"runs/reproduce/lfp-1d-quick/$name.csv")" -eq 801 ] || fail "$name.csv does not hold 800 points"
done
grep -q '^4000,1,' runs/reproduce/lfp-width-quick/numbers.csv || fail "no net of width 4000"
for source in net ntk lfp; do
  grep -q "^$source,[1-9]" runs/reproduce/lfp-dynamics-quick/numbers.csv || fail "no curve of $source"
done

# a scan of scales, and one that the doctor chose
expect 0 lowfirst reproduce pde-scale --quick --seeds 1 --json
prints '"verdict": "'
prints "the doctor's sigma = "
numbers=runs/reproduce/pde-scale-quick/numbers.csv
[ "$(grep -c '^scan,' $numbers)" -eq 5 ] && grep -q '^doctor,[1-9]' $numbers || fail "numbers.csv does not hold five scales and the doctor's"
[ -s runs/reproduce/pde-scale-quick/picture.png ] || fail "no picture"
