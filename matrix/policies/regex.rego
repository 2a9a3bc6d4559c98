package matrix.regex

p := [regex.match(`^/v[0-9]+/(users|groups)/[\pL-]+$`, input.path), regex.find_n(`[a-z]+`, input.path, 2), regex.replace(input.path, `[0-9]`, "#")]
