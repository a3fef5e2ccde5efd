use actix_web::{App, body::to_bytes, http::StatusCode, test};
use callflow_runtime::Secret;
use tokio::sync::watch;

use super::*;
use crate::sampler::Sample;

const TOKEN: &str = "kQ9v-2mXr-77Lp";

fn site() -> (watch::Sender<Arc<Sample>>, Site) {
    let mut config = Config::default();
    config.dashboard.token = Secret::new(TOKEN);
    let mut sample = Sample { json: "{\"live\":1}".into(), ..Sample::default() };
    sample.board.at = Timestamp::now();
    let (out, samples) = watch::channel(Arc::new(sample));
    (out, Site::new(&config, samples, CancellationToken::new()))
}

async fn call(request: test::TestRequest) -> (StatusCode, Option<String>, String) {
    let (_out, site) = site();
    let app = test::init_service(App::new().configure(|to| routes(&site, to))).await;
    let response = test::call_service(&app, request.to_request()).await;
    let cookie = response.headers().get(SET_COOKIE).map(|value| value.to_str().unwrap().to_owned());
    let status = response.status();
    let body = to_bytes(response.into_body()).await.unwrap_or_else(|_| panic!("body"));
    (status, cookie, String::from_utf8_lossy(&body).into_owned())
}

fn get(path: &str) -> test::TestRequest {
    test::TestRequest::get().uri(path)
}

#[actix_web::test]
async fn nothing_is_shown_without_the_token() {
    for path in ["/api/snapshot", "/stream"] {
        assert_eq!(call(get(path)).await.0, StatusCode::UNAUTHORIZED);
        let wrong = get(path).insert_header(("authorization", "Bearer nonsense"));
        assert_eq!(call(wrong).await.0, StatusCode::UNAUTHORIZED);
        let wrong = get(path).insert_header(("cookie", "callflow_dashboard=00"));
        assert_eq!(call(wrong).await.0, StatusCode::UNAUTHORIZED);
    }
    let (status, cookie, body) = call(get("/?token=nonsense")).await;
    assert_eq!((status, cookie), (StatusCode::UNAUTHORIZED, None));
    assert!(body.contains("action=\"session\""));
}

#[actix_web::test]
async fn the_token_opens_and_a_link_with_it_becomes_a_cookie() {
    let bearer = get("/api/snapshot").insert_header(("authorization", format!("Bearer {TOKEN}")));
    assert_eq!(call(bearer).await.2, "{\"live\":1}");
    let (status, cookie, _) = call(get(&format!("/?token={TOKEN}"))).await;
    let cookie = cookie.unwrap();
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(cookie.contains("HttpOnly") && cookie.contains("Secure") && !cookie.contains(TOKEN), "{cookie}");
    let pair = cookie.split(';').next().unwrap().to_owned();
    let (status, _, body) = call(get("/").insert_header(("cookie", format!("other=1; {pair}")))).await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.contains("app.js"));
}

#[actix_web::test]
async fn the_page_needs_nothing_from_elsewhere() {
    for text in [PAGE, LOGIN, STYLE, SCRIPT] {
        assert!(!text.contains("https://") && !text.contains("//cdn"), "an outside address");
    }
    assert!(!PAGE.contains("<style") && !PAGE.contains("style=") && !SCRIPT.contains("innerHTML"));
}
