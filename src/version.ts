/** Version of the product, and of the OPA whose behaviour it follows. */
export const version = "0.1.0";
/** The version of OPA whose behaviour this release has. */
export const opaVersion = "1.20.2";
