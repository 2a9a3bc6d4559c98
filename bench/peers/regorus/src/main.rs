//! Peer for the benchmark: regorus behind the line protocol of bench/peers.ts.
//!
//!   usage: regorus-peer kata|best WORKLOAD.json
//!   stdin: "run N"   evaluate every case N times; answers {"ns":[per case],"wrong":[indexes]}
//!          "load N"  compile from text and decide the first case N times; answers {"ns":[per load]}
//!
//! kata: eval_query with prints gathered, no caches, as the Kata agent calls it.
//! best: eval_rule, regex cache, prints not gathered (the driver hands over a policy without prints).
use std::io::{BufRead, Write};
use std::time::Instant;

macro_rules! peer {
    ($name:ident, $crate_:ident, $query:expr) => {
        mod $name {
            use super::*;

            fn engine(w: &serde_json::Value) -> anyhow::Result<$crate_::Engine> {
                let mut e = $crate_::Engine::new();
                e.set_rego_v0(w["regoVersion"] == "v0");
                e.set_strict_builtin_errors(false);
                e.set_gather_prints($query);
                for (name, text) in w["modules"].as_object().unwrap() {
                    e.add_policy(name.clone(), text.as_str().unwrap().to_string())?;
                }
                if let Some(data) = w.get("data") {
                    e.add_data($crate_::Value::from_json_str(&data.to_string())?)?;
                }
                Ok(e)
            }

            fn decide(e: &mut $crate_::Engine, path: &str, input: &$crate_::Value) -> Option<$crate_::Value> {
                e.set_input(input.clone());
                let v = if $query {
                    let r = match e.eval_query(path.to_string(), false) {
                        Ok(r) => r,
                        Err(err) => {
                            eprintln!("{path}: {err}");
                            return None;
                        }
                    };
                    let _ = e.take_prints();
                    r.result.first()?.expressions.first()?.value.clone()
                } else {
                    match e.eval_rule(path.to_string()) {
                        Ok(v) => v,
                        Err(err) => {
                            eprintln!("{path}: {err}");
                            return None;
                        }
                    }
                };
                if v == $crate_::Value::Undefined { None } else { Some(v) }
            }

            pub fn run(w: &serde_json::Value) -> anyhow::Result<()> {
                let mut e = engine(w)?;
                let cases = w["cases"].as_array().unwrap();
                let parsed: Vec<(String, $crate_::Value, Option<$crate_::Value>)> = cases
                    .iter()
                    .map(|c| {
                        let input = $crate_::Value::from_json_str(&c["input"].to_string()).unwrap();
                        let want = c.get("want").map(|v| $crate_::Value::from_json_str(&v.to_string()).unwrap());
                        (c["path"].as_str().unwrap().to_string(), input, want)
                    })
                    .collect();
                println!("{{\"ready\":true}}");
                std::io::stdout().flush()?;
                for line in std::io::stdin().lock().lines() {
                    let line = line?;
                    let mut words = line.split_whitespace();
                    let (command, n) = (words.next().unwrap_or(""), words.next().unwrap_or("1").parse::<u32>()?);
                    let mut ns: Vec<u64> = vec![];
                    let mut wrong: Vec<usize> = vec![];
                    if command == "load" {
                        for _ in 0..n {
                            let start = Instant::now();
                            let mut fresh = engine(w)?;
                            let _ = decide(&mut fresh, &parsed[0].0, &parsed[0].1);
                            ns.push(start.elapsed().as_nanos() as u64);
                        }
                    } else {
                        for (i, (path, input, want)) in parsed.iter().enumerate() {
                            let mut got = None;
                            let start = Instant::now();
                            for _ in 0..n {
                                got = decide(&mut e, path, input);
                            }
                            ns.push(start.elapsed().as_nanos() as u64 / u64::from(n));
                            if got != *want {
                                wrong.push(i);
                            }
                        }
                    }
                    println!("{}", serde_json::json!({"ns": ns, "wrong": wrong}));
                    std::io::stdout().flush()?;
                }
                Ok(())
            }
        }
    };
}

peer!(as_kata, kata, true);
peer!(at_best, best, false);

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let workload: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&args[2])?)?;
    if args[1] == "kata" { as_kata::run(&workload) } else { at_best::run(&workload) }
}
