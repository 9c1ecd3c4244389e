#!/usr/bin/env bash
# The product's micro-benchmarks of another version and of the working tree, in turn, and what benchstat says of them.
# Usage: bench/diff.sh BENCHSTAT BASE BENCH COUNT PACKAGE…
# BASE is a commit or empty for the last release; BENCH selects as go test -bench does. With less than six runs of each
# benchstat finds nothing significant.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
benchstat=$1 base=$2 bench=$3 count=$4
shift 4
if [[ -z $base ]]; then
	base=$(git describe --tags --abbrev=0 2>/dev/null) || { echo 'there is no release yet: BASE=COMMIT names what to compare with' >&2; exit 1; }
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/base"
git archive "$base" | tar -x -C "$work/base"

# build VERSION TREE: the test programs of the packages, those that the version has.
build() {
	for package in "${packages[@]}"; do
		if [[ -d $2/$package ]]; then
			(cd "$2" && go test -c -o "$work/$1.${package//\//_}" "./$package")
		fi
	done
}
packages=("${@#./}")
build old "$work/base"
build new "$PWD"
for ((i = 1; i <= count; i++)); do
	echo "run $i of $count" >&2
	for version in old new; do
		tree=$PWD
		[[ $version == new ]] || tree=$work/base
		for package in "${packages[@]}"; do
			program=$work/$version.${package//\//_}
			[[ -x $program ]] || continue
			# The package's folder is the one in which its tests run.
			(cd "$tree/$package" && echo "pkg: $package" && "$program" -test.short -test.run '^$' -test.bench "$bench" -test.benchmem) >>"$work/$version.txt"
		done
	done
done
cd "$work"
grep -q '^Benchmark' new.txt || { echo "no benchmark of ${packages[*]} matches $bench" >&2; exit 1; }
"$benchstat" old.txt new.txt
