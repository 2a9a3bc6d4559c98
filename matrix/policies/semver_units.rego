package matrix.semver_units

p := [semver.compare("1.10.0", "1.9.3"), units.parse_bytes("1.5GiB"), bits.xor(6, 3), graph.reachable({"a": ["b"], "b": []}, ["a"])]
