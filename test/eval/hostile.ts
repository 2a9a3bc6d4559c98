/** Texts that try to become code, and arbitraries of them. */
import fc from "fast-check";

export const hostileTexts: readonly string[] = [
	'"',
	"'",
	"`",
	"\\",
	'\\"',
	// biome-ignore lint/suspicious/noTemplateCurlyInString: the text is the point
	"${globalThis.pwned = 1}",
	'"]; globalThis.pwned = 1; //',
	"'); globalThis.pwned = 1; ('",
	"`; globalThis.pwned = 1; `",
	"*/ globalThis.pwned = 1; /*",
	"-->\nglobalThis.pwned = 1",
	"\n;globalThis.pwned = 1;\n",
	"\r\nglobalThis.pwned = 1//",
	"\u2028globalThis.pwned = 1\u2028",
	"\u2029globalThis.pwned = 1\u2029",
	"</script><script>globalThis.pwned=1</script>",
	"\u0000",
	"\u007f\u0085\ufeff",
	"__proto__",
	"constructor",
	"prototype",
	"hasOwnProperty",
	"toString",
	"valueOf",
	"then",
	"K",
	"B",
	"R",
	"U",
	"c",
	"f0",
	"return",
	"class",
	"await",
	"yield",
	"let",
	"static",
	"arguments",
	"eval",
	"undefined",
	"NaN",
	"Array",
	"core",
	"program",
	"entrypoint1",
	"$s",
	"$n",
	"$o",
	"😀",
	"",
];

/** Any well-formed text, the hostile ones often. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
	{ weight: 3, arbitrary: fc.constantFrom(...hostileTexts) },
	{ weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
	{
		weight: 1,
		arbitrary: fc.tuple(fc.constantFrom(...hostileTexts), fc.constantFrom(...hostileTexts)).map((t) => t.join("")),
	},
);

/** Runs f and says whether any text became code meanwhile. */
export function pwned(f: () => void): boolean {
	const world = globalThis as { pwned?: unknown };
	delete world.pwned;
	f();
	const is = "pwned" in world;
	delete world.pwned;
	return is;
}
