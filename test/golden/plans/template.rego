package test

p := $"a {input.x} b {upper(input.y)}"
