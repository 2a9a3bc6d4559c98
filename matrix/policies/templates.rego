package matrix.templates

p := [strings.render_template("{{.a}} {{range .l}}<{{.}}>{{end}}", {"a": 1, "l": ["x", "y"]}), rego.parse_module("m.rego", "package m").package.path[1].value, uuid.parse("00000000-0000-4000-8000-000000000000").version]
