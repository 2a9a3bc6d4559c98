package test

p := data.test.sub[input.name]

q contains name if data.test.sub[name]

sub.a := 1

sub.b := input.b

r := data.base.x[input.i]["weird key"]

s := data.test.sub
