/** Version of the product, and of the OPA whose behaviour it follows. */
export const version = "0.1.0";
export const opaVersion = "1.20.2";
