//! What the request middleware adds, and what it never lets into a label.

use actix_web::{App, HttpResponse, middleware::from_fn, test, web};
use callflow_domain::ErrorKind;
use callflow_runtime::http::{Problem, observe};

#[actix_web::test]
async fn every_answer_carries_the_id_its_problem_names_and_labels_hold_patterns_only() {
    callflow_telemetry::metrics::install().unwrap();
    let telemetry = callflow_telemetry::Config { log_filter: "off".into(), ..Default::default() };
    let _guard = callflow_telemetry::start("ingress", &telemetry).unwrap();
    let app = App::new()
        .wrap(from_fn(observe))
        .route("/retell/{company}/events", web::post().to(async || HttpResponse::NoContent()))
        .route(
            "/broken",
            web::get().to(async || -> Result<HttpResponse, Problem> {
                Err(Problem::new(ErrorKind::Internal, "table appointment is on fire"))
            }),
        );
    let app = test::init_service(app).await;

    let request = test::TestRequest::post().uri("/retell/haarwerk/events").to_request();
    let response = test::call_service(&app, request).await;
    assert_eq!(response.status(), 204);
    assert_eq!(response.headers().get("x-request-id").unwrap().len(), 32);

    let response = test::call_service(&app, test::TestRequest::get().uri("/broken").to_request()).await;
    let id = response.headers().get("x-request-id").unwrap().to_str().unwrap().to_owned();
    let body: serde_json::Value = test::read_body_json(response).await;
    assert_eq!(body["request_id"], id);
    assert!(!body.to_string().contains("fire"), "{body}");

    let stray = test::TestRequest::get().uri("/+491713920017").to_request();
    assert_eq!(test::call_service(&app, stray).await.status(), 404);

    let text = callflow_telemetry::render();
    assert!(text.contains(r#"route="/retell/{company}/events""#), "{text}");
    assert!(text.contains(r#"method="GET",route="unmatched",status="404""#), "{text}");
    assert!(!text.contains("haarwerk") && !text.contains("+49"), "{text}");
    assert!(text.contains("http_server_active_requests 0"), "{text}");
}
