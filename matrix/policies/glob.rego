package matrix.glob

p := [glob.match("api.*.example.com", ["."], input.host), glob.match("**.com", [], input.host), glob.quote_meta("a*")]
