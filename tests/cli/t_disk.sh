# no room on the disk: said in one line, exit code 1, and what was there before is whole
needs_numpy
small='--target sin(x) --points 32 --net 1-16-1 --steps 50 --record every:1 --quiet'
expect 0 lowfirst train $small --out kept
cp -r kept before
# files of more than some blocks of 512 bytes cannot be written: EFBIG, as a full disk gives ENOSPC
for blocks in 0 4 8 16; do
  (
    trap '' XFSZ
    ulimit -f $blocks
    "$program" train $small --out kept >/dev/null 2>&1
  )
  got=$?
  [ $got -eq 0 ] || [ $got -eq 1 ] || fail "a full disk gave exit code $got"
  for file in history.npz weights.safetensors; do cmp kept/$file before/$file || fail "$file is half-written"; done
  [ "$(ls -A kept)" = "$(ls -A before)" ] || fail "something was left behind: $(ls -A kept)"
done
(
  trap '' XFSZ
  ulimit -f 0
  "$program" train $small --out none >.out 2>/dev/null
)
[ $? -eq 1 ] || fail 'a disk without any room went unnoticed'

# a folder that may not be written, or is none
: >file
refused 1 'Not a directory' lowfirst train $small --out file
refused 1 'Not a directory' lowfirst train $small --out file/below
if [ "$(id -u)" -ne 0 ]; then
  mkdir locked && chmod a-w locked
  refused 1 'locked' lowfirst train $small --out locked/run
fi
