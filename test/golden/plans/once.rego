package test

import future.keywords.or
import future.keywords.and

p if (input.a or input.b == 1)

q if (input.a and input.b)
