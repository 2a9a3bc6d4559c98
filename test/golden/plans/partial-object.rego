package test

p[k] := v if some k, v in input.o
