package matrix.objects

p := [
	object.union({"a": {"b": 1}}, {"a": {"c": 2}}),
	object.get(input, ["user", "roles", 0], "none"),
	json.patch({"a": [1]}, [{"op": "add", "path": "/a/-", "value": 2}]),
	json.filter({"a": {"b": 1, "c": 2}}, ["a/b"]),
]
