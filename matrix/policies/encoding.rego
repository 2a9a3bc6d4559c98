package matrix.encoding

p := [base64.encode("häuser"), base64url.decode("YQ"), hex.encode("ab"), urlquery.encode_object({"a": ["b c"]}), json.unmarshal(`{"a":[1,2.5]}`), json.marshal({"b": 1, "a": [true, null]})]
