# what is asked wrongly is answered in one line, with exit code 2
expect 2 lowfirst
says 'lowfirst COMMAND'
expect 0 lowfirst --help
prints 'lowfirst COMMAND'
silent
expect 0 lowfirst --version
prints 'lowfirst '
for command in demo train measure compare kernel report; do
  expect 0 lowfirst $command --help
  prints "Usage: lowfirst $command"
  prints 'Examples'
  silent
  [ "$(wc -L <.out)" -le 80 ] || fail "help of $command is wider than 80 columns"
  expect 0 lowfirst help $command
done
refused 2 "'trian' is not a command; the nearest is train" lowfirst trian
refused 2 "'--verson' is not a command" lowfirst --verson
for command in solve sweep; do
  refused 2 "$command is not in this version" lowfirst $command
done

refused 2 '--act tanhh is not known; the nearest is tanh (lowfirst train --help lists 17)' lowfirst train --target 'sin(x)' --act tanhh
refused 2 '--nett is not known; the nearest is --net' lowfirst train --nett 1-2-1
refused 2 '--fit is not an option of lowfirst train' lowfirst train --fit a.npy
refused 2 "'extra' was not expected" lowfirst train extra
refused 2 '--lr needs RATE' lowfirst train --lr
refused 2 '--lr needs RATE' lowfirst train --lr --steps 5
refused 2 "--lr: 'fast' is not a number" lowfirst train --lr fast
refused 2 "--lr: 'nan' is not a number" lowfirst train --lr nan
refused 2 '--lr 0: it must be > 0' lowfirst train --lr 0
refused 2 "--steps: '1.5' is not a whole number" lowfirst train --steps 1.5
refused 2 '--momentum 1: it must be >= 0 and < 1' lowfirst train --momentum=1
refused 2 '--asi is either given or not' lowfirst train --asi=perhaps
refused 2 '--loss mse2 is not known; the nearest is mse' lowfirst train --loss mse2
refused 2 '--features fuorier is not known; the nearest is fourier' lowfirst train --features fuorier:gauss:1:8
refused 2 '--precision f16 is not known' lowfirst train --precision f16

# docs/options.md is what the table says today
lowfirst help --markdown >options.md
cmp options.md "$tests/../../docs/options.md" || fail "docs/options.md is old: lowfirst help --markdown > docs/options.md"

# a result that cannot be written is a failure
if [ -c /dev/full ]; then
  lowfirst --help >/dev/full 2>.err
  [ $? -eq 1 ] || fail "a full disk went unnoticed"
  says 'standard output'
fi
