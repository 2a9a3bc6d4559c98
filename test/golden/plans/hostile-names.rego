package test

p["*/ ${x}"] := "`\n\"quote"

q := data.test.p["*/ ${x}"] if input["constructor"]["a b"]
