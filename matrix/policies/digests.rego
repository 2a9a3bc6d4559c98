package matrix.digests

p := [crypto.sha256(input.path), crypto.md5("a"), crypto.hmac.sha512("a", "key")]
