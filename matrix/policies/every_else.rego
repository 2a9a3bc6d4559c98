package matrix.every_else

p := f(3)

f(x) := "small" if {
	every r in input.user.roles { r != "root" }
	x < 3
} else := "medium" if x < 10
else := "large"
