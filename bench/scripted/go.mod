// The scripted API server of the benchmarks (docs/benchmarks.md): the standard library only.
module snaptrail.bench/scripted

go 1.26.0
