// In the agent's place. ExecProcess goes on working after its caller has given up, as a real agent's
// action does; GetMetrics tells how often it was carried out.
use crate::api::{agent, agent_ttrpc, empty, health, health_ttrpc};
use async_trait::async_trait;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Duration;
use ttrpc::asynchronous::{Server, TtrpcContext};

static EXECUTED: AtomicUsize = AtomicUsize::new(0);

struct Agent;

#[async_trait]
impl agent_ttrpc::AgentService for Agent {
    async fn stats_container(
        &self,
        _: &TtrpcContext,
        _: agent::StatsContainerRequest,
    ) -> ttrpc::Result<agent::StatsContainerResponse> {
        Ok(agent::StatsContainerResponse::new())
    }

    async fn wait_process(
        &self,
        _: &TtrpcContext,
        req: agent::WaitProcessRequest,
    ) -> ttrpc::Result<agent::WaitProcessResponse> {
        // Answers come in another order than the requests.
        let n: u64 = req.exec_id.parse().unwrap_or(0);
        tokio::time::sleep(Duration::from_millis(n * 7 % 50)).await;
        Ok(agent::WaitProcessResponse { status: n as i32, ..Default::default() })
    }

    async fn exec_process(&self, _: &TtrpcContext, _: agent::ExecProcessRequest) -> ttrpc::Result<empty::Empty> {
        let work = tokio::spawn(async {
            tokio::time::sleep(Duration::from_millis(800)).await;
            EXECUTED.fetch_add(1, Ordering::SeqCst);
        });
        work.await.expect("the work");
        Ok(empty::Empty::new())
    }

    async fn get_metrics(&self, _: &TtrpcContext, _: agent::GetMetricsRequest) -> ttrpc::Result<agent::Metrics> {
        Ok(agent::Metrics { metrics: EXECUTED.load(Ordering::SeqCst).to_string(), ..Default::default() })
    }
}

struct Health;

#[async_trait]
impl health_ttrpc::Health for Health {
    async fn check(
        &self,
        _: &TtrpcContext,
        _: health::CheckRequest,
    ) -> ttrpc::Result<health::HealthCheckResponse> {
        let mut answer = health::HealthCheckResponse::new();
        answer.status = health::health_check_response::ServingStatus::SERVING.into();
        Ok(answer)
    }
}

pub async fn serve(address: &str) {
    let mut server = Server::new()
        .bind(address)
        .expect("the socket")
        .register_service(agent_ttrpc::create_agent_service(Arc::new(Agent)))
        .register_service(health_ttrpc::create_health(Arc::new(Health)));
    server.start().await.expect("the server");
    std::future::pending::<()>().await;
}
