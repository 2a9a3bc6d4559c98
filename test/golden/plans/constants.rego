package test

c := {"a": [1, 2.50, 123456789012345678901234567890], "__proto__": {1, 2}}

p := c.a[input.i]

q if c["__proto__"][input.x]
