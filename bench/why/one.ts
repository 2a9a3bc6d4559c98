import { kataDenials } from "./kata.ts";
import { measure } from "./measure.ts";

const [, , name, n = "1"] = process.argv;
const one = kataDenials("../shared/kata").filter((d) => d.name === name);
for (const d of one) {
	for (let i = 0; i < Number(n); i++) {
		const m = measure(d);
		if (i === 0) {
			console.log(JSON.stringify(d.change));
			for (const c of m.explanation.causes.slice(0, 8))
				console.log(c.cost, c.kind, c.row, c.text, "|", c.message.slice(0, 300));
			console.log(
				JSON.stringify(m.explanation.fixes).slice(0, 400),
				JSON.stringify(m.explanation.choices).slice(0, 500),
			);
		}
		console.log(m.ms, m.explanation.stats);
	}
}
