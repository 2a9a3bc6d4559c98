package test

f(x) := x + 1

g(x) := x * 2

p := [a, b, c] if {
	a := f(1) with f as g
	b := count(input) with count as 7
	c := max(input) with max as min
}
