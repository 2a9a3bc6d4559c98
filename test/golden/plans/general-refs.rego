package test

p.q[x].r contains y if some x, y in input.o

p.q.fixed.s := 1
