/** What a call throws; empty where it throws nothing. */
export function messageOf(run: () => unknown): string {
	try {
		run();
		return "";
	} catch (e) {
		return (e as Error).message;
	}
}
