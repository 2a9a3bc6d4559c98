//! Peer for the benchmark: regorus behind the line protocol of bench/engines.ts.
//!
//!   usage: regorus-peer kata|best WORKLOAD.json          answer commands on standard input
//!          regorus-peer kata|best WORKLOAD.json once     load, decide the first case, end
//!
//! kata: eval_query with prints gathered, no caches, as the Kata agent calls it.
//! best: eval_rule, regex cache, prints not gathered (the driver hands over a policy without prints).
use std::io::{BufRead, Write};
use std::time::Instant;

/// In nanoseconds: CPU time of the process where BENCH_CLOCK=cpu, for machines that are busy.
fn clock() -> f64 {
    if std::env::var("BENCH_CLOCK").as_deref() == Ok("cpu") {
        return cpu_time::ProcessTime::now().as_duration().as_nanos() as f64;
    }
    std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as f64
}

macro_rules! peer {
    ($name:ident, $crate_:ident, $query:expr, $version:expr) => {
        mod $name {
            use super::*;

            fn engine(w: &serde_json::Value, data: &str) -> anyhow::Result<$crate_::Engine> {
                let mut e = $crate_::Engine::new();
                e.set_rego_v0(w["regoVersion"] == "v0");
                e.set_strict_builtin_errors(false);
                e.set_gather_prints($query);
                for (name, text) in w["modules"].as_object().unwrap() {
                    e.add_policy(name.clone(), text.as_str().unwrap().to_string())?;
                }
                e.add_data($crate_::Value::from_json_str(data)?)?;
                Ok(e)
            }

            fn decide(e: &mut $crate_::Engine, path: &str, input: $crate_::Value) -> Option<$crate_::Value> {
                e.set_input(input);
                let v = if $query {
                    let r = match e.eval_query(path.to_string(), false) {
                        Ok(r) => r,
                        Err(err) => {
                            eprintln!("{path}: {err}");
                            let _ = e.take_prints();
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

            struct Case {
                path: String,
                text: String,
                input: $crate_::Value,
                want: Option<$crate_::Value>,
                ids: Vec<String>,
            }

            pub fn run(w: &serde_json::Value, once: bool) -> anyhow::Result<()> {
                let data = w["data"].to_string();
                let mut e = engine(w, &data)?;
                if once {
                    let c = &w["cases"][0];
                    let input = $crate_::Value::from_json_str(&c["input"].to_string())?;
                    println!("{:?}", decide(&mut e, c["path"].as_str().unwrap(), input));
                    return Ok(());
                }
                let cases: Vec<Case> = w["cases"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|c| {
                        let text = c["input"].to_string();
                        Case {
                            path: c["path"].as_str().unwrap().to_string(),
                            input: $crate_::Value::from_json_str(&text).unwrap(),
                            want: c.get("want").map(|v| $crate_::Value::from_json_str(&v.to_string()).unwrap()),
                            ids: c["ids"]
                                .as_array()
                                .map(|l| l.iter().map(|s| s.as_str().unwrap().to_string()).collect())
                                .unwrap_or_default(),
                            text,
                        }
                    })
                    .collect();
                println!("{}", serde_json::json!({"ready": true, "version": $version}));
                std::io::stdout().flush()?;
                let mut counter = 0u64;
                for line in std::io::stdin().lock().lines() {
                    let line = line?;
                    let mut words = line.split_whitespace();
                    let (command, n) = (words.next().unwrap_or(""), words.next().unwrap_or("1").parse::<usize>()?);
                    let mut ns: Vec<f64> = vec![];
                    let mut p99: Vec<f64> = vec![];
                    let mut wrong: Vec<usize> = vec![];
                    if command == "load" {
                        for _ in 0..n {
                            let start = clock();
                            let mut fresh = engine(w, &data)?;
                            let got = decide(&mut fresh, &cases[0].path, cases[0].input.clone());
                            ns.push((clock() - start));
                            if got != cases[0].want {
                                wrong.push(0);
                            }
                        }
                        println!("{}", serde_json::json!({"ns": ns, "wrong": wrong}));
                        std::io::stdout().flush()?;
                        continue;
                    }
                    for (i, c) in cases.iter().enumerate() {
                        let mut got = None;
                        let mut bad = false;
                        match command {
                            "run" => {
                                let start = clock();
                                for _ in 0..n {
                                    got = decide(&mut e, &c.path, c.input.clone());
                                }
                                ns.push((clock() - start) / n as f64);
                                bad = got != c.want;
                            }
                            "text" => {
                                let start = clock();
                                for _ in 0..n {
                                    got = decide(&mut e, &c.path, $crate_::Value::from_json_str(&c.text)?);
                                }
                                ns.push((clock() - start) / n as f64);
                                bad = got != c.want;
                            }
                            "each" => {
                                let mut times: Vec<f64> = vec![];
                                for _ in 0..n {
                                    let start = Instant::now();
                                    got = decide(&mut e, &c.path, c.input.clone());
                                    times.push(start.elapsed().as_nanos() as f64);
                                    bad |= got != c.want;
                                }
                                times.sort_by(f64::total_cmp);
                                ns.push(times[n / 2]);
                                p99.push(times[n * 99 / 100]);
                            }
                            _ => {
                                let mut total = 0f64;
                                for _ in 0..n {
                                    counter += 1;
                                    let mut text = c.text.clone();
                                    for id in &c.ids {
                                        text = text.replace(id.as_str(), &format!("{counter:016x}{}", &id[16..]));
                                    }
                                    let input = $crate_::Value::from_json_str(&text)?;
                                    let start = clock();
                                    got = decide(&mut e, &c.path, input);
                                    total += (clock() - start);
                                    bad |= got != c.want;
                                }
                                ns.push(total / n as f64);
                            }
                        }
                        if bad {
                            wrong.push(i);
                        }
                    }
                    println!("{}", serde_json::json!({"ns": ns, "p99": p99, "wrong": wrong}));
                    std::io::stdout().flush()?;
                }
                Ok(())
            }
        }
    };
}

peer!(as_kata, kata, true, "0.9.1");
peer!(at_best, best, false, "0.14.1");

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let workload: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&args[2])?)?;
    let once = args.get(3).is_some_and(|a| a == "once");
    if args[1] == "kata" { as_kata::run(&workload, once) } else { at_best::run(&workload, once) }
}
