/** The details of errors as what makes them is handed to the checks, which do without where bytes are counted. */
import { argumentDetails, invalidDetails, matchDetails, unsupportedDetails } from "./details.ts";

export interface TypeDetails {
	readonly match: typeof matchDetails;
	readonly argument: typeof argumentDetails;
	readonly unsupported: typeof unsupportedDetails;
	readonly invalid: typeof invalidDetails;
}

export const typeDetails: TypeDetails = {
	match: matchDetails,
	argument: argumentDetails,
	unsupported: unsupportedDetails,
	invalid: invalidDetails,
};
