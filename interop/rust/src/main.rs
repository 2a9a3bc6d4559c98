// The other side of the interoperability run: the ttrpc crate, asynchronous, as a server (what Kata's
// agent is made of) and as a client (what its runtime-rs is made of), with code generated from our own
// proto texts.
mod client;
mod server;

#[allow(clippy::all, unused, non_snake_case)]
mod api {
    include!(concat!(env!("OUT_DIR"), "/api.rs"));
}

#[tokio::main(flavor = "multi_thread", worker_threads = 4)]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args.len() != 3 {
        eprintln!("usage: regoplan-interop server|client SOCKET");
        std::process::exit(2);
    }
    let address = format!("unix://{}", args[2]);
    match args[1].as_str() {
        "server" => server::serve(&address).await,
        "client" => client::run(&address).await,
        role => panic!("unknown role {role}"),
    }
}
