/** Status codes of a ttRPC response (google.rpc.Code) and the error that carries one. */
import { messageOf } from "../../thrown.ts";

export const Code = {
	OK: 0,
	CANCELLED: 1,
	UNKNOWN: 2,
	INVALID_ARGUMENT: 3,
	DEADLINE_EXCEEDED: 4,
	NOT_FOUND: 5,
	ALREADY_EXISTS: 6,
	PERMISSION_DENIED: 7,
	RESOURCE_EXHAUSTED: 8,
	FAILED_PRECONDITION: 9,
	ABORTED: 10,
	OUT_OF_RANGE: 11,
	UNIMPLEMENTED: 12,
	INTERNAL: 13,
	UNAVAILABLE: 14,
	DATA_LOSS: 15,
	UNAUTHENTICATED: 16,
} as const;

const names: ReadonlyMap<number, string> = new Map(Object.entries(Code).map(([name, code]) => [code, name]));

/** `PERMISSION_DENIED` for 7; the number itself for codes nobody named. */
export function codeName(code: number): string {
	return names.get(code) ?? String(code);
}

/** Extra information that a peer attached to its status; carried along, never read. */
export interface StatusDetail {
	readonly type_url: string;
	readonly value: Uint8Array;
}

/** A call that ended with a status other than OK. */
export class TtrpcError extends Error {
	readonly code: number;
	readonly details: readonly StatusDetail[];

	constructor(code: number, message: string, details: readonly StatusDetail[] = []) {
		super(message);
		this.name = "TtrpcError";
		this.code = code;
		this.details = details;
	}

	/** Whatever was thrown, as a status; anything but a TtrpcError is INTERNAL. */
	static from(e: unknown): TtrpcError {
		if (e instanceof TtrpcError) return e;
		return new TtrpcError(Code.INTERNAL, messageOf(e));
	}
}
