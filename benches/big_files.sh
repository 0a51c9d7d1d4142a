#!/usr/bin/env bash
# Does the memory of `score` stay where it is, however long the file? Makes a JSON-lines file and a CSV file of made-up
# followers (bios with line feeds), scores each, and fails where the peak of resident memory is above the limit or a row
# is missing.
#
# Usage: benches/big_files.sh [BYTES [LIMIT_MB [FOLDER]]]     default: 10000000000 200, a folder below $TMPDIR
#        benches/big_files.sh 300000000                       the short form that .ci/run takes
# MAKE_FOLLOWERS names another build of the example that makes the files (target/debug/examples/make_followers).
# Needs BYTES of free disk (the files are made one after the other, and deleted). Linux: the peak is VmHWM of /proc.
set -euo pipefail
cd "$(dirname "$0")/.."
bytes=${1:-10000000000} limit=${2:-200} folder=${3:-${TMPDIR:-/tmp}}
work=$(mktemp -d "$folder/botsieve-big.XXXXXX")
trap 'rm -rf "$work"' EXIT

free=$(df --output=avail -B1 "$work" | tail -1)
if [ "$free" -lt $((bytes + bytes / 5)) ]; then
  echo "$work has $free bytes free, and $bytes are wanted: name another folder" >&2
  exit 1
fi
maker=${MAKE_FOLLOWERS:-target/release/examples/make_followers}
if [ ! -x target/release/botsieve ] || [ ! -x "$maker" ]; then
  cargo build --release --quiet --bin botsieve --example make_followers
fi

failed=0
for form in jsonl csv; do
  flag=""
  [ $form = jsonl ] && flag=--jsonl
  # The size of a row, from the first of them; rows differ in length, so the file comes out near BYTES, not at it.
  sample=$("$maker" 20000 $flag | wc -c)
  rows=$((bytes * 20000 / sample))
  "$maker" $rows $flag >"$work/followers"
  size=$(stat -c %s "$work/followers")
  start=$(date +%s.%N)
  target/release/botsieve score "$work/followers" --observed-at 2024-06-01 --reasons 1 >/dev/null 2>"$work/said" &
  program=$!
  peak=0
  # The kernel keeps the highest value; the last one read before the program ends misses at most a tenth of a second.
  while kill -0 $program 2>/dev/null; do
    now=$(awk '/VmHWM/ {print $2}' "/proc/$program/status" 2>/dev/null || true)
    [ -n "$now" ] && peak=$now
    sleep 0.1
  done
  wait $program
  seconds=$(awk -v a="$start" -v b="$(date +%s.%N)" 'BEGIN {printf "%.0f", b - a}')
  megabytes=$((peak / 1024))
  echo "$form: $size bytes, $rows rows, $seconds s, peak $megabytes MB; $(tail -1 "$work/said")"
  if [ $megabytes -gt "$limit" ] || [ $peak -eq 0 ]; then
    echo "FAILED: the limit is $limit MB" >&2
    failed=1
  fi
  if ! grep -q "^$rows rows read: .* 0 damaged; $rows written" "$work/said"; then
    echo "FAILED: $rows rows went in" >&2
    failed=1
  fi
  rm "$work/followers"
done
exit $failed
