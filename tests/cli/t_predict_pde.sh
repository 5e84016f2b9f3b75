# predict --by pde: the same history as the kernel's flow, in words and in the record; one and two processes; refusals
needs_numpy
target='exp(-8*x^2)*(sin(2*pi*x)+sin(6*pi*x))'
features="--features fourier:gauss:3:1000 --train-features --scaling inverse-sqrt --std a=0.5"
on="--range -1:1 --points 120 --net 1-1 $features --loss half_mse --times 0.5,2,8,32,128 --lr 0.1"

expect 0 lowfirst predict --target "$target" $on --by pde --pde-density uniform --out closed
says 'samples uniform'
says 'banded'
prints 'steps in time on'
[ -s closed/report.html ] && [ -s closed/run.json ] || fail 'the run directory is not whole'
expect 0 lowfirst predict --config closed/run.json --out again --json --quiet
silent
"$python" - <<'PY' || fail '--json, or the same run again'
import json, numpy
r = json.load(open('.out'))
assert r['by'] == 'pde' and r['solver'] == 'banded' and r['processes'] == 1 and r['nodes'] > 100, r
assert 0 < r['time_error'] < 1e-5 and 0 < r['space_error'] < 1e-5 and abs(r['density'] - 0.5) < 0.01, r
a, b = numpy.load('closed/history.npz'), numpy.load('again/history.npz')
assert all(a[k].tobytes() == b[k].tobytes() for k in a.files if k != 'wall_s')
assert list(a['t']) == [0, 0.5, 2, 8, 32, 128] and a['fit'].shape[0] == 6
PY
expect 0 lowfirst predict --target "$target" $on --by pde --pde-order 1 --pde-cells 2000 --out full
says 'samples as they lie'
expect 0 lowfirst predict --target "$target" $on --points 1200 --times 0.5 --by pde --out many
says 'samples uniform'
expect 0 lowfirst predict --target "$target" $on --by ntk --out exact --quiet
expect 0 lowfirst compare exact closed full --json
"$python" - <<'PY' || fail 'the equation does not follow the kernel'
import json
closed, full = json.load(open('.out'))['compared']
assert max(closed['band_rms']) < 2e-3 and max(full['band_rms']) < 1e-4, (closed['band_rms'], full['band_rms'])
PY

# scattered samples have their own density; one hidden layer has the rates of the LFP
expect 0 lowfirst predict --target "$target" --range -1:1 --points 50 --sampling uniform --net 1-1 $features --by pde --out scattered
says 'samples as they lie'
wide="--target sin(3*x) --range -1:1 --points 40 --net 1-500-1 --scaling inverse-sqrt --std w=2,b=5,a=1 --times 1,10,100 --lr 0.1"
expect 0 lowfirst predict $wide --by pde --pde-edge 20 --out lfp-pde --quiet
expect 0 lowfirst predict $wide --by lfp --out lfp --quiet
expect 0 lowfirst compare lfp lfp-pde --json
"$python" -c "import json; d = json.load(open('.out'))['compared'][0]; assert max(d['band_rms']) < 5e-3, d" || fail 'lfp by the equation'

# unless told otherwise both go at half the largest stable rate
free=$(echo "$wide" | sed 's/--times.*//')
for by in pde lfp; do expect 0 lowfirst predict $free --steps 20 --by $by --out "rate-$by" --quiet; done
"$python" -c "import json; a, b = [float(json.load(open(f'rate-{by}/run.json'))['lr']) for by in ('pde', 'lfp')]; assert abs(a/b - 1) < 0.05, (a, b)" ||
  fail 'the rates chosen differ'

# two dimensions: PETSc, or the package that is missing
plane="--target exp(-4*(x1^2+x2^2))*sin(2*pi*x1) --range -1:1 --points 12 --net 2-1 --features fourier:gauss:1:1000 --train-features --scaling inverse-sqrt --std a=0.2"
solve="--by pde --pde-density uniform --pde-cells 4 --pde-tolerance 1e-4 --times 1 --lr 0.1"
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 # MPI keeps memory until the end
export ASAN_OPTIONS
if lowfirst predict $plane $solve --out one --quiet 2>.err >.out; then
  if command -v mpiexec >/dev/null; then
    OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
    export OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM OMPI_MCA_mpi_yield_when_idle
    expect 0 mpiexec -n 2 --oversubscribe "$program" predict $plane $solve --out two --json --quiet
    "$python" - <<'PY' || fail 'two processes find something else than one'
import json, numpy
assert json.load(open('.out'))['processes'] == 2
a, b = numpy.load('one/history.npz'), numpy.load('two/history.npz')
assert abs(a['fit'] - b['fit']).max() < 1e-8 and abs(a['fit']).max() > 0.01
PY
  fi
else
  says 'libpetsc-real-dev'
fi

refused 2 'Fourier features' lowfirst predict --target "$target" --net 1-50-50-1 --features fourier:gauss:3:10 --by pde --quiet
refused 2 'this one has 0 and no features' lowfirst predict --target "$target" --net 1-1 --by pde --quiet
refused 2 '--no-output-bias' lowfirst predict --target "$target" --net 1-1 --features fourier:gauss:3:10 --by pde --quiet
refused 2 'even grid' lowfirst predict --target "$target" --sampling uniform --net 1-1 $features --by pde --pde-density uniform --quiet
refused 2 '--pde-cells is of --by pde' lowfirst predict --target "$target" $on --pde-cells 10 --quiet
refused 2 'did you mean --by empirical?' lowfirst predict --target "$target" $on --by pde --weights w.safetensors --quiet
refused 2 '--pde-order' lowfirst predict --target "$target" $on --by pde --pde-order 3 --quiet
refused 2 'ridge' lowfirst predict --target "$target" $on --by pde --ridge 1 --quiet
refused 2 '--solver is of --by lfp' lowfirst predict --target "$target" $on --by pde --solver grid --quiet
[ ! -e runs ] || [ -z "$(find runs -name history.npz)" ] || fail 'a refused prediction left a folder behind'
