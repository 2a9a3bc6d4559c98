/**
 * What makes V8 wait before it optimises: most commands end within a second, in which it spends half of the time on
 * optimising what is about to end. Each version has flags of its own, and complains on stderr of those it does not know.
 */
const flags = {
	11: ["--interrupt-budget=500000"],
	12: ["--invocation-count-for-turbofan=15000"],
	13: ["--invocation-count-for-turbofan=15000", "--invocation-count-for-maglev=3000"],
	14: ["--invocation-count-for-turbofan=15000", "--invocation-count-for-maglev=3000"],
};

/** The flags for the V8 of a version (`process.versions.v8`); none where they are not known. */
exports.patientFlags = (version) => flags[version.split(".")[0]] ?? [];
