package matrix.signatures

rsa_key := `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAoAmlhdOtCdhJbEH72p7j
tI8jOk2coK8NvjAsdfTsCy6aZa+K4TRHDYrb4YRad6a90TkeVKJbrI+Mv5uBQRtw
9R/66euCaDETmnDSWz4CdXyWHwff7qWA+pv/gdYuuz/j2TKxkMoZdnuCovQ+l2+l
ZMnd6hQENI+XqDMVVD6iqkXkeZFxeYsH5MPv0RcT78aavJo/69Tmn18/jnAV++GF
zZHdEDmJw2vZXgkQx8gOoXbpbUgONtSQE9QtEO/Rz/F30EnGIe952NwjqHBWQkQq
x5dcviv3eMPAxi6bv1RdtDlRfZ1QawiNqrn312znuFjDIOp2XB2YG49FEJ1b3iHy
0wIDAQAB
-----END PUBLIC KEY-----`

ec_key := `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEXHJjRw9urhlK9nUbGeiFx4zX7Lgr
ixtj/FeRNIiF9Iizq/hjOGY8IfSyOyWrFSh20n/4Zpu0QAnX8RIm5tzyRw==
-----END PUBLIC KEY-----`

ec384_key := `{"keys":[{"kty":"EC","x":"thiSypX5sOQjq9eOycEfcFMYnfnNs4JD8xCCmbSpOzZ8Uf0ARQFKMogVi9CfN1nc","y":"OxaVyOSfXDLOuWuhlx4iWjTwREdK9JPyMySuluKWxSxbhtF64GnWzg_XXG--tEeu","crv":"P-384"}]}`

ed_key := `{"keys":[{"crv":"Ed25519","x":"koNO1AVld5SFM5iv6KV6BhxlPuqREeoSeYcCFoyuZAQ","kty":"OKP"}]}`

rs256 := "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJ4IiwiYWxnIjoiUlMyNTYifQ.ktkyUgGcTlYwnV04Og76e_XqFzitDEmtp6iR7n6QU3WmEyT_tJeS_bkFy-q4WBfXcTYxuHWiD6cfAalMNa7vcX1fXn4jRL79s0tKxdG0ESRz_LhXljyiDvFZx317Zn-9_4yeh5EUjlPLyBHR_dUQJPNNKyIQC_oxPmZMpGe4vP6nAL1Sv0ZjW7RLmzFdc2Fh5WQ62i0ztQ0Aa59iD2O_68UUNRN8AqMUoxg1LJYgqgeU_q8fAiGMzGbf4-pkf93xcgKcA2OmZo7vzqrSJI-wPvvpBqGIPpXVCO_hcAzIAxVreJFDUonYPNEyjz0EW-ARZNavTBC_LU804gAqeEvpYA"

ps256 := "eyJhbGciOiJQUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJ4IiwiYWxnIjoiUFMyNTYifQ.ls0ipkJOxf6vxCcXs-ILvt9peX9IcPSIqggJcvmc3cW6G-wOPu0BcVmZf98mZDxTocGzx5Dk8p_VBJwDjl1j2boqOm83zqD5dzKCEn7GZsnT9-U4MXJJCMaRbaVSg8KlHQpMOKyUUY_iLE2ubUGkWGgS1OYqa-uFjbOjmWJHSom3McbZKleYREJuDdksWZLz4frEkQI_8sBRbPyxqr1IbOpnDo20nQjtrHqlb-WfXFkXMX_W67RrqZuruCpDNI5kYpdo4Vqe6zQBjtvfVPVi6hLuCtbBJ8hq8VfYs7NlbJtPRI1bb4ZKnS7YGi1KUqwL0MIUiA_6QqS8UmNpBPjKVw"

es256 := "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJ4IiwiYWxnIjoiRVMyNTYifQ.pme7qUK8nR0GA3E8pTXaAcaSriMxxPJ09LLCXx1m0KQU_k29KOdVcsBhzHYTmEMPHcpIV2Z2G6cW8tFNHZtjQA"

es384 := "eyJhbGciOiJFUzM4NCIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJ4IiwiYWxnIjoiRVMzODQifQ.yc8P31EuSISBAzq8V5qLFjUlfpnuoGO1-GtzEOHDhsD0bambUoAJZjhpXrhit1MLXoY80Xet2BO-FVTPvbQFXFgKbIXaBHYmk7MgjXTKLa5zyoxVR1OvCr8VRqZX_76D"

eddsa := "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJ4IiwiYWxnIjoiRWREU0EifQ.U2on_q9f0rVBHWm0KwFzCnRVY0I-XAoli-08CsKPBXy00jOqoYdO_jD3TzjqUUgDbp5dgpMWUuzjl8a_gRuwCA"

p := {
	"rs256": [io.jwt.verify_rs256(rs256, rsa_key), io.jwt.verify_rs256(ps256, rsa_key), io.jwt.verify_rs256(rs256, ec_key)],
	"ps256": io.jwt.verify_ps256(ps256, rsa_key),
	"es256": [io.jwt.verify_es256(es256, ec_key), io.jwt.verify_es256(rs256, ec_key)],
	"es384": io.jwt.verify_es384(es384, ec384_key),
	"eddsa": io.jwt.verify_eddsa(eddsa, ed_key),
	"decoded": io.jwt.decode_verify(rs256, {"cert": rsa_key, "alg": "RS256"})[0],
	"signed": io.jwt.verify_eddsa(io.jwt.encode_sign({"alg": "EdDSA"}, {"a": 1}, json.unmarshal(`{"crv":"Ed25519","d":"thgCOjwAmNnKAcZ5s1MmDwaSEUTcrpvIoqZXXOjEHiU","x":"koNO1AVld5SFM5iv6KV6BhxlPuqREeoSeYcCFoyuZAQ","kty":"OKP"}`)), ed_key),
}
