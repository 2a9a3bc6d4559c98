// Code for the agent's API, from the proto texts of src/agent/protocol, which the runner writes to PROTO_DIR.
use std::{env, fs};
use ttrpc_codegen::{Codegen, Customize, ProtobufCustomize};

fn main() {
    println!("cargo:rerun-if-env-changed=PROTO_DIR");
    let protos = env::var("PROTO_DIR").expect("PROTO_DIR");
    println!("cargo:rerun-if-changed={protos}");
    let out = format!("{}/api", env::var("OUT_DIR").expect("OUT_DIR"));
    fs::create_dir_all(&out).expect("a folder for the code");
    let mut inputs: Vec<String> = fs::read_dir(&protos)
        .expect("the proto texts")
        .map(|f| f.expect("a file").path().display().to_string())
        .collect();
    inputs.sort();
    Codegen::new()
        .out_dir(&out)
        .inputs(&inputs)
        .include(&protos)
        .rust_protobuf()
        .rust_protobuf_customize(ProtobufCustomize::default().gen_mod_rs(false))
        .customize(Customize { async_all: true, ..Default::default() })
        .run()
        .expect("code");
    let modules: String = fs::read_dir(&out)
        .expect("the code")
        .map(|f| f.expect("a file").path())
        .filter(|p| p.extension().is_some_and(|e| e == "rs") && p.file_stem().is_some_and(|s| s != "mod"))
        .map(|p| format!("#[path = {:?}]\npub mod {};\n", p, p.file_stem().unwrap().to_str().unwrap()))
        .collect();
    fs::write(format!("{}/api.rs", env::var("OUT_DIR").unwrap()), modules).expect("the list of modules");
}
