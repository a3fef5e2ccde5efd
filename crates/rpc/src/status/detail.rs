//! Packs our error detail the way gRPC tools expect it: inside a `google.rpc.Status`.

use super::{Code, ErrorDetail, Message};

/// How our detail is told from others.
const TYPE_URL: &str = "type.googleapis.com/callflow.common.v1.ErrorDetail";

/// `google.rpc.Status`, of which only the shape is needed.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<prost_types::Any>,
}

/// Packs `detail` for the `grpc-status-details-bin` trailer.
pub(super) fn encode(code: Code, message: &str, detail: &ErrorDetail) -> Vec<u8> {
    let any = prost_types::Any { type_url: TYPE_URL.to_owned(), value: detail.encode_to_vec() };
    RpcStatus { code: code as i32, message: message.to_owned(), details: vec![any] }.encode_to_vec()
}

/// Finds our detail among those of a status; `None` when there is none or the bytes are not ours.
pub(super) fn decode(bytes: &[u8]) -> Option<ErrorDetail> {
    if bytes.is_empty() {
        return None;
    }
    let status = RpcStatus::decode(bytes).ok()?;
    let ours = status.details.into_iter().find(|any| any.type_url == TYPE_URL)?;
    ErrorDetail::decode(ours.value.as_slice()).ok()
}
