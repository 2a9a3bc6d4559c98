/** Whether this host allows code from strings (no strict Content-Security-Policy). */
export function canGenerate(): boolean {
	try {
		return new Function("return 1")() === 1;
	} catch {
		return false;
	}
}
