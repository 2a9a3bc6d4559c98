package test

allowed := ["a", "b", "c"]

p if input.x in allowed

q if "k", input.v in input.o

r if input.set[input.member]
