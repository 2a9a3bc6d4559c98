package matrix.jwt

p := {"valid": valid, "sub": payload.sub} if [valid, _, payload] := io.jwt.decode_verify(input.token, {"secret": "secret", "alg": "HS256", "time": 1000000000})
