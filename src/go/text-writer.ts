/**
 * Text written unit by unit, or a stretch at a time. Many short pieces joined by `+` are a tree that is walked through
 * once more to be read; units in a list become text a few thousand at a time.
 */

/** As many as a call takes for arguments without trouble. */
const atOnce = 4000;

/** Longer stretches are cut out as they are. */
const longStretch = 64;

export class TextWriter {
	readonly #units: number[] = [];
	#text = "";

	/** How many units were written. */
	get length(): number {
		return this.#text.length + this.#units.length;
	}

	unit(unit: number): void {
		if (this.#units.length >= atOnce) this.#flush();
		this.#units.push(unit);
	}

	stretch(s: string, from: number, to: number): void {
		if (to - from > longStretch) {
			this.#flush();
			this.#text += s.slice(from, to);
		} else for (let i = from; i < to; i++) this.unit(s.charCodeAt(i));
	}

	text(): string {
		this.#flush();
		return this.#text;
	}

	#flush(): void {
		if (this.#units.length === 0) return;
		this.#text += String.fromCharCode(...this.#units);
		this.#units.length = 0;
	}
}
