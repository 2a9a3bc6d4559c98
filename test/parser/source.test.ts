/** Rows and columns of offsets, also where lines are so long that they are not counted from their begin. */
import { expect, test } from "vitest";
import { Source } from "../../src/location.ts";

const long = "aé😀".repeat(1500);

test.each([
	{ note: "ordinary lines", text: "package a\n\nb := 😀\r\nc := 1" },
	{ note: "one long line", text: long },
	{ note: "a long line between others", text: `${long.slice(0, 700)}\n${long}\n😀${long}` },
	{ note: "half of a pair, over and over", text: "\udc00x\ud800".repeat(1000) },
	{ note: "nothing", text: "" },
])("places in $note", ({ text }) => {
	const source = new Source("a.rego", text);
	let row = 1;
	let col = 1;
	for (let i = 0; i <= text.length; i++) {
		expect(source.location(i)).toEqual({ file: "a.rego", row, col });
		const unit = text.charCodeAt(i);
		if (unit === 10) {
			row++;
			col = 1;
		} else if (unit < 0xdc00 || unit > 0xdfff) col++;
	}
	expect(source.location(text.length + 5)).toEqual(source.location(text.length));
});
