package test

p contains x if some x in input.xs

p contains "always"
