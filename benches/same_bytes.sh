#!/usr/bin/env bash
# Do two builds of botsieve write the same bytes? For changes that should only be faster.
# Usage: benches/same_bytes.sh BEFORE AFTER [ROWS]     BEFORE and AFTER are botsieve programs.
# Compares score (CSV and JSON lines; 0, 3 and 5 reasons; 1 and 2 threads), features and train on made-up
# followers, on data/, and on the real files of ../shared/datasets where they are. Exit code 1: something differs.
set -uo pipefail
cd "$(dirname "$0")/.."
before=$1 after=$2 rows=${3:-200000}
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
compared=0 different=0

# Runs both with the arguments; compares exit code, output and messages.
same() {
  "$before" "$@" >"$work/a" 2>"$work/a.err"
  echo "exit code $?" >>"$work/a.err"
  "$after" "$@" >"$work/b" 2>"$work/b.err"
  echo "exit code $?" >>"$work/b.err"
  compared=$((compared + 1))
  if ! cmp -s "$work/a" "$work/b" || ! cmp -s "$work/a.err" "$work/b.err"; then
    different=$((different + 1))
    echo "DIFFERENT: botsieve $*"
    diff "$work/a" "$work/b" | head -4
    diff "$work/a.err" "$work/b.err" | head -4
  fi
}

make=target/release/examples/make_followers
[ -x "$make" ] || cargo build --release --quiet --example make_followers
"$make" "$rows" >"$work/followers.csv"
"$make" $((rows / 10)) --jsonl >"$work/followers.jsonl"
# Cells broken in many ways: every 97th byte of a copy becomes another.
python3 - "$work" <<'PYTHON'
import random, sys
random.seed(1)
data = bytearray(open(sys.argv[1] + "/followers.csv", "rb").read(3_000_000))
for at in range(400, len(data), 97):
    data[at] = random.choice(b'0123456789 ,"\'-+=@.eEK\n\r\t\x00\x80\xc3\xa9\xff:/TZabcXYZ')
open(sys.argv[1] + "/broken.csv", "wb").write(data)
PYTHON

files=("$work/followers.csv" "$work/followers.jsonl" "$work/broken.csv" data/followers.csv data/labelled.csv data/dialects/*)
for folder in ../shared/datasets ../../shared/datasets; do
  [ -d "$folder" ] || continue
  while IFS= read -r file; do files+=("$file"); done < <(
    find "$folder" -type f \( -name '*.csv*' -o -name '*.json*' -o -name '*.txt*' -o -name '*.tsv' \) -size -1500k | sort)
  break
done
for file in "${files[@]}"; do
  [ -f "$file" ] || continue
  same score "$file" --reasons 5 --threads 1
  same score "$file" --reasons 3 --threads 2 --format jsonl
  same features "$file"
done
same score "$work/followers.csv" --reasons 0
same score "$work/followers.csv" --reasons 3 --threads 2 --observed-at 2024-01-01
# A model is compared as the file it is; `same` then sees what training says.
for file in data/labelled.csv; do
  same train "$file" --label label --replicates 100 --output "$work/model.json"
  "$before" train "$file" --label label --replicates 100 --quiet --output "$work/before.json" || different=$((different + 1))
  if ! cmp "$work/before.json" "$work/model.json"; then different=$((different + 1)); fi
  same score "$work/followers.csv" --model "$work/model.json"
done
echo "$compared runs compared, $different different"
[ "$different" = 0 ]
