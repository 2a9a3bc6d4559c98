package test

p := 0 if input.k == "k0"

p := 1 if input.k == "k1"

p := 2 if input.k == "k2"

p := 3 if input.k == "k3"

p := 4 if input.k == "k4"

p := 5 if input.k == "k5"

p := 6 if input.k == "k6"
