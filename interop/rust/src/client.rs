// In the shim's place. Prints one line a check: `ok NAME` or `FAIL NAME: WHY`.
use crate::api::{agent, agent_ttrpc::AgentServiceClient, health, health_ttrpc::HealthClient};
use std::time::Duration;
use ttrpc::asynchronous::Client;
use ttrpc::context::{self, Context};

const MINUTE: i64 = 60_000_000_000;

fn check(name: &str, result: Result<(), String>) {
    match result {
        Ok(()) => println!("ok {name}"),
        Err(why) => println!("FAIL {name}: {}", why.replace('\n', " ")),
    }
}

fn within(nanos: i64) -> Context {
    context::with_timeout(nanos)
}

fn code(e: ttrpc::Error) -> String {
    match e {
        ttrpc::Error::RpcStatus(s) => format!("{:?}", s.code.enum_value_or_default()),
        // Its own clock, which rings at the same time as the server's.
        ttrpc::Error::Others(why) if why.contains("timeout") => "DEADLINE_EXCEEDED".to_string(),
        other => format!("{other:?}"),
    }
}

fn wanted(got: &[String], want: &[&str]) -> Result<(), String> {
    if got == want {
        return Ok(());
    }
    Err(format!("wanted {want:?}, got {got:?}"))
}

pub async fn run(address: &str) {
    let client = Client::connect(address).await.expect("the gate");
    let agent = AgentServiceClient::new(client.clone());
    let healthy = HealthClient::new(client.clone());
    let answer = healthy.check(within(MINUTE), &health::CheckRequest::new()).await;
    check("health", answer.map(|_| ()).map_err(code));

    // Many tasks on several threads: their ids are given out here and written there.
    for round in 1..=5 {
        let calls: Vec<_> = (0..1000)
            .map(|i: i32| {
                let agent = agent.clone();
                tokio::spawn(async move {
                    let request = agent::WaitProcessRequest { exec_id: i.to_string(), ..Default::default() };
                    match agent.wait_process(within(MINUTE), &request).await {
                        Ok(answer) if answer.status == i => Ok(()),
                        Ok(answer) => Err(format!("{i} got {}", answer.status)),
                        Err(e) => Err(code(e)),
                    }
                })
            })
            .collect();
        let mut failed = Vec::new();
        for c in calls {
            if let Err(why) = c.await.expect("a task") {
                failed.push(why);
            }
        }
        let why = format!("{} of 1000 failed, the first: {:?}", failed.len(), failed.first());
        check(&format!("1,000 calls at once, round {round}"), if failed.is_empty() { Ok(()) } else { Err(why) });
    }

    let paused = agent.pause_container(within(MINUTE), &agent::PauseContainerRequest::new()).await;
    let got: Vec<String> = paused.err().map(code).into_iter().collect();
    check("a denial", wanted(&got, &["PERMISSION_DENIED"]));

    // The agent's work takes longer than its caller waits: it is done, and must not be done again.
    let mut outcomes = Vec::new();
    for _ in 0..5 {
        let r = agent.exec_process(within(200_000_000), &agent::ExecProcessRequest::new()).await;
        outcomes.push(r.map(|_| "OK".to_string()).unwrap_or_else(code));
    }
    let denied = "PERMISSION_DENIED";
    check("a once-only exec, given up", wanted(&outcomes, &["DEADLINE_EXCEEDED", denied, denied, denied, denied]));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let counted = agent.get_metrics(within(MINUTE), &agent::GetMetricsRequest::new()).await;
    let executed = counted.map(|m| m.metrics).unwrap_or_else(code);
    check("was carried out once", wanted(&[executed], &["1"]));
    let stats = agent.stats_container(within(MINUTE), &agent::StatsContainerRequest::new()).await;
    check("the connection still serves", stats.map(|_| ()).map_err(code));
}
