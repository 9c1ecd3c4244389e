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
	base=$(git describe --tags --abbrev=0 2>/dev/null) || { echo 'bench/diff.sh: there is no release yet to compare with: name a commit, such as BASE=HEAD~1' >&2; exit 1; }
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
for package in "${packages[@]}"; do
	[[ -d $package ]] || { echo "bench/diff.sh: there is no package $package" >&2; exit 1; }
	[[ -d $work/base/$package ]] || echo "bench/diff.sh: $package is not in $base yet: it is measured alone" >&2
done
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
grep -qs '^Benchmark' new.txt || { echo "bench/diff.sh: no benchmark of ${packages[*]} matches $bench" >&2; exit 1; }
versions=(new.txt)
if grep -qs '^Benchmark' old.txt; then
	versions=(old.txt new.txt)
else
	echo "bench/diff.sh: $base has no such benchmark: here is the working tree alone" >&2
fi
"$benchstat" "${versions[@]}"
