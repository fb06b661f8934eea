"""One file a measurement: a function from a network and its settings to a result of `bench.records`."""
