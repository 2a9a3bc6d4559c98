package matrix.cidr

p := [net.cidr_contains("10.0.0.0/8", input.ip), net.cidr_merge(["10.0.0.0/9", "10.128.0.0/9"]), net.cidr_intersects("fd00::/8", "fd12::/16")]
