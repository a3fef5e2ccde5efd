//! Kinds survive the wire, texts reach the right reader.

use proptest::prelude::*;

use super::*;

/// Sends a status through HTTP headers, as the wire does.
fn over_the_wire(status: &Status) -> Status {
    let mut headers = http::HeaderMap::new();
    status.add_header(&mut headers).unwrap();
    Status::from_header_map(&headers).unwrap()
}

#[test]
fn every_kind_has_a_code_of_its_own_and_comes_back_as_itself() {
    for each in ErrorKind::ALL {
        assert_eq!(kind(code(each)), each);
    }
}

#[test]
fn an_internal_failure_says_the_same_whatever_happened() {
    let error = std::io::Error::other("duplicate key value violates appointment_no_overlap");
    let status = Failure::new(ErrorKind::Internal, error.to_string()).because(&error);
    assert_eq!((status.code(), status.message()), (Code::Internal, INTERNAL));
}

#[test]
fn a_status_of_a_stranger_is_read_by_its_code_and_its_text_is_not_passed_on() {
    let failure = Failure::from(Status::unavailable("tcp connect error: 10.0.0.7:9090"));
    assert_eq!(failure, Failure::new(ErrorKind::Unavailable, UNAVAILABLE));
    let failure = Failure::from(Status::with_details(Code::NotFound, "no such branch", vec![1, 2, 3].into()));
    assert_eq!(failure, Failure::new(ErrorKind::NotFound, "no such branch"));
}

#[test]
fn no_number_leaves_in_a_message() {
    let status: Status = Failure::new(ErrorKind::Conflict, "customer +491713920017 exists").into();
    assert_eq!(status.message(), "customer <phone> exists");
}

proptest! {
    #[test]
    fn a_failure_survives_the_wire(
        at in 0_usize..ErrorKind::ALL.len(),
        message in "[a-zäöü ,.]{1,60}",
        field in proptest::option::of("[a-z_.]{1,20}"),
        code in proptest::option::of("[a-z_]{1,20}"),
    ) {
        let mut failure = Failure::new(ErrorKind::ALL[at], message);
        failure.field = field;
        failure.code = code;
        failure.request_id = Some("0af7651916cd43dd8448eb211c80319c".into());
        let back = Failure::from(over_the_wire(&failure.clone().into()));
        prop_assert_eq!(back, failure);
    }
}
