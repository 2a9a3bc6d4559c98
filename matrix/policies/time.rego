package matrix.time

p := [time.parse_rfc3339_ns(input.time) % 1000000007, time.date(time.parse_rfc3339_ns(input.time)), time.format([time.parse_rfc3339_ns(input.time), "Europe/Berlin", "RFC822Z"])]
