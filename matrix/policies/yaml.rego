package matrix.yaml

p := [yaml.unmarshal(input.manifest).spec.replicas, yaml.marshal({"a": [1, {"b": null}]})]
