/** Modules whose syntax trees `opa parse` shows with every place in them: what it keeps of odd texts. */

const v1 = `package a.b["c d"]
import data["x y"] as xy # why
import input.y

# METADATA
# scope: rule
# title: t
# authors:
# - A B <a@b.c>
# - {email: z@z.z}
# related_resources:
# - ref: https://x.y
#   description: d
# - https://z.z
# schemas:
# - input: schema.a["b c"]
# - input.b["c d"]: {type: string, a: 1}
# - data.x: schema
# custom: {b: 1, a: [1, {z: 1, y: 2}]}
p := -1

q := [-1, 2 - -3, (-1), - 4, -x, (-y), (x), ((-2))]

r if -1

r if { x } { y }

r := 1 if { x } { -y; z }

s if { 1 } else if { 2 } else := -3 if { 4 } else := [1, 2][x]

f(x, -1) := 2 if { 1 } else if 2

f(x) if { x }
	{ -2 }

u.v if x

u[v] if { x } { y }

u.v.w if x

u["v w"] if not x

u[v].w contains -1 if { x }

w contains 1

w contains -x

z := $"a{x}b{-1}\\n{ # c
	y }{z}"

z := $\`é{1}
 b{2}
{3}\`

t := {1: 2}.a[_] + [1][0] + (f(x))[0] + ([x])[0] + f(x)[0] + ({1})[1].b if {
	some a, b in (c)
	every k, v in -d { k }
	not {1 | e}[_] with input.x as -1 with data.y as 2
	a.b.c(([])[0])
}

default d := -1

default e(_) := []
`;

const v0 = `package a

p[x]

p[{1}] = x { x = 1 } { x = -1 }

p["a"] = 1 { x }

p[count([1])] = y + 1 { y = 2 }

p.q = [1, 2][x]

p.q { x }

u.v { x } { y } { z }

f(x) = -x { x } { y }

f.g(x) = 1 { x }

r { 1 } else { 2 } else = 3 { 4 }

default d = -1
`;

const v1OfWindows = v1.replaceAll("\n", "\r\n");

export const parseInvocations = [
	["v1", v1, []],
	["v1, line ends of Windows", v1OfWindows, []],
	["v0", v0, ["--v0-compatible"]],
].map(([what, text, flags]) => ({
	name: `parse of odd places, ${what}`,
	args: ["parse", "m.rego", "-f", "json", "--json-include", "locations", ...flags],
	files: { "m.rego": text },
}));
