package matrix.walk

p := {path | walk(input.resource, [path, value]); is_string(value)}
