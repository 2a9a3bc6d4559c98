/** Array.isArray also tells lists that must not be changed from what else a value may be. */
interface ArrayConstructor {
	isArray(x: unknown): x is readonly unknown[];
}
