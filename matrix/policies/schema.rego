package matrix.schema

p := [json.match_schema(input.user, {"type": "object", "required": ["name"]})[0], json.match_schema({}, {"type": "object", "required": ["name"]})[0]]
